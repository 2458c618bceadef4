import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../process/node-process.js'
import { startTestNode, type TestNode } from './test-node.js'

let node: TestNode
const mounted: string[] = []
beforeEach(async () => {
  node = await startTestNode()
})
afterEach(async () => {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['-l', folder])
  await node.end()
})

const fileSource = 'org.apache.kafka.connect.file.FileStreamSourceConnector'
const fileSink = 'org.apache.kafka.connect.file.FileStreamSinkConnector'
const json = {
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
}
const at = (file: string): string => join(node.home, file)

/** A topic `words` with three records, of which the second is no JSON. */
async function feedWords(): Promise<void> {
  await writeFile(at('words.txt'), '"one"\nno json\n"three"\n')
  await node.put('feed', { 'connector.class': fileSource, topic: 'words', file: at('words.txt') })
}

test('a record that the converter cannot read fails the task, and what came before it has arrived', async () => {
  await feedWords()
  const sink = { 'connector.class': fileSink, topics: 'words', file: at('out.txt'), ...json }
  await node.put('strict', { ...sink, 'restart.policy': 'none', 'errors.deadletterqueue.topic.name': 'bad' })
  await until('the task to fail', 20_000, () => node.taskState('strict') === 'FAILED')
  expect(node.trace('strict')).toMatch(/VALUE_CONVERTER|JSON/)
  // Connect's rule: the dead-letter topic gets the record also where the tolerance is none.
  await node.put('bad', { 'connector.class': fileSink, topics: 'bad', file: at('bad.txt') })
  await until('the dead letter', 20_000, async () => (await node.lines('bad.txt')).length > 0)
  expect((await node.lines('bad.txt'))[0]).toBe('no json')
})

test('with errors.tolerance=all the others arrive, and the bad record is in the dead-letter topic, once', async () => {
  await feedWords()
  await node.put('tolerant', {
    'connector.class': fileSink,
    topics: 'words',
    file: at('out.txt'),
    ...json,
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': 'bad',
    'errors.deadletterqueue.context.headers.enable': 'true',
  })
  await node.put('bad', { 'connector.class': fileSink, topics: 'bad', file: at('bad.txt') })
  await until('the good ones', 20_000, async () => (await node.lines('out.txt')).length >= 2)
  await until('the dead letter', 20_000, async () => (await node.lines('bad.txt')).length > 0)
  expect(await node.lines('out.txt')).toEqual(['one', 'three'])
  expect(await node.lines('bad.txt')).toEqual(['no json'])
  expect(node.taskState('tolerant')).toBe('RUNNING')
})

test('a source has dead letters too: a record that a transform refuses is set aside, and the source goes on', async () => {
  await writeFile(at('words.txt'), 'one\ntwo\n')
  await node.put('feed', {
    'connector.class': fileSource,
    topic: 'words',
    file: at('words.txt'),
    transforms: 'key',
    'transforms.key.type': 'org.apache.kafka.connect.transforms.ExtractField$Value',
    'transforms.key.field': 'nothing',
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': 'bad',
  })
  await node.put('bad', { 'connector.class': fileSink, topics: 'bad', file: at('bad.txt') })
  await until('the dead letters', 20_000, async () => (await node.lines('bad.txt')).length >= 2)
  expect((await node.lines('bad.txt')).map(line => (JSON.parse(line) as { payload: unknown }).payload)).toEqual([
    'one',
    'two',
  ])
  expect(node.taskState('feed')).toBe('RUNNING')
})

// Mounting a small disk takes root, which CI has; the plugin's own tests have a full disk for everybody (/dev/full).
test.runIf(process.getuid?.() === 0)(
  'a sink whose disk is full loses nothing, says so, and goes on when there is room',
  async () => {
    const disk = at('disk')
    await mkdir(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    mounted.push(disk)
    await writeFile(join(disk, 'filler'), Buffer.alloc(40 << 10))
    const lines = Array.from({ length: 400 }, (_, i) => `${i} ${'x'.repeat(100)}`)
    await writeFile(at('in.txt'), `${lines.join('\n')}\n`)
    await node.put('feed', { 'connector.class': fileSource, topic: 'lines', file: at('in.txt') })
    await node.put('out', { 'connector.class': fileSink, topics: 'lines', file: join(disk, 'out.txt') })
    const complaints = async () =>
      (await node.logLines()).filter(line => line['connector'] === 'out' && line['level'] === 'warn')
    await until('the full disk to show in the log', 20_000, async () =>
      (await complaints()).some(
        line => JSON.stringify(line).includes('ENOSPC') || /full|no space/i.test(JSON.stringify(line)),
      ),
    )
    expect(node.taskState('out')).toBe('RUNNING')
    await rm(join(disk, 'filler'))
    const whole = lines.join('\n').length + 1
    await until('all lines to arrive', 60_000, async () => (await stat(join(disk, 'out.txt'))).size >= whole)
    expect(await readFile(join(disk, 'out.txt'), 'utf8')).toBe(`${lines.join('\n')}\n`)
  },
  120_000,
)

test('a file that cannot be read is said so by name, and harms no other connector', async () => {
  await mkdir(at('folder'))
  await feedWords()
  await node.put('out', { 'connector.class': fileSink, topics: 'words', file: at('out.txt') })
  await node.put('unreadable', { 'connector.class': fileSource, topic: 'x', file: at('folder') })
  await until('the reason to show', 20_000, async () =>
    (await node.logLines()).some(
      line =>
        line['connector'] === 'unreadable' && JSON.stringify(line).includes(at('folder')) && line['level'] !== 'info',
    ),
  )
  await until('the others to arrive', 20_000, async () => (await node.lines('out.txt')).length === 3)
})

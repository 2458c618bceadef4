import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DryRunEvent } from '../../src/core/api/dry-run.js'
import { runMillrace, startNodeProcess, type NodeProcess } from './node-process.js'

let home: string
let node: NodeProcess
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-dry-run-'))
  node = await startNodeProcess(join(home, 'data'), ['--empty'])
}, 60_000)
afterAll(async () => {
  await node.end('SIGTERM')
  await rm(home, { recursive: true, force: true })
})

async function connector(...lines: readonly string[]): Promise<string> {
  const text = 'org.apache.kafka.connect.storage.StringConverter'
  await writeFile(join(home, 'in.txt'), 'one\ntwo\nthree\n')
  const all = [
    'name=read-log',
    'connector.class=FileStreamSource',
    `file=${join(home, 'in.txt')}`,
    `key.converter=${text}`,
    `value.converter=${text}`,
    ...lines,
  ]
  await writeFile(join(home, 'read.properties'), all.join('\n'))
  return join(home, 'read.properties')
}

const dryRun = (file: string, ...words: readonly string[]) =>
  runMillrace(['connector', 'dry-run', file, '--url', node.url, ...words])

const cast = [
  'transforms=hoist,cast',
  'transforms.hoist.type=org.apache.kafka.connect.transforms.HoistField$Value',
  'transforms.hoist.field=line',
  'transforms.cast.type=org.apache.kafka.connect.transforms.Cast$Value',
  'transforms.cast.spec=line:int32',
]

test('a file is run without its effects, and shown record by record', async () => {
  const { code, output } = await dryRun(
    await connector('topic=t', ...cast.slice(1, 3), 'transforms=hoist'),
    '--limit',
    '2',
  )
  expect(code).toBe(0)
  expect(output).toContain('record 2  from {')
  expect(output).toMatch(/ {2}transform hoist {2}~ value {2}"two" → \{line: "two"\}\n/)
  expect(output).toMatch(/ {2}convert value {4}value {7}"Struct\{line=two\}" {2}16 bytes\n/)
  expect(output).toContain('2 read: 2 kept, 0 dropped, 0 failed. As many as were asked for')
  expect(output).toContain('It would write to t (2).\nNot there yet: t.\nNothing was written, nothing committed.\n')
  expect(await (await fetch(`${node.url}/connectors`)).json()).toEqual([])
})

test('with --json each line is what the worker said', async () => {
  const { code, output } = await dryRun(await connector('topic=t'), '--limit=1', '--json')
  const events = output
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as DryRunEvent)
  expect(code).toBe(0)
  expect(events).toMatchObject([{ connector: { name: 'read-log' } }, { record: 1 }, { end: { read: 1 } }])
})

test('a record that would fail the task makes it 1; one that the configuration lets pass does not', async () => {
  const failing = await dryRun(await connector('topic=t', ...cast), '--timeout=500ms', '--verbose')
  expect([failing.code, failing.output]).toEqual([1, expect.stringContaining('transform cast   ✗ plugin.reject')])
  expect(failing.output).toMatch(/\n +at /)
  expect((await dryRun(await connector('topic=t', ...cast, 'errors.tolerance=all'), '--timeout=500ms')).code).toBe(0)
})

test('a wrong configuration is 2, with every error at its line; so is a wrong word', async () => {
  const file = await connector('tasks.max=0', 'transforms=x')
  const { code, output } = await dryRun(file)
  expect(code).toBe(2)
  for (const place of [':6: tasks.max', ': topic', ': transforms.x.type']) expect(output).toContain(file + place)
  for (const words of [['--limit=0'], ['--timeout=31s'], ['--from', join(home, 'absent')]])
    expect([words, (await dryRun(await connector('topic=t'), ...words)).code]).toEqual([words, 2])
})

test('a worker that is not there is 3', async () => {
  const file = await connector('topic=t')
  expect((await runMillrace(['dry-run', file, '--url', 'http://localhost:1'])).code).toBe(3)
})

test('offsets of a file are where it begins', async () => {
  const file = await connector('topic=t')
  const at = (position: number) => ({ partition: { filename: join(home, 'in.txt') }, offset: { position } })
  await writeFile(join(home, 'offsets.json'), JSON.stringify({ offsets: [at(4)] }))
  const { code, output } = await dryRun(file, '--limit=1', '--from', join(home, 'offsets.json'))
  expect([code, output]).toEqual([0, expect.stringContaining('value       "two"')])
})

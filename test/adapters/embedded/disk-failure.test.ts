import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dispositionOf, errorCode } from '../../../src/core/error.js'
import type { AppendUnit, LogClient } from '../../../src/ports/log.js'
import { batchOf, codeOf, contents, failure } from '../../contracts/log-fixture.js'
import { FaultyFiles } from './faulty-files.js'
import { openLog, removeDirectory, temporaryDirectory, type InProcessLog } from './fixture.js'

const topic = 'orders'
const at = (partition: number) => ({ topic, partition })

let directory: string
let files: FaultyFiles
let log: InProcessLog
let client: LogClient
beforeEach(async () => {
  directory = temporaryDirectory()
  files = new FaultyFiles()
  log = await openLog(directory, { files })
  client = log.connect()
  await client.topics.create({ name: topic, partitions: 2, config: { 'segment.bytes': '5000' } })
})
afterEach(async () => {
  await log.close()
  removeDirectory(directory)
})

const unit = (...values: string[]): AppendUnit => ({
  batches: [0, 1].map(partition => ({ topic, partition, bytes: batchOf(...values) })),
  groups: [{ group: 'g', offsets: [{ topic, partition: 0, offset: 9, metadata: '' }] }],
})
const sizes = (): number[] =>
  readdirSync(join(directory, 'topics'))
    .flatMap(folder => readdirSync(join(directory, 'topics', folder)).map(name => join(folder, name)))
    .filter(name => name.endsWith('.log'))
    .map(name => statSync(join(directory, 'topics', name)).size)

describe('a full disk', () => {
  test('keeps nothing of the unit, is reported as one to try again, and the log goes on when there is room', async () => {
    const writer = client.openWriter({ id: 'w' })
    await writer.append({ batches: unit('before').batches })
    const before = sizes()
    files.room = 150
    const error = await failure(writer.append(unit('x'.repeat(100))))
    expect(errorCode(error)).toBe('log.disk_full')
    expect(dispositionOf(error)).toBe('retry')
    expect(sizes()).toEqual(before)
    expect(await client.groups.fetch('g')).toEqual([])
    expect(await codeOf(writer.append(unit('more')))).toBe('log.writer_failed')

    files.room = Number.POSITIVE_INFINITY
    const anew = client.openWriter({ id: 'w' })
    expect(await anew.append(unit('after'))).toEqual({ baseOffsets: [1, 1] })
    for (const partition of [0, 1])
      expect((await contents(client, at(partition))).map(record => record.value)).toEqual(['before', 'after'])
    expect(log.fatal).toEqual([])
  })

  test('leaves no file of a segment that it did not let begin', async () => {
    const writer = client.openWriter({ id: 'w' })
    await writer.append({ batches: unit('x'.repeat(4500)).batches })
    files.room = 100
    expect(await codeOf(writer.append(unit('y'.repeat(1000))))).toBe('log.disk_full')
    expect(sizes()).toHaveLength(2)
    files.room = Number.POSITIVE_INFINITY
    await client.openWriter({ id: 'w' }).append(unit('z'.repeat(1000)))
    expect((await contents(client, at(0))).map(record => record.offset)).toEqual([0, 1])
  })

  test('does not fail what was under way before it', async () => {
    let let_go: () => void = () => {}
    const held = new Promise<void>(resolve => (let_go = resolve))
    files.beforeSync = () => held
    const [good, bad] = [client.openWriter({ id: 'good' }), client.openWriter({ id: 'bad' })]
    const first = good.append(unit('first'))
    await untilWritten(2)
    files.room = 10
    const second = failure(bad.append(unit('second')))
    await untilRoomIsUsed()
    let_go()
    expect(await first).toEqual({ baseOffsets: [0, 0] })
    expect(errorCode(await second)).toBe('log.disk_full')
    files.room = Number.POSITIVE_INFINITY
    expect(await good.append(unit('third'))).toEqual({ baseOffsets: [1, 1] })
    expect((await contents(client, at(1))).map(record => record.value)).toEqual(['first', 'third'])
  })

  test('survives a restart: the log that opens has what was acknowledged', async () => {
    const writer = client.openWriter({ id: 'w' })
    await writer.append(unit('before'))
    files.room = 30
    expect(await codeOf(writer.append(unit('lost')))).toBe('log.disk_full')
    await log.close()
    log = await openLog(directory)
    client = log.connect()
    expect((await contents(client, at(0))).map(record => record.value)).toEqual(['before'])
  })
})

async function untilWritten(count: number): Promise<void> {
  while (sizes().filter(size => size > 0).length < count) await new Promise(resolve => setTimeout(resolve, 1))
}

async function untilRoomIsUsed(): Promise<void> {
  while (files.room > 0) await new Promise(resolve => setTimeout(resolve, 1))
}

describe('a sync that fails', () => {
  test('stops the log for good, with all that was under way; opened anew it has what was acknowledged', async () => {
    const [one, two] = [client.openWriter({ id: 'one' }), client.openWriter({ id: 'two' })]
    await one.append(unit('kept'))
    files.failSync = true
    const failures = await Promise.all([failure(one.append(unit('a'))), failure(two.append(unit('b')))])
    expect(failures.map(errorCode)).toEqual(['log.io', 'log.io'])
    expect(failures.map(dispositionOf)).toEqual(['fatal', 'fatal'])
    expect(log.fatal.map(errorCode)).toEqual(['log.io'])

    files.failSync = false
    expect(await codeOf(client.openWriter({ id: 'three' }).append(unit('c')))).toBe('log.io')
    expect(await codeOf(client.topics.list())).toBe('log.io')
    await log.close()
    log = await openLog(directory)
    client = log.connect()
    expect((await contents(client, at(0))).map(record => record.value)).toEqual(['kept'])
    expect(await client.openWriter({ id: 'w' }).append(unit('next'))).toEqual({ baseOffsets: [1, 1] })
  })
})

test('what cannot be taken back stops the log', async () => {
  const writer = client.openWriter({ id: 'w' })
  await writer.append(unit('kept'))
  files.room = 100
  files.failTruncate = true
  expect(await codeOf(writer.append(unit('x'.repeat(100))))).toBe('log.disk_full')
  expect(log.fatal.map(errorCode)).toEqual(['log.io'])
})

test('a topic whose files cannot be removed is gone, and not made again over them', async () => {
  await client.openWriter({ id: 'w' }).append(unit('old'))
  files.failRemove = path => path.endsWith('orders-1')
  await client.topics.delete(topic)
  expect(await client.topics.list()).toEqual([])
  expect(await codeOf(client.topics.create({ name: topic, partitions: 2 }))).toBe('log.io')
  expect(log.logger.lines.map(line => line.level)).toContain('warn')
  // The next start removes them.
  await log.close()
  expect(readdirSync(join(directory, 'topics'))).toEqual(['orders-1'])
  log = await openLog(directory)
  client = log.connect()
  expect(readdirSync(join(directory, 'topics'))).toEqual([])
  await client.topics.create({ name: topic, partitions: 2 })
  expect(await client.openWriter({ id: 'w' }).append(unit('new'))).toEqual({ baseOffsets: [0, 0] })
})

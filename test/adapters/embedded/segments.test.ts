import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BatchBuilder } from '../../../src/codec/index.js'
import type { Clock } from '../../../src/ports/clock.js'
import type { LogClient } from '../../../src/ports/log.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { batchOf, codeOf, contents, recordsOf, take } from '../../contracts/log-fixture.js'
import { openLog, removeDirectory, temporaryDirectory, type InProcessLog } from './fixture.js'

const topic = 'orders'
const partition = { topic, partition: 0 }
const day = 24 * 3_600_000

let directory: string
let log: InProcessLog
let client: LogClient
let wallTime: number
const clock: Clock = { ...nodeClock, wallTime: () => wallTime }
const open = async (): Promise<void> => {
  log = await openLog(directory, { clock })
  client = log.connect()
}
beforeEach(async () => {
  directory = temporaryDirectory()
  wallTime = 1_700_000_000_000
  await open()
})
afterEach(async () => {
  await log.close()
  removeDirectory(directory)
})

const files = (suffix = '.log'): string[] =>
  readdirSync(join(directory, 'topics', `${topic}-0`))
    .filter(name => name.endsWith(suffix))
    .sort()

function batchAt(timestamp: number, ...values: string[]): Uint8Array<ArrayBuffer> {
  const builder = new BatchBuilder()
  for (const value of values) builder.append(timestamp, null, value, undefined)
  return builder.finish()
}

async function append(...batches: Uint8Array<ArrayBuffer>[]): Promise<void> {
  const writer = client.openWriter({ id: 'w' })
  for (const bytes of batches) await writer.append({ batches: [{ ...partition, bytes }] })
  await writer.close()
}
const numbered = (count: number, from = 0): Uint8Array<ArrayBuffer>[] =>
  Array.from({ length: count }, (_, i) => batchOf(`${from + i}`.padEnd(400)))
const create = (config: Record<string, string>): Promise<void> =>
  client.topics.create({ name: topic, partitions: 1, config })
const offsets = async (from = 0): Promise<number[]> => (await contents(client, partition, from)).map(r => r.offset)
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

describe('segments', () => {
  test('begin where the last one is full, named by their first offset, and are read as one', async () => {
    await create({ 'segment.bytes': '1000' })
    await append(...numbered(7))
    expect(files()).toEqual([0, 2, 4, 6].map(base => `${String(base).padStart(20, '0')}.log`))
    expect(await offsets()).toEqual(range(0, 7))
    expect(await offsets(3)).toEqual(range(3, 7))
    await log.close()
    await open()
    expect(await offsets()).toEqual(range(0, 7))
    await append(...numbered(3, 7))
    expect(await offsets(5)).toEqual(range(5, 10))
  })

  test('begin after segment.ms, and with several in one unit', async () => {
    await create({ 'segment.ms': '1000', 'segment.bytes': '1000' })
    await append(batchOf('a'))
    wallTime += 999
    await append(batchOf('b'))
    expect(files()).toHaveLength(1)
    wallTime += 1
    await append(batchOf('c'))
    expect(files()).toHaveLength(2)
    await client.openWriter({ id: 'w' }).append({ batches: numbered(5).map(bytes => ({ ...partition, bytes })) })
    expect(files()).toHaveLength(4)
    expect(await offsets()).toEqual(range(0, 8))
  })

  test('a reader that follows goes from one to the next, and wakes in each', async () => {
    await create({ 'segment.bytes': '1000' })
    const reader = client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    for (let i = 0; i < 9; i++) {
      const reading = take(reader, 1)
      await append(...numbered(1, i))
      expect((await reading)[0]!.offset).toBe(i)
    }
  })

  test('an offset is found without its index file, with a damaged one, and with one that is behind', async () => {
    await create({ 'segment.bytes': '200000' })
    await append(...numbered(600))
    await log.close()
    expect(files('.index')).toHaveLength(files().length)
    rmSync(join(directory, 'topics', `${topic}-0`, files('.index')[0]!))
    await open()
    expect(await offsets(300)).toEqual(range(300, 600))
    await append(...numbered(200, 600))
    expect(await offsets(790)).toEqual(range(790, 800))
    await log.close()
    for (const name of files('.index')) writeFileSync(join(directory, 'topics', `${topic}-0`, name), 'damaged')
    await open()
    expect(await offsets(100)).toEqual(range(100, 800))
    expect(files('.index')).toHaveLength(files().length)
  })

  test('reading from an offset does not read the segment before it', async () => {
    await create({})
    await append(...numbered(1000))
    const reader = client.openReader()
    await reader.assign([{ ...partition, offset: 990 }])
    const chunks = await reader.read({ maxBytes: 10, maxWaitMs: 1000 })
    expect(chunks.flatMap(recordsOf)[0]!.offset).toBe(990)
    expect(chunks[0]!.bytes.length).toBeLessThan(1000)
  })

  test('settings that the log does not know are kept', async () => {
    await create({ 'x.y': 'z', 'compression.type': 'zstd' })
    await log.close()
    await open()
    expect(await client.topics.describe(topic)).toEqual({
      name: topic,
      partitions: 1,
      config: { 'x.y': 'z', 'compression.type': 'zstd' },
    })
  })
})

describe('retention', () => {
  test('removes the oldest segments beyond retention.bytes; start and files follow, also over a restart', async () => {
    await create({ 'segment.bytes': '1000', 'retention.bytes': '2000' })
    await append(...numbered(11))
    await log.server.maintain()
    expect(await client.topics.bounds(partition)).toEqual({ start: 6, end: 11 })
    expect(files()).toHaveLength(3)
    expect(await offsets()).toEqual(range(6, 11))
    await log.close()
    await open()
    expect(await client.topics.bounds(partition)).toEqual({ start: 6, end: 11 })
    expect(await offsets()).toEqual(range(6, 11))
  })

  test('removes segments whose records are older than retention.ms, the one appended to as well', async () => {
    await create({ 'segment.bytes': '1000', 'retention.ms': String(day) })
    await append(batchAt(wallTime - 3 * day, 'x'.repeat(900)), batchAt(wallTime, 'y'.repeat(900)))
    await log.server.maintain()
    expect(await offsets()).toEqual([1])
    wallTime += day + 1
    await log.server.maintain()
    expect(await client.topics.bounds(partition)).toEqual({ start: 2, end: 2 })
    expect(files()).toEqual([])
    await log.close()
    await open()
    expect(await client.topics.bounds(partition)).toEqual({ start: 2, end: 2 })
    await append(batchAt(wallTime, 'z'))
    expect(await contents(client, partition)).toEqual([{ offset: 2, value: 'z' }])
  })

  test('leaves a topic alone that is only compacted, or keeps for ever', async () => {
    await create({ 'segment.bytes': '1000', 'retention.ms': '-1' })
    await append(...numbered(5))
    wallTime += 1000 * day
    await log.server.maintain()
    expect(await offsets()).toEqual(range(0, 5))
  })

  test.each([
    ['earliest', [6, 7, 8, 9, 10]],
    ['latest', []],
  ] as const)(
    'a reader whose position it took goes on at the %s offset where that is asked',
    async (outOfRange, seen) => {
      await create({ 'segment.bytes': '1000', 'retention.bytes': '2000' })
      await append(...numbered(11))
      const reader = client.openReader({ outOfRange })
      await reader.assign([{ ...partition, offset: 'earliest' }])
      // It has the first segment's file open when that is removed.
      expect((await take(reader, 1, 1))[0]!.offset).toBe(0)
      await log.server.maintain()
      const chunks = await reader.read({ maxBytes: 1 << 20, maxWaitMs: 100 })
      const rest = chunks.length === 0 ? [] : await take(reader, seen.length - chunks.flatMap(recordsOf).length)
      expect([...chunks.flatMap(recordsOf), ...rest].map(record => record.offset)).toEqual(seen)
    },
  )

  test('a reader whose position it took fails where that is asked', async () => {
    await create({ 'segment.bytes': '1000', 'retention.bytes': '2000' })
    await append(...numbered(11))
    const reader = client.openReader({ outOfRange: 'fail' })
    await reader.assign([{ ...partition, offset: 3 }])
    await log.server.maintain()
    expect(await codeOf(reader.read({ maxBytes: 1, maxWaitMs: 0 }))).toBe('log.offset_out_of_range')
  })

  test('appends and reads go on while it runs', async () => {
    await create({ 'segment.bytes': '1000', 'retention.bytes': '3000' })
    const reader = client.openReader({ outOfRange: 'earliest' })
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const state = { maintaining: true }
    const maintenance = (async () => {
      while (state.maintaining) await log.server.maintain().then(() => new Promise(resolve => setImmediate(resolve)))
    })()
    let last = -1
    const reading = (async () => {
      while (last < 299)
        for (const chunk of await reader.read({ maxBytes: 1500, maxWaitMs: 1000 }))
          for (const { offset, value } of recordsOf(chunk)) {
            expect(offset).toBeGreaterThan(last)
            expect(Number(value)).toBe(offset)
            last = offset
          }
    })()
    await append(...numbered(300))
    await reading
    state.maintaining = false
    await maintenance
    expect(log.logger.lines).toEqual([])
    expect(log.fatal).toEqual([])
  })
})

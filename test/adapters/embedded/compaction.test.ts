import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FileLayer } from '../../../src/adapters/embedded/files.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { BatchBuilder, batches, RecordCursor } from '../../../src/codec/index.js'
import type { Clock } from '../../../src/ports/clock.js'
import type { LogClient } from '../../../src/ports/log.js'
import { behind } from '../../contracts/log-fixture.js'
import { openLog, removeDirectory, temporaryDirectory, type InProcessLog } from './fixture.js'
import { ForgetfulFiles } from './forgetful-files.js'
import { seeded } from './seeded.js'

const topic = 'state'
const partition = { topic, partition: 0 }
const config = { 'cleanup.policy': 'compact', 'segment.bytes': '2000', 'delete.retention.ms': '1000' }

interface Entry {
  readonly key: string | null
  readonly value: string | null
}
interface StoredEntry extends Entry {
  readonly offset: number
  readonly timestamp: number
  readonly headers: readonly string[]
}

let directory: string
let wallTime: number
const clock: Clock = { ...nodeClock, wallTime: () => wallTime }
beforeEach(() => {
  directory = temporaryDirectory()
  wallTime = 1_700_000_000_000
})
afterEach(() => removeDirectory(directory))

function batchOf(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const builder = new BatchBuilder()
  for (const [i, { key, value }] of entries.entries())
    builder.append(wallTime + i, key, value, [{ key: 'h', value: `${key}` }])
  return builder.finish()
}

async function append(client: LogClient, ...units: Entry[][]): Promise<void> {
  const writer = client.openWriter({ id: 'w' })
  await Promise.all(units.map(entries => writer.append({ batches: [{ ...partition, bytes: batchOf(entries) }] })))
  await writer.close()
}

async function stored(client: LogClient): Promise<StoredEntry[]> {
  const reader = client.openReader({ outOfRange: 'fail' })
  const { start, end } = await client.topics.bounds(partition)
  await reader.assign([{ ...partition, offset: start }])
  const entries: StoredEntry[] = []
  const cursor = new RecordCursor()
  while (behind(reader) > 0)
    for (const chunk of await reader.read({ maxBytes: 3000, maxWaitMs: 0 }))
      for (const header of batches(chunk.bytes)) {
        cursor.open(chunk.bytes, header)
        while (cursor.next()) {
          const { offset, timestamp, key, value } = cursor
          const headers = cursor.headers().map(h => String(h.value))
          if (offset >= chunk.position)
            entries.push({ offset, timestamp, key: key && String(key), value: value && String(value), headers })
        }
      }
  expect((await client.topics.bounds(partition)).end).toBe(end)
  await reader.close()
  return entries
}

/** What a store that folds the log holds. */
function fold(entries: readonly Entry[]): Map<string, string> {
  const state = new Map<string, string>()
  for (const { key, value } of entries)
    if (key !== null && value === null) state.delete(key)
    else if (key !== null) state.set(key, value!)
  return state
}

const logFiles = (): string[] =>
  readdirSync(join(directory, 'topics', `${topic}-0`))
    .filter(name => name.endsWith('.log'))
    .sort()

async function open(files?: FileLayer): Promise<{ log: InProcessLog; client: LogClient }> {
  const log = await openLog(directory, { clock, ...(files !== undefined && { files }) })
  return { log, client: log.connect() }
}

describe('compaction', () => {
  test('keeps the last record of each key as it was, at its offset, and records without a key', async () => {
    const { log, client } = await open()
    await client.topics.create({ name: topic, partitions: 1, config })
    const units = Array.from({ length: 30 }, (_, i) => [
      { key: `k${i % 3}`, value: `${i}`.padEnd(100) },
      { key: i === 4 ? null : `once-${i}`, value: `${i}` },
      { key: 'always', value: `${i}`.padEnd(50) },
    ])
    await append(client, ...units)
    const before = await stored(client)
    const filesBefore = logFiles()
    await log.server.maintain()
    const after = await stored(client)
    expect(after.length).toBeLessThan(before.length)
    for (const entry of after) expect(entry).toEqual(before[entry.offset])
    expect(fold(after)).toEqual(fold(before))
    expect(after.filter(entry => entry.key === null)).toHaveLength(1)
    // Of the segments that are closed, each key once.
    const closedEnd = Number(/\d{20}/.exec(filesBefore.at(-1)!)![0])
    const keys = after.filter(entry => entry.offset < closedEnd && entry.key !== null).map(entry => entry.key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(logFiles().filter(name => name.endsWith('-1.log'))).toHaveLength(filesBefore.length - 1)
    await log.close()

    const again = await open()
    expect(await stored(again.client)).toEqual(after)
    await append(again.client, [{ key: 'k0', value: 'last' }])
    expect((await stored(again.client)).at(-1)).toMatchObject({ offset: 90, value: 'last' })
    await again.log.close()
  })

  test('keeps tombstones for delete.retention.ms, then takes them', async () => {
    const { log, client } = await open()
    await client.topics.create({ name: topic, partitions: 1, config })
    const filler = (): Entry[] => [{ key: 'filler', value: 'x'.repeat(1900) }]
    await append(client, [{ key: 'a', value: '1' }], filler(), [{ key: 'a', value: null }], filler(), filler())
    await log.server.maintain()
    expect((await stored(client)).filter(entry => entry.key === 'a')).toMatchObject([{ offset: 2, value: null }])
    wallTime += 1001
    await append(client, filler(), filler(), filler())
    await log.server.maintain()
    expect((await stored(client)).filter(entry => entry.key === 'a')).toEqual([])
    await log.close()
  })

  test('lets a reader finish the file that it has open, and goes on in the new ones', async () => {
    const { log, client } = await open()
    await client.topics.create({ name: topic, partitions: 1, config })
    await append(client, ...Array.from({ length: 40 }, (_, i) => [{ key: `k${i % 2}`, value: `${i}`.padEnd(300) }]))
    const reader = client.openReader({ outOfRange: 'fail' })
    await reader.assign([{ ...partition, offset: 'earliest' }])
    await reader.read({ maxBytes: 1, maxWaitMs: 0 })
    await log.server.maintain()
    let last = 0
    while (behind(reader) > 0) {
      for (const chunk of await reader.read({ maxBytes: 1, maxWaitMs: 0 })) {
        expect(chunk.next).toBeGreaterThan(last)
        last = chunk.next
      }
    }
    expect(last).toBe(40)
    await log.close()
  })

  test('leaves a damaged segment as it is and says so', async () => {
    const files = new ForgetfulFiles()
    const { log, client } = await open(files)
    await client.topics.create({ name: topic, partitions: 1, config })
    await append(client, ...Array.from({ length: 20 }, (_, i) => [{ key: 'k', value: `${i}`.padEnd(300) }]))
    const folder = join(directory, 'topics', `${topic}-0`)
    const names = await files.list(folder)
    const file = await files.open(join(folder, '00000000000000000000.log'), 'write')
    await file.write([Buffer.from('damage')], 100)
    await log.server.maintain()
    expect(log.logger.lines).toMatchObject([{ level: 'error', fields: { topic, err: { code: 'log.corrupt' } } }])
    expect(await client.topics.bounds(partition)).toEqual({ start: 0, end: 20 })
    expect(await files.list(folder)).toEqual(expect.arrayContaining([...names!]))
    await log.close()
  })

  test('deletes as well where the policy is both', async () => {
    const { log, client } = await open()
    const both = { ...config, 'cleanup.policy': 'compact,delete', 'retention.ms': '5000' }
    await client.topics.create({ name: topic, partitions: 1, config: both })
    await append(client, [{ key: 'old', value: 'x'.repeat(1950) }], [{ key: 'b', value: 'x' }])
    wallTime += 5001
    await append(client, [{ key: 'new', value: 'x'.repeat(1900) }])
    await log.server.maintain()
    expect((await stored(client)).map(entry => entry.key)).toEqual(['new'])
    await log.close()
  })

  test.each([11, 12, 13, 14, 15, 16])(
    'interrupted by power cuts, never changes what the log folds to (seed %i)',
    async seed => {
      const random = seeded(seed)
      let files = new ForgetfulFiles()
      const model: Entry[] = []
      for (let life = 0; life < 5; life++) {
        const { log, client } = await open(files)
        if (life === 0) await client.topics.create({ name: topic, partitions: 1, config })
        const { end } = await client.topics.bounds(partition)
        model.length = end
        const found = await stored(client)
        expect(found.map(entry => entry.offset)).toEqual(
          [...new Set(found.map(entry => entry.offset))].sort((a, b) => a - b),
        )
        for (const { offset, key, value } of found) expect({ key, value }).toEqual(model[offset])
        expect(fold(found)).toEqual(fold(model))

        let steps = 100 + Math.floor(random() * 500)
        const before = files
        before.onStep = () => {
          if (steps-- === 0) files = before.cutPower(random)
        }
        const writer = client.openWriter({ id: 'w' })
        for (let i = 0; i < 200; i++) {
          if (files !== before) break
          const entries = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
            key: `k${Math.floor(random() * 12)}`,
            value: random() < 0.2 ? null : `${i}`.padEnd(Math.floor(random() * 300)),
          }))
          wallTime += Math.floor(random() * 200)
          model.push(...entries)
          try {
            await writer.append({ batches: [{ ...partition, bytes: batchOf(entries) }] })
          } catch {
            break
          }
          if (random() >= 0.1) continue
          const maintained = log.server.maintain()
          if (random() >= 0.3) continue
          // Just after a switch, with nothing later that might make up for what it left unsynced.
          await maintained
          break
        }
        if (files === before) files = before.cutPower(random)
        await log.close()
      }
    },
  )
})

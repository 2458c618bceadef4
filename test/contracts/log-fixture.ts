import { afterAll, beforeAll, expect } from 'vitest'
import { BatchBuilder, batches, RecordCursor, verifyCrc } from '../../src/codec/index.js'
import { errorCode } from '../../src/core/error.js'
import type { TopicPartition } from '../../src/core/offset.js'
import type { FetchedChunk, LogClient, LogReader, ReaderOptions } from '../../src/ports/log.js'

/** What a contract run gets: clients of one log, each as if in a thread of its own. */
export interface LogUnderTest {
  connect(): Promise<LogClient>
  close(): Promise<void>
  /** Whose appends `settled` waits for: a log in this process knows of every client, a broker only of whoever asks. */
  readonly settles?: 'every client' | 'itself'
}

/** Longer than any adapter takes to notice something, a remote broker included. */
export const patience = 15_000

/** Records behind the end of all its partitions. */
export function behind(reader: LogReader): number {
  return reader.lags().reduce((sum, { records }) => sum + records, 0)
}

/** One whole batch of these values, of now: what is older than retention.ms a broker may delete at any moment. */
export function batchOf(...values: string[]): Uint8Array<ArrayBuffer> {
  const builder = new BatchBuilder()
  for (const value of values) builder.append(Date.now(), null, value, undefined)
  return builder.finish()
}

export interface SeenRecord {
  readonly offset: number
  readonly value: string
}

/** The records of a chunk that were asked for, as a consumer decodes them. */
export function recordsOf(chunk: FetchedChunk): SeenRecord[] {
  const records: SeenRecord[] = []
  const cursor = new RecordCursor()
  for (const header of batches(chunk.bytes)) {
    verifyCrc(chunk.bytes, header)
    if (header.control) continue
    cursor.open(chunk.bytes, header)
    while (cursor.next())
      if (cursor.offset >= chunk.position) records.push({ offset: cursor.offset, value: String(cursor.value) })
  }
  return records
}

/** Reads until `count` records came. */
export async function take(reader: LogReader, count: number, maxBytes = 1 << 20): Promise<SeenRecord[]> {
  const records: SeenRecord[] = []
  const deadline = performance.now() + patience
  while (records.length < count) {
    if (performance.now() > deadline) throw new Error(`only ${records.length} of ${count} records came`)
    for (const chunk of await reader.read({ maxBytes, maxWaitMs: 500 })) records.push(...recordsOf(chunk))
  }
  return records
}

/** The values of the next `count` records. */
export async function values(reader: LogReader, count: number): Promise<string[]> {
  return (await take(reader, count)).map(record => record.value)
}

/** Expects that there is nothing to read. */
export async function nothing(reader: LogReader): Promise<void> {
  expect(await reader.read({ maxBytes: 1 << 20, maxWaitMs: 50 })).toEqual([])
}

/** All that a partition holds from `offset` on, read by a reader of its own. */
export async function contents(
  client: LogClient,
  partition: TopicPartition,
  offset = 0,
  options?: ReaderOptions,
): Promise<SeenRecord[]> {
  const { start, end } = await client.topics.bounds(partition)
  const reader = client.openReader(options)
  await reader.assign([{ ...partition, offset: Math.max(start, offset) }])
  const records: SeenRecord[] = []
  let next = Math.max(start, offset)
  while (next < end) {
    for (const chunk of await reader.read({ maxBytes: 1 << 20, maxWaitMs: 500 })) {
      records.push(...recordsOf(chunk))
      next = chunk.next
    }
  }
  await reader.close()
  return records
}

export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it was expected to fail')
}

/** The code that `promise` fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return errorCode(await failure(promise))
}

/** Waits until `check` passes: what the contract promises soon, not at once. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + patience
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

let serial = 0

/** A name that no other test and no earlier run used: the log may be shared. */
export function fresh(what: string): string {
  return `${what}-${process.pid}-${Date.now().toString(36)}-${serial++}`
}

export interface LogInUse {
  readonly client: LogClient
  readonly settles: NonNullable<LogUnderTest['settles']>
  another(): Promise<LogClient>
  topic(partitions?: number, config?: Readonly<Record<string, string>>): Promise<string>
  write(partition: TopicPartition, ...batches: string[][]): Promise<void>
  /** A partition of a topic of its own with these batches. */
  filled(...batches: string[][]): Promise<TopicPartition>
}

/** Opens the log once for a group of tests, and hands out its first client and others. */
export function useLog(makeAdapter: () => Promise<LogUnderTest>): LogInUse {
  let log: LogUnderTest | undefined
  let client: LogClient | undefined
  const others: LogClient[] = []
  beforeAll(async () => {
    log = await makeAdapter()
    client = await log.connect()
  })
  afterAll(async () => {
    for (const other of others) await other.close()
    await client?.close()
    await log?.close()
  })
  const topic = async (partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<string> => {
    const name = fresh('contract')
    await client!.topics.create({ name, partitions, replicationFactor: 1, config })
    return name
  }
  const write = async (partition: TopicPartition, ...batches: string[][]): Promise<void> => {
    const writer = client!.openWriter({ id: 'fill' })
    await Promise.all(batches.map(batch => writer.append({ batches: [{ ...partition, bytes: batchOf(...batch) }] })))
    await writer.close()
  }
  return {
    get client() {
      return client!
    },
    get settles() {
      return log!.settles ?? 'every client'
    },
    another: async () => {
      const other = await log!.connect()
      others.push(other)
      return other
    },
    topic,
    write,
    filled: async (...batches) => {
      const partition = { topic: await topic(), partition: 0 }
      await write(partition, ...batches)
      return partition
    },
  }
}

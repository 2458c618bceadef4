import { RecordCursor, batches, readControlRecord, type BatchHeader } from '../codec/index.js'
import { MillraceError, dispositionOf, errorMessage } from '../core/error.js'
import { markHeader } from '../core/record-mark.js'
import { sleep, type Clock } from '../ports/clock.js'
import type { FetchedChunk, LogClient, LogReader, ReaderOptions } from '../ports/log.js'
import type { Logger } from '../ports/logger.js'
import { SharedTurns } from './shared-turns.js'
import { UndecidedRecords } from './undecided-records.js'

/** A record as stores see it: key, value and mark as text. */
export interface FollowedRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  /** Null is a tombstone. */
  readonly value: string | null
  /** Under which grant or by which leader it was written; null where its writer has no peers, or is Connect. */
  readonly mark: string | null
}

export interface FollowerOptions {
  readonly log: LogClient
  readonly topic: string
  readonly partitions: number
  /** `read_committed` where some of its writers use transactions. */
  readonly isolation?: ReaderOptions['isolation']
  readonly clock: Clock
  readonly logger: Logger
  /** Folds one record in. What it throws for is logged once and skipped: a bad record is never fatal. */
  readonly apply: (record: FollowedRecord) => void
}

interface Waiter {
  readonly until: readonly number[]
  resolve(): void
  reject(error: unknown): void
}

const maxBytes = 4 << 20
const maxWaitMs = 10_000
const retryMs = 1_000
/** It is never sought or paused, so nothing has to wait for a request to come back; and an idle node should sleep. */
const fetchWaitMs = 5_000

/**
 * Reads a whole topic from its first record, in each partition's order, and then follows it. Errors of the log that
 * pass by themselves are waited for; any other ends it, and everything that waits or asks from then on fails with it.
 */
export class TopicFollower {
  readonly #options: FollowerOptions
  readonly #positions: number[]
  readonly #listeners = new Set<() => void>()
  readonly #stop = new AbortController()
  readonly #cursor = new RecordCursor()
  readonly #undecided = new UndecidedRecords()
  readonly #ends = new SharedTurns(() => this.#askEnds())
  #waiters: Waiter[] = []
  #failure: Error | undefined
  #running: Promise<void> | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#positions = Array.from({ length: options.partitions }, () => 0)
  }

  /** Starts, and resolves when everything that is there now has been applied. Called once. */
  async open(): Promise<void> {
    this.#running = this.#follow()
    await this.readToEnd()
  }

  /** Resolves when everything that was in the topic at the time of the call has been applied. */
  async readToEnd(): Promise<void> {
    await this.reached(await this.#ends.take())
  }

  /** Resolves when each partition has been applied up to its offset in `until`, exclusive; fails when the follower ends before. */
  reached(until: readonly number[]): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#isReached(until)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ until, resolve, reject })
    })
  }

  /** Calls `listener` after records were applied, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #follow(): Promise<void> {
    const { clock, logger, topic } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#readUntilStopped()
      } catch (error) {
        if (dispositionOf(error) !== 'retry') {
          logger.log('error', 'An internal topic cannot be read any more', { topic, error: errorMessage(error) })
          return this.#end(error)
        }
        logger.log('warn', 'Reading an internal topic failed and is tried again', { topic, error: errorMessage(error) })
        await sleep(clock, retryMs, signal)
      }
    }
    this.#end(new MillraceError('stores.closed', `The store on topic ${topic} was closed.`))
  }

  async #readUntilStopped(): Promise<void> {
    const { log, topic } = this.#options
    const { signal } = this.#stop
    const reader: LogReader = log.openReader({ markers: true, fetchWaitMs })
    try {
      await reader.assign(
        this.#positions.map((offset, partition) => ({ topic, partition, offset: offset || 'earliest' })),
      )
      while (!signal.aborted) {
        const chunks = await reader.read({ maxBytes, maxWaitMs, signal })
        for (const chunk of chunks) this.#apply(chunk)
        if (chunks.length > 0) this.#announce()
      }
    } finally {
      await reader.close()
    }
  }

  #apply(chunk: FetchedChunk): void {
    const cursor = this.#cursor
    const waits = this.#options.isolation === 'read_committed'
    for (const batch of batches(chunk.bytes)) {
      cursor.open(chunk.bytes, batch)
      if (batch.control) {
        if (waits && batch.transactional && batch.baseOffset >= chunk.position) this.#decide(chunk.partition, batch)
        continue
      }
      while (cursor.next()) {
        if (cursor.offset < chunk.position) continue
        const record = this.#record(chunk.partition)
        if (record === undefined) continue
        if (waits && batch.transactional) this.#undecided.add(batch, record)
        else this.#applyRecord(record)
      }
    }
    this.#positions[chunk.partition] = chunk.next
  }

  /** A producer's transaction has ended in this partition. */
  #decide(partition: number, marker: BatchHeader): void {
    const records = this.#undecided.take(partition, marker)
    if (!this.#cursor.next() || readControlRecord(this.#cursor.key, this.#cursor.value).type !== 'commit') return
    for (const record of records) this.#applyRecord(record)
  }

  /** Undefined where its bytes are damaged, which is told. */
  #record(partition: number): FollowedRecord | undefined {
    const { offset, key, value } = this.#cursor
    try {
      const mark = this.#cursor.headerCount === 0 ? null : this.#mark()
      return { partition, offset, key: key?.toString() ?? null, value: value?.toString() ?? null, mark }
    } catch (error) {
      return this.#skip(partition, offset, error)
    }
  }

  #applyRecord(record: FollowedRecord): void {
    try {
      this.#options.apply(record)
    } catch (error) {
      this.#skip(record.partition, record.offset, error)
    }
  }

  #skip(partition: number, offset: number, error: unknown): undefined {
    const { logger, topic } = this.#options
    logger.log('warn', 'A record of an internal topic was skipped', {
      topic,
      partition,
      offset,
      error: errorMessage(error),
    })
  }

  #mark(): string | null {
    const header = this.#cursor.headers().find(({ key }) => key === markHeader)
    return header?.value?.toString() ?? null
  }

  #announce(): void {
    const waiting = this.#waiters
    this.#waiters = []
    for (const waiter of waiting) {
      if (this.#isReached(waiter.until)) waiter.resolve()
      else this.#waiters.push(waiter)
    }
    for (const listener of this.#listeners) listener()
  }

  #end(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error(errorMessage(error))
    for (const waiter of this.#waiters) waiter.reject(this.#failure)
    this.#waiters = []
  }

  /** An empty partition is read, wherever it ends. */
  async #askEnds(): Promise<readonly number[]> {
    const { log, topic, partitions } = this.#options
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
    return (await log.topics.allBounds(all)).map(({ start, end }) => (end > start ? end : 0))
  }

  #isReached(until: readonly number[]): boolean {
    return until.every((end, partition) => (this.#positions[partition] ?? 0) >= end)
  }
}

import { RecordCursor, batches, type BatchHeader } from '../codec/index.js'
import type { MillraceError } from '../core/error.js'
import { partitionKey, type TopicPartition } from '../core/offset.js'
import type { SinkRecord } from '../core/record.js'
import type { FetchedChunk } from '../ports/log.js'
import { nextTurn } from './back-off.js'
import { unlessStopped } from './conversion-steps.js'
import { rawRecord } from './fetched-record.js'
import type { SinkDeadLetters } from './sink-dead-letters.js'
import { SinkConversion } from './sink-conversion.js'
import type { SinkDefinition } from './task-definition.js'
import { isStopped, taskFailure } from './task-failure.js'
import type { LoopDependencies } from './task-loop.js'
import type { Tolerance } from './tolerance.js'

/** What one `put` is given, and where the task stands once that succeeded. */
export interface SinkList {
  readonly records: SinkRecord[]
  /** By partition key: how far it goes, past what was dropped or set aside too. */
  readonly reached: Map<string, Reached>
  /** Records taken from the log, delivered or not. */
  consumed: number
}

export interface Reached extends TopicPartition {
  /** The next offset. */
  readonly offset: number
  /** Of the last record before that; -1 where it has none, or there is none. */
  readonly timestamp: number
}

interface Loaded {
  readonly chunk: FetchedChunk
  readonly batches: Iterator<BatchHeader>
  /** Whether the cursor was in it. */
  opened: boolean
  /** Its partition was paused or sought: what is left of it is not delivered. */
  discarded: boolean
}

/** How long one task keeps the thread. */
const turnMs = 10

/** Makes lists of records of fetched chunks: decodes, converts, transforms, and sets aside what fails. */
export class SinkIntake {
  readonly #dependencies: LoopDependencies
  readonly #stopSignal: AbortSignal
  readonly #conversion: SinkConversion
  readonly #tolerance: Tolerance
  readonly #deadLetters: SinkDeadLetters
  readonly #cursor = new RecordCursor()
  #loaded: Loaded[] = []
  #batchOpen = false
  #turnStarted = 0
  /** A record failed and may not: what came before it is delivered yet. */
  #failure: MillraceError | undefined

  constructor(
    definition: SinkDefinition,
    dependencies: LoopDependencies,
    parts: { readonly deadLetters: SinkDeadLetters; readonly tolerance: Tolerance; readonly stopSignal: AbortSignal },
  ) {
    this.#dependencies = dependencies
    this.#stopSignal = parts.stopSignal
    this.#deadLetters = parts.deadLetters
    this.#tolerance = parts.tolerance
    this.#conversion = new SinkConversion(definition)
  }

  /** Only when everything loaded before was taken. */
  load(chunks: readonly FetchedChunk[]): void {
    this.#loaded = chunks.map(chunk => ({ chunk, batches: batches(chunk.bytes), opened: false, discarded: false }))
    this.#batchOpen = false
  }

  get isEmpty(): boolean {
    return this.#loaded.length === 0
  }

  /** Leaves out what was loaded of a partition and not taken yet. */
  discard(partition: TopicPartition): void {
    const key = partitionKey(partition)
    for (const loaded of this.#loaded) if (partitionKey(loaded.chunk) === key) loaded.discarded = true
  }

  /** The next records, `max` at most; fewer only at the end of what is loaded, or before a record that fails the task: the next call rejects with that. */
  async next(max: number): Promise<SinkList> {
    const list: SinkList = { records: [], reached: new Map(), consumed: 0 }
    const { clock } = this.#dependencies
    this.#turnStarted = clock.now()
    if (this.#failure) throw this.#failure
    while (list.records.length < max && !this.#failure && this.#move(list)) {
      list.consumed++
      const pending = this.#take(list)
      if (pending !== undefined) await pending
      if ((list.consumed & 255) === 0 && clock.now() - this.#turnStarted > turnMs) {
        await nextTurn()
        this.#turnStarted = clock.now()
      }
    }
    this.#noteReached(list)
    return list
  }

  /** Moves the cursor to the next record to deliver; false at the end of what is loaded. */
  #move(list: SinkList): boolean {
    for (let loaded = this.#loaded[0]; loaded; loaded = this.#loaded[0]) {
      const { chunk } = loaded
      while (!loaded.discarded) {
        if (this.#batchOpen && this.#cursor.next()) {
          if (this.#cursor.offset >= chunk.position) return true
          continue
        }
        const batch = loaded.batches.next()
        this.#batchOpen = batch.done !== true && !batch.value.control
        if (batch.done === true) {
          const { topic, partition, next } = chunk
          const timestamp = loaded.opened ? this.#cursor.timestamp : -1
          list.reached.set(partitionKey(chunk), { topic, partition, offset: next, timestamp })
          break
        }
        if (!this.#batchOpen) continue
        loaded.opened = true
        this.#cursor.open(chunk.bytes, batch.value)
      }
      this.#loaded.shift()
      this.#batchOpen = false
    }
    return false
  }

  /** The list ends within a chunk: it reaches to behind the record under the cursor. */
  #noteReached(list: SinkList): void {
    const chunk = this.#loaded[0]?.chunk
    if (!chunk || !this.#batchOpen || list.consumed === 0) return
    const { topic, partition } = chunk
    // What failed was not delivered.
    const offset = this.#cursor.offset + (this.#failure ? 0 : 1)
    list.reached.set(partitionKey(chunk), { topic, partition, offset, timestamp: this.#cursor.timestamp })
  }

  #take(list: SinkList): Promise<void> | undefined {
    const conversion = this.#conversion
    const chunk = this.#loaded[0]!.chunk
    conversion.begin(chunk, this.#cursor)
    try {
      const pending = conversion.advance()
      if (pending !== undefined) return this.#finish(pending, chunk, list)
    } catch (error) {
      return this.#recover(error, chunk, list)
    }
    if (conversion.record !== null) list.records.push(conversion.record)
    return undefined
  }

  async #finish(pending: Promise<void>, chunk: FetchedChunk, list: SinkList): Promise<void> {
    try {
      await unlessStopped(pending, this.#stopSignal)
    } catch (error) {
      if (isStopped(error)) throw error
      return this.#recover(error, chunk, list)
    }
    if (this.#conversion.record !== null) list.records.push(this.#conversion.record)
  }

  async #recover(error: unknown, chunk: FetchedChunk, list: SinkList): Promise<void> {
    const failure = await this.#tolerance.retry(this.#conversion, error, this.#stopSignal)
    if (!failure) {
      if (this.#conversion.record !== null) list.records.push(this.#conversion.record)
      return
    }
    const raw = rawRecord(chunk, this.#cursor)
    const { topic, partition, offset } = raw
    const verdict = this.#tolerance.judgeConversion(failure, () => ({ topic, partition, offset }))
    if (verdict !== 'again') this.#deadLetters.add(raw, failure)
    if (verdict !== 'skip') this.#failure = taskFailure(failure.stage, failure.error)
  }
}

import { BatchBuilder } from '../codec/index.js'
import { partitionForKey } from '../core/murmur2.js'
import { markHeader } from '../core/record-mark.js'
import { sleep, type Clock } from '../ports/clock.js'
import type { BatchAppend, LogClient, LogWriter, ReaderOptions } from '../ports/log.js'
import type { Logger } from '../ports/logger.js'
import { AppendRounds } from './append-rounds.js'
import { openInternalTopic, type InternalTopic } from './internal-topic.js'
import { TopicFollower, type FollowedRecord } from './topic-follower.js'

/** A keyed record to write; a null value deletes the key. */
export interface StateRecord {
  readonly key: string
  readonly value: string | null
  /** Under which grant, or by which leader, it is written; absent without peers. */
  readonly mark?: string
  /** Where it stands in every partition; absent: where its key places it. */
  readonly partition?: number
}

export interface StoreDependencies {
  readonly log: LogClient
  readonly clock: Clock
  readonly logger: Logger
  /** `read_committed` where source tasks commit their offsets in transactions. */
  readonly isolation?: ReaderOptions['isolation']
}

/** How long closing waits for a write that is under way, milliseconds. */
const closeMs = 1_000

/** Kafka's own bound for a request, and far under what any log takes as one batch. */
const batchBytes = 512 << 10

/** An internal topic as one of the stores has it: folded as it is read, and written with read-back. */
export class StateTopic {
  readonly #dependencies: StoreDependencies
  readonly #topic: InternalTopic
  readonly #apply: (record: FollowedRecord) => void
  #follower: TopicFollower | undefined
  #partitions = 0
  #writer: LogWriter | undefined
  #opened = false
  readonly #rounds = new AppendRounds(records => this.#append(records))

  constructor(dependencies: StoreDependencies, topic: InternalTopic, apply: (record: FollowedRecord) => void) {
    this.#dependencies = dependencies
    this.#topic = topic
    this.#apply = apply
  }

  /** Whether everything that stood in the topic at the start has been read. */
  get caughtUp(): boolean {
    return this.#opened
  }

  /** Makes the topic where it is missing, and reads it to its end. Fails with `stores.topic_not_compact`, `stores.topic_partitions`. */
  async open(): Promise<void> {
    this.#partitions = await openInternalTopic(this.#dependencies.log, this.#topic)
    this.#follower = new TopicFollower({
      ...this.#dependencies,
      topic: this.#topic.name,
      partitions: this.#partitions,
      apply: this.#apply,
    })
    await this.#follower.open()
    this.#opened = true
  }

  /** Known once it is open. */
  get partitions(): number {
    return this.#partitions
  }

  readToEnd(): Promise<void> {
    return this.#started().readToEnd()
  }

  /** Resolves when each partition has been read up to its offset in `until`, exclusive. */
  reached(until: readonly number[]): Promise<void> {
    return this.#started().reached(until)
  }

  subscribe(listener: () => void): () => void {
    return this.#started().subscribe(listener)
  }

  /** Resolves when the records are durable and have been read back, so that who asks next sees them. In order, in one step where the log can. */
  async write(records: readonly StateRecord[]): Promise<void> {
    const until = await this.append(records)
    await this.#started().reached(until)
  }

  /** Resolves when the records are durable; gives for each partition the offset to have read to see them. */
  append(records: readonly StateRecord[]): Promise<readonly number[]> {
    return this.#rounds.append(records)
  }

  async #append(records: readonly StateRecord[]): Promise<readonly number[]> {
    const until = Array.from({ length: this.#partitions }, () => 0)
    if (records.length === 0) return until
    const encoded = this.#encode(records)
    const { baseOffsets } = await this.#appendBatches(encoded.map(of => of.batch))
    encoded.forEach(({ batch, count }, index) => {
      until[batch.partition] = Math.max(until[batch.partition]!, baseOffsets[index]! + count)
    })
    return until
  }

  /** The batches that write `records`, for an append unit of the caller's. */
  encode(records: readonly StateRecord[]): BatchAppend[] {
    this.#started()
    return this.#encode(records).map(of => of.batch)
  }

  async close(): Promise<void> {
    // Each write is waited for by who asked for it; a log that is away must not hold up the end of its node (I9).
    const written = this.#writer?.close()
    await Promise.all([Promise.race([written, sleep(this.#dependencies.clock, closeMs)]), this.#follower?.close()])
  }

  #encode(records: readonly StateRecord[]): { readonly batch: BatchAppend; readonly count: number }[] {
    const timestamp = this.#dependencies.clock.wallTime()
    const builders = new Map<number, BatchBuilder>()
    const done: { batch: BatchAppend; count: number }[] = []
    const finish = (partition: number, builder: BatchBuilder): void => {
      const { count } = builder
      done.push({ batch: { topic: this.#topic.name, partition, bytes: builder.finish() }, count })
    }
    for (const { key, value, mark, partition: given } of records) {
      const keyBytes = Buffer.from(key)
      const partition = given ?? partitionForKey(keyBytes, this.#partitions)
      let builder = builders.get(partition)
      if (!builder) builders.set(partition, (builder = new BatchBuilder()))
      builder.append(timestamp, keyBytes, value, mark === undefined ? undefined : [{ key: markHeader, value: mark }])
      if (builder.sizeBytes >= batchBytes) finish(partition, builder)
    }
    for (const [partition, builder] of builders) if (builder.count > 0) finish(partition, builder)
    return done
  }

  async #appendBatches(batches: readonly BatchAppend[]): Promise<{ readonly baseOffsets: readonly number[] }> {
    const writer = (this.#writer ??= this.#dependencies.log.openWriter({ id: `store-${this.#topic.name}` }))
    try {
      return await writer.append({ batches })
    } catch (error) {
      // A writer that failed once fails for ever; the next write gets a new one.
      if (this.#writer === writer) this.#writer = undefined
      throw error
    }
  }

  #started(): TopicFollower {
    if (!this.#follower) throw new Error(`The store on ${this.#topic.name} was used before it was opened.`)
    return this.#follower
  }
}

import { partitionKey, type TopicPartition } from '../../core/offset.js'
import { logClosed, readerBusy, topicUnknown } from '../../ports/log-rules.js'
import type { FetchedChunk, LogReader, PartitionLag, ReaderOptions, StartOffset } from '../../ports/log.js'
import { AssignedPartition } from './assigned-partition.js'
import { Fetching, type FetchingParts } from './fetching.js'
import type { FetchedBatches } from './fetched-batches.js'
import { askOffsets } from './offset-lookup.js'
import { endOf } from './protocol/list-offsets.js'
import { retrying } from './retrying.js'

export interface ReaderParts extends FetchingParts {
  onClose(reader: KafkaReader): void
}

/**
 * Reads its partitions with one fetch per broker. What a fetch brings waits here until it is read; a partition is
 * fetched again when all of it was, so at most about two fetches' bytes of a broker are held (I6).
 */
export class KafkaReader implements LogReader {
  readonly #parts: ReaderParts
  readonly #readCommitted: boolean
  readonly #fetching: Fetching
  #closed = false
  #assigned = new Map<string, AssignedPartition>()
  /** Which partition the next read begins with, so that none starves. */
  #turn = 0
  #reading = false
  /** Ends the wait of a read under way. */
  #wake: () => void = () => {}

  constructor(options: ReaderOptions, parts: ReaderParts) {
    this.#parts = parts
    this.#readCommitted = options.isolation === 'read_committed'
    const rules = {
      readCommitted: this.#readCommitted,
      markers: options.markers ?? false,
      outOfRange: options.outOfRange ?? 'earliest',
    } as const
    this.#fetching = new Fetching(rules, parts, () => this.#wake())
  }

  async assign(positions: readonly (TopicPartition & { readonly offset: StartOffset })[]): Promise<void> {
    this.#checkOpen()
    const { cluster, consumer } = this.#parts
    const timeoutMs = consumer.apiTimeoutMs
    // What is known of a topic may be of one that was deleted since.
    const topics = new Set(positions.map(({ topic }) => topic))
    if (topics.size > 0)
      await retrying('Asking for metadata', timeoutMs, cluster.retry, () => cluster.refresh([...topics]))
    for (const partition of positions) await cluster.leader(partition, timeoutMs)
    const found = new Map<string, number>()
    for (const [offset, timestamp] of [
      ['earliest', endOf.start],
      ['latest', endOf.log],
    ] as const) {
      const asked = positions.filter(position => position.offset === offset)
      const options = { timestamp, readCommitted: this.#readCommitted, timeoutMs }
      const offsets = asked.length === 0 ? [] : await askOffsets(cluster, asked, options)
      for (const [i, partition] of asked.entries()) found.set(partitionKey(partition), offsets[i]!)
    }
    this.#checkOpen()
    this.#assigned = new Map(
      positions.map(position => {
        const key = partitionKey(position)
        const topic = cluster.topics.topic(position.topic)
        if (topic === undefined) throw topicUnknown(position)
        const offset = typeof position.offset === 'number' ? position.offset : found.get(key)!
        return [key, new AssignedPartition(position, topic.id, offset)]
      }),
    )
    this.#wake()
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#assigned.get(partitionKey(partition))?.moveTo(offset)
    this.#wake()
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, true)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, false)
    this.#wake()
  }

  async read(options: {
    readonly maxBytes: number
    readonly maxWaitMs: number
    readonly signal?: AbortSignal
  }): Promise<readonly FetchedChunk[]> {
    if (this.#reading) throw readerBusy()
    const { clock } = this.#parts
    const deadline = clock.now() + options.maxWaitMs
    this.#reading = true
    try {
      for (;;) {
        this.#checkOpen()
        if (options.signal?.aborted === true) return []
        const chunks = this.#collect(options.maxBytes)
        // While these are worked on, the next are on their way.
        this.#fetching.more(this.#inTurn(), options.maxBytes)
        const left = deadline - clock.now()
        if (chunks.length > 0 || left <= 0) return chunks
        await this.#change(left, options.signal)
      }
    } finally {
      this.#reading = false
    }
  }

  lags(): readonly PartitionLag[] {
    return [...this.#assigned.values()].map(({ topic, partition, end, position, paused }) => ({
      topic,
      partition,
      records: end < 0 ? Number.NaN : Math.max(0, end - position),
      paused,
    }))
  }

  async hearEnds(): Promise<void> {
    this.#checkOpen()
    const { cluster, consumer } = this.#parts
    const asked = [...this.#assigned.values()]
    const options = { timestamp: endOf.log, readCommitted: this.#readCommitted, timeoutMs: consumer.apiTimeoutMs }
    const ends = await askOffsets(cluster, asked, options)
    // What was fetched meanwhile knows better.
    for (const [i, assigned] of asked.entries()) assigned.end = Math.max(assigned.end, ends[i]!)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#assigned.clear()
    this.#fetching.close()
    this.#wake()
    this.#parts.onClose(this)
  }

  #setPaused(partitions: readonly TopicPartition[], paused: boolean): void {
    for (const partition of partitions) {
      const assigned = this.#assigned.get(partitionKey(partition))
      if (assigned !== undefined) assigned.paused = paused
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw logClosed('The reader')
  }

  #collect(maxBytes: number): FetchedChunk[] {
    // Before anything is handed out: what was has moved its position.
    for (const { failure } of this.#assigned.values()) if (failure !== undefined) throw failure
    const chunks: FetchedChunk[] = []
    let room = maxBytes
    for (const assigned of this.#inTurn()) {
      const { buffered, paused } = assigned
      if (paused || buffered === undefined) continue
      while (!buffered.isEmpty && (room > 0 || chunks.length === 0)) {
        const chunk = this.#take(assigned, buffered, Math.max(room, 1), chunks.length > 0)
        if (chunk === undefined) break
        chunks.push(chunk)
        room -= chunk.bytes.byteLength
      }
      if (buffered.isEmpty) assigned.buffered = undefined
    }
    this.#turn++
    return chunks
  }

  #inTurn(): AssignedPartition[] {
    const all = [...this.#assigned.values()]
    const first = this.#turn % Math.max(1, all.length)
    return [...all.slice(first), ...all.slice(0, first)]
  }

  /** The next chunk. What is damaged fails only when nothing sound is left to hand out. */
  #take(
    assigned: AssignedPartition,
    buffered: FetchedBatches,
    room: number,
    haveSome: boolean,
  ): FetchedChunk | undefined {
    try {
      const chunk = buffered.take(room)
      assigned.position = buffered.position
      assigned.epoch = buffered.epoch
      return chunk
    } catch (error) {
      if (!haveSome) throw error
      return undefined
    }
  }

  /** Waits until something came or this reader changes, the time is up or `signal` aborts. */
  #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#parts
    return new Promise(resolve => {
      const done = (): void => {
        clock.clearTimer(timer)
        signal?.removeEventListener('abort', done)
        this.#wake = () => {}
        resolve()
      }
      const timer = clock.setTimer(done, ms)
      signal?.addEventListener('abort', done, { once: true })
      this.#wake = done
    })
  }
}

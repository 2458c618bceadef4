import { partitionKey, type TopicPartition } from '../../core/offset.js'
import type { Clock } from '../../ports/clock.js'
import type { FetchedChunk, LogReader, PartitionLag, ReaderOptions, StartOffset } from '../../ports/log.js'
import { logClosed, offsetOutOfRange, readerBusy, topicUnknown } from '../../ports/log-rules.js'
import type { MemoryLog, Partition } from './memory-log.js'

interface Assigned {
  readonly partition: Partition
  position: number
  paused: boolean
}

export class MemoryReader implements LogReader {
  readonly #log: MemoryLog
  readonly #clock: Clock
  readonly #outOfRange: NonNullable<ReaderOptions['outOfRange']>
  readonly #committed: boolean
  readonly #onClose: (reader: MemoryReader) => void
  #assigned = new Map<string, Assigned>()
  /** Which partition the next read begins with, so that none starves. */
  #turn = 0
  #reading = false
  #closed = false
  /** Ends the wait of a read under way. */
  #wake: () => void = () => {}

  constructor(log: MemoryLog, clock: Clock, options: ReaderOptions, onClose: (reader: MemoryReader) => void) {
    this.#log = log
    this.#clock = clock
    this.#outOfRange = options.outOfRange ?? 'earliest'
    this.#committed = options.isolation === 'read_committed'
    this.#onClose = onClose
  }

  async assign(positions: readonly (TopicPartition & { readonly offset: StartOffset })[]): Promise<void> {
    this.#checkOpen()
    const assigned = new Map<string, Assigned>()
    for (const { topic, partition: number, offset } of positions) {
      const partition = this.#log.partition({ topic, partition: number })
      const position = offset === 'earliest' ? 0 : offset === 'latest' ? partition.end : offset
      assigned.set(partitionKey(partition), { partition, position, paused: false })
    }
    this.#assigned = assigned
    this.#wake()
  }

  seek(partition: TopicPartition, offset: number): void {
    const assigned = this.#assigned.get(partitionKey(partition))
    if (assigned !== undefined) assigned.position = offset
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
    const deadline = this.#clock.now() + options.maxWaitMs
    this.#reading = true
    try {
      for (;;) {
        this.#checkOpen()
        if (options.signal?.aborted) return []
        const chunks = this.#collect(options.maxBytes)
        const left = deadline - this.#clock.now()
        if (chunks.length > 0 || left <= 0) return chunks
        await this.#change(left, options.signal)
      }
    } finally {
      this.#reading = false
    }
  }

  lags(): readonly PartitionLag[] {
    return [...this.#assigned.values()].map(({ partition, position, paused }) => ({
      topic: partition.topic,
      partition: partition.partition,
      records: Math.max(0, this.#limit(partition) - position),
      paused,
    }))
  }

  async hearEnds(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true
    this.#assigned.clear()
    this.#wake()
    this.#onClose(this)
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
    const all = [...this.#assigned.values()]
    // Before anything is read: what was read has moved its positions, so it must be returned.
    for (const assigned of all) this.#checkPosition(assigned)
    const first = this.#turn++ % Math.max(1, all.length)
    const chunks: FetchedChunk[] = []
    let room = maxBytes
    for (const assigned of [...all.slice(first), ...all.slice(0, first)]) {
      if (assigned.paused) continue
      const chunk = this.#take(assigned, room, chunks.length === 0)
      if (chunk === undefined) continue
      chunks.push(chunk)
      room -= chunk.bytes.byteLength
    }
    return chunks
  }

  /** Whole batches from the position on, as many as `room` takes; one all the same if `atLeastOne`. */
  #take(assigned: Assigned, room: number, atLeastOne: boolean): FetchedChunk | undefined {
    const { topic, partition, batches, end } = assigned.partition
    const position = assigned.position
    const limit = this.#limit(assigned.partition)
    let index = firstBeyond(batches, position)
    const from = index
    const taken: Buffer[] = []
    let size = 0
    for (let batch = batches[index]; batch !== undefined && batch.base < limit; batch = batches[++index]) {
      if (this.#committed && batch.transaction?.state === 'aborted') continue
      if (size + batch.bytes.byteLength > room && !(atLeastOne && size === 0)) break
      size += batch.bytes.byteLength
      taken.push(batch.bytes)
    }
    if (index === from) return undefined
    assigned.position = batches[index - 1]!.next
    const bytes = Buffer.concat(taken, size)
    return { topic, partition, bytes, position, next: assigned.position, end }
  }

  /** Where reading ends for now: the last stable offset, if only what is committed is read. */
  #limit(partition: Partition): number {
    const { end, open } = partition
    if (!this.#committed) return end
    return Math.min(end, ...[...open].map(transaction => transaction.partitions.get(partition)!))
  }

  #checkPosition(assigned: Assigned): void {
    const { partition, position } = assigned
    if (partition.deleted) throw topicUnknown(partition)
    if (position >= 0 && position <= partition.end) return
    if (this.#outOfRange === 'fail') throw offsetOutOfRange(partition, position, 0, partition.end)
    assigned.position = this.#outOfRange === 'earliest' ? 0 : partition.end
  }

  /** Waits until the log or this reader changes, the time is up or `signal` aborts. */
  #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        this.#clock.clearTimer(timer)
        unlisten()
        signal?.removeEventListener('abort', done)
        this.#wake = () => {}
        resolve()
      }
      const timer = this.#clock.setTimer(done, ms)
      const unlisten = this.#log.listen(done)
      signal?.addEventListener('abort', done, { once: true })
      this.#wake = done
    })
  }
}

/** The index of the first batch that has a record at or after `offset`. */
function firstBeyond(batches: Partition['batches'], offset: number): number {
  let low = 0
  let high = batches.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (batches[middle]!.next > offset) high = middle
    else low = middle + 1
  }
  return low
}

import { partitionKey, type TopicPartition } from '../../core/offset.js'
import type { Clock } from '../../ports/clock.js'
import { logClosed, offsetOutOfRange, readerBusy, topicUnknown } from '../../ports/log-rules.js'
import type { FetchedChunk, LogReader, PartitionLag, ReaderOptions, StartOffset } from '../../ports/log.js'
import type { Attached } from './attachments.js'
import type { Connection } from './connection.js'
import type { FileLayer } from './files.js'
import { PartitionCursor } from './partition-cursor.js'

interface Assigned extends Attached {
  readonly cursor: PartitionCursor
  position: number
  paused: boolean
  /** Rises with each seek: what was being read then is not wanted any more. */
  seeks: number
}

export interface ReaderParts {
  readonly connection: Connection
  readonly clock: Clock
  readonly files: FileLayer
  attach(of: TopicPartition): Promise<Attached>
  onClose(reader: LogReader): void
}

export class EmbeddedReader implements LogReader {
  readonly #parts: ReaderParts
  readonly #outOfRange: NonNullable<ReaderOptions['outOfRange']>
  #assigned = new Map<string, Assigned>()
  /** Which partition the next read begins with, so that none starves. */
  #turn = 0
  #reading = false
  #closed = false
  /** Came when others had been read already; the next read fails with it. */
  #failure: unknown
  /** Ends the wait of a read under way. */
  #wake: () => void = () => {}

  constructor(parts: ReaderParts, options: ReaderOptions) {
    this.#parts = parts
    this.#outOfRange = options.outOfRange ?? 'earliest'
  }

  async assign(positions: readonly (TopicPartition & { readonly offset: StartOffset })[]): Promise<void> {
    this.#checkOpen()
    const { connection, files } = this.#parts
    const attached = await Promise.all(positions.map(of => this.#parts.attach(of)))
    this.#checkOpen()
    const before = this.#assigned
    this.#assigned = new Map()
    this.#failure = undefined
    for (const [i, of] of attached.entries()) {
      const { offset } = positions[i]!
      const { start, end } = of.counters
      const position = offset === 'earliest' ? start : offset === 'latest' ? end : offset
      const cursor = new PartitionCursor(connection, files, of)
      this.#assigned.set(partitionKey(of), { ...of, cursor, position, paused: false, seeks: 0 })
    }
    this.#wake()
    await Promise.all([...before.values()].map(({ cursor }) => cursor.close()))
  }

  seek(partition: TopicPartition, offset: number): void {
    const assigned = this.#assigned.get(partitionKey(partition))
    if (assigned === undefined) return
    assigned.position = offset
    assigned.seeks++
    this.#failure = undefined
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
        if (options.signal?.aborted) return []
        const chunks = await this.#collect(options.maxBytes)
        if (chunks.length > 0) return chunks
        this.#checkOpen()
        const left = deadline - clock.now()
        if (left <= 0) return []
        if (!this.#hasMore()) await this.#change(left, options.signal)
      }
    } finally {
      this.#reading = false
    }
  }

  lags(): readonly PartitionLag[] {
    return [...this.#assigned.values()].map(({ topic, partition, counters, position, paused }) => ({
      topic,
      partition,
      records: Math.max(0, counters.end - position),
      paused,
    }))
  }

  /** They stand in shared memory. */
  async hearEnds(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#wake()
    const cursors = [...this.#assigned.values()].map(({ cursor }) => cursor.close())
    this.#assigned.clear()
    this.#parts.onClose(this)
    await Promise.all(cursors)
  }

  #setPaused(partitions: readonly TopicPartition[], paused: boolean): void {
    for (const partition of partitions) {
      const assigned = this.#assigned.get(partitionKey(partition))
      if (assigned !== undefined) assigned.paused = paused
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw logClosed('The reader')
    if (this.#parts.connection.ended) throw logClosed('The log')
  }

  /** Whether something came since the partitions were last looked at. */
  #hasMore(): boolean {
    return [...this.#assigned.values()].some(({ paused, counters, position }) => !paused && counters.end !== position)
  }

  async #collect(maxBytes: number): Promise<FetchedChunk[]> {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
    const all = [...this.#assigned.values()]
    for (const assigned of all) this.#checkPosition(assigned)
    const first = this.#turn++ % Math.max(1, all.length)
    const chunks: FetchedChunk[] = []
    let room = maxBytes
    for (const assigned of [...all.slice(first), ...all.slice(0, first)]) {
      if (chunks.length > 0 && room <= 0) break
      try {
        const chunk = await this.#take(assigned, room)
        if (chunk === undefined) continue
        chunks.push(chunk)
        room -= chunk.bytes.byteLength
      } catch (error) {
        // What was read has moved its positions, so it must be returned.
        if (chunks.length === 0) throw error
        this.#failure = error
        break
      }
    }
    return chunks
  }

  async #take(assigned: Assigned, room: number): Promise<FetchedChunk | undefined> {
    const { topic, partition, counters, cursor, position, seeks } = assigned
    const end = counters.end
    if (assigned.paused || position >= end) return undefined
    const read = await cursor.read(position, end, room)
    const isWanted = this.#assigned.get(partitionKey(assigned)) === assigned && assigned.seeks === seeks
    if (!isWanted || assigned.paused) return undefined
    assigned.position = read?.next ?? end
    return read && { topic, partition, bytes: read.bytes, position, next: read.next, end }
  }

  #checkPosition(assigned: Assigned): void {
    const { counters, position } = assigned
    const { end, start } = counters
    if (end < 0) throw topicUnknown(assigned)
    if (position >= start && position <= end) return
    if (this.#outOfRange === 'fail') throw offsetOutOfRange(assigned, position, start, end)
    assigned.position = this.#outOfRange === 'earliest' ? start : end
  }

  /** Waits until a partition or this reader changes, the time is up or `signal` aborts. */
  #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock, connection } = this.#parts
    const read = [...this.#assigned.values()].filter(({ paused }) => !paused)
    return new Promise(resolve => {
      const done = (): void => {
        clock.clearTimer(timer)
        unwait()
        signal?.removeEventListener('abort', done)
        this.#wake = () => {}
        resolve()
      }
      const timer = clock.setTimer(done, ms)
      const ends = read.map(({ position }) => position)
      const unwait = connection.wait(
        read.map(({ number }) => number),
        ends,
        done,
      )
      signal?.addEventListener('abort', done, { once: true })
      this.#wake = done
    })
  }
}

import { MillraceError } from '../../core/error.js'
import { partitionKey, type TopicPartition } from '../../core/offset.js'
import { batches, readControlRecord, RecordCursor, verifyCrc, type BatchHeader } from '../../codec/index.js'
import type { FetchedChunk } from '../../ports/log.js'
import type { AbortedTransaction } from './protocol/fetch.js'

export interface FetchedBytes {
  readonly bytes: Buffer
  /** The offset that was asked for. */
  readonly position: number
  readonly end: number
  /** The undone transactions in the bytes, by first offset. Empty where everything is to be read. */
  readonly aborted: readonly AbortedTransaction[]
  readonly checkCrcs: boolean
  /** Whether the batches that end transactions are handed out too. */
  readonly markers: boolean
}

/**
 * What a broker sent of one partition, handed out as whole batches. Control batches are left out unless they are asked for, and
 * so are the batches of undone transactions: `aborted` says where one of a producer begins, and its marker ends it.
 */
export class FetchedBatches {
  readonly #partition: TopicPartition
  readonly #fetched: FetchedBytes
  readonly #headers: Generator<BatchHeader, void, undefined>
  readonly #undone = new Set<number>()
  #aborted = 0
  #upcoming: BatchHeader | undefined
  /** What is wrong with the batch that would be next; what is before it is handed out first. */
  #failure: MillraceError | undefined
  /** The offset after what was handed out or left out. */
  #position: number
  /** The leader epoch of the last batch of that. */
  #epoch = -1

  constructor(partition: TopicPartition, fetched: FetchedBytes) {
    this.#partition = partition
    this.#fetched = fetched
    this.#headers = batches(fetched.bytes)
    this.#position = fetched.position
    this.#advance()
  }

  get position(): number {
    return this.#position
  }

  get epoch(): number {
    return this.#epoch
  }

  get isEmpty(): boolean {
    return this.#upcoming === undefined && this.#failure === undefined
  }

  /**
   * The next batches without a gap between them, about `maxBytes` and one at the least; without bytes where there is
   * only what is left out. Undefined at the end. Fails with `log.corrupt`.
   */
  take(maxBytes: number): FetchedChunk | undefined {
    if (this.#upcoming === undefined) {
      if (this.#failure !== undefined) throw this.#failure
      return undefined
    }
    const position = this.#position
    let start = -1
    let end = -1
    for (;;) {
      const header = this.#next()
      if (header === undefined) break
      const left = this.#isLeftOut(header)
      // What is left out goes with the batches before it, so that whoever reads to an end gets there.
      if (!left && start >= 0 && (end !== header.start || header.end - start > maxBytes)) break
      if (!left && start < 0) start = header.start
      if (!left) end = header.end
      this.#pass(header)
    }
    const { topic, partition } = this.#partition
    const { bytes } = this.#fetched
    return {
      topic,
      partition,
      bytes: start < 0 ? bytes.subarray(0, 0) : bytes.subarray(start, end),
      position,
      next: this.#position,
      end: Math.max(this.#fetched.end, this.#position),
    }
  }

  #next(): BatchHeader | undefined {
    return this.#upcoming
  }

  #advance(): void {
    try {
      const { value, done } = this.#headers.next()
      this.#upcoming = done === true ? undefined : value
      if (this.#upcoming !== undefined && this.#fetched.checkCrcs) verifyCrc(this.#fetched.bytes, this.#upcoming)
    } catch (cause) {
      this.#upcoming = undefined
      this.#failure = new MillraceError(
        'log.corrupt',
        `What Kafka sent of ${partitionKey(this.#partition)} from offset ${this.#position} on is damaged.`,
        { hint: 'Read past it by setting the offset, or restore the partition from another replica.', cause },
      )
    }
  }

  #pass(header: BatchHeader): void {
    if (header.control && header.transactional && this.#isAbortMarker(header)) this.#undone.delete(header.producerId)
    this.#position = Math.max(this.#position, header.baseOffset + header.lastOffsetDelta + 1)
    this.#epoch = header.leaderEpoch
    this.#advance()
  }

  #isLeftOut(header: BatchHeader): boolean {
    const { aborted, position } = this.#fetched
    const last = header.baseOffset + header.lastOffsetDelta
    for (let next = aborted[this.#aborted]; next !== undefined && next.firstOffset <= last;) {
      this.#undone.add(next.producerId)
      next = aborted[++this.#aborted]
    }
    if ((header.control && !this.#fetched.markers) || last < position) return true
    return header.transactional && this.#undone.has(header.producerId)
  }

  #isAbortMarker(header: BatchHeader): boolean {
    const cursor = new RecordCursor()
    cursor.open(this.#fetched.bytes, header)
    return cursor.next() && readControlRecord(cursor.key, cursor.value).type === 'abort'
  }
}

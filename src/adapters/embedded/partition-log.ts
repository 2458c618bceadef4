import type { TopicPartition } from '../../core/offset.js'
import type { TopicSettings } from '../../core/topic.js'
import { Counters } from './counters.js'
import type { SegmentRecord } from './ends-store.js'
import { SparseIndex } from './sparse-index.js'

/** Where the next append to a partition goes: ahead of what is committed while groups are under way. */
export interface Head {
  /** The segment being appended to; undefined where the next append begins one. */
  segment: SegmentRecord | undefined
  end: number
}

/** What was appended to one segment. */
export interface CommittedWrite {
  /** The segment with it. */
  readonly after: SegmentRecord
  /** It began the segment. */
  readonly fresh: boolean
  /** Where it began in the file. */
  readonly position: number
  /** Base offset and size of each batch. */
  readonly batches: readonly { readonly baseOffset: number; readonly bytes: number }[]
}

/** One partition as the log thread knows it: what is committed, and where the next append goes. */
export class PartitionLog implements TopicPartition {
  /** Names the partition to clients; never given twice while the log thread lives. */
  readonly number: number
  readonly topic: string
  readonly partition: number
  readonly settings: TopicSettings
  readonly counters = new Counters()
  readonly head: Head
  deleted = false
  /** Of the active segment, as far as it is known. */
  index: SparseIndex | undefined
  #start: number
  #segments: readonly SegmentRecord[]
  /** The last segment gets no more appends; the next one begins another. */
  #sealed = false

  constructor(
    of: TopicPartition & { readonly number: number; readonly settings: TopicSettings },
    start: number,
    segments: readonly SegmentRecord[],
  ) {
    this.number = of.number
    this.topic = of.topic
    this.partition = of.partition
    this.settings = of.settings
    this.#start = start
    this.#segments = segments
    // What compaction wrote may end before its segment's end; appending to it would hide the gap.
    this.#sealed = (segments.at(-1)?.generation ?? 0) > 0
    this.head = { segment: undefined, end: 0 }
    this.resetHead()
    this.#publish()
  }

  /** The first readable offset. */
  get start(): number {
    return this.#start
  }

  /** The offset after the last committed record. */
  get end(): number {
    return this.#segments.at(-1)?.end ?? this.#start
  }

  /** Committed, in order. */
  get segments(): readonly SegmentRecord[] {
    return this.#segments
  }

  get active(): SegmentRecord | undefined {
    return this.#sealed ? undefined : this.#segments.at(-1)
  }

  /** Segments that get no more appends. */
  get closed(): readonly SegmentRecord[] {
    return this.#sealed ? this.#segments : this.#segments.slice(0, -1)
  }

  /** Whether appends are under way. */
  get busy(): boolean {
    return this.head.end !== this.end
  }

  /** Forgets appends that did not come to be. */
  resetHead(): void {
    this.head.segment = this.active
    this.head.end = this.end
  }

  /** A write was committed. Returns what it closed, where it began a new segment and the old one's index is known. */
  committed(write: CommittedWrite): { readonly segment: SegmentRecord; readonly index: SparseIndex } | undefined {
    const { after, fresh, position, batches } = write
    const { active: segment, index } = this
    const closed = fresh && segment !== undefined && index !== undefined ? { segment, index } : undefined
    this.#segments = [...this.#segments.filter(({ base }) => base < after.base), after]
    this.#sealed = false
    if (fresh) this.index = new SparseIndex()
    // An index that is behind is made anew when a reader asks.
    if (this.index?.covered === position) for (const { baseOffset, bytes } of batches) this.index.add(baseOffset, bytes)
    this.#publish()
    return closed
  }

  /** Ends the active segment; only while nothing is under way. */
  seal(): void {
    this.#sealed = this.#segments.length > 0
    this.index = undefined
    this.resetHead()
    this.#publish()
  }

  /** Retention or compaction exchanged closed segments. */
  replaced(segments: readonly SegmentRecord[], start: number): void {
    this.#start = start
    this.#segments = segments
    if (segments.length === 0) this.#sealed = false
    this.#publish()
  }

  markDeleted(): void {
    this.deleted = true
    this.counters.publishDeleted()
  }

  #publish(): void {
    this.counters.publish(this.#start, this.active, this.end)
  }
}

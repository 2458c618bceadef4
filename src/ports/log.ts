import type { GroupOffset, TopicPartition } from '../core/offset.js'

/** The offset of a topic's next record to read: a number, or one of its ends at the time of asking. */
export type StartOffset = number | 'earliest' | 'latest'

export interface TopicSpec {
  /** 1 to 249 of `a-z A-Z 0-9 . _ -`, not `.` or `..`. */
  readonly name: string
  readonly partitions: number
  /** Ignored by the embedded log. */
  readonly replicationFactor?: number
  /** Kafka's topic settings: `cleanup.policy`, `retention.ms`, `retention.bytes`, `segment.bytes`, … */
  readonly config?: Readonly<Record<string, string>>
}

export interface TopicDescription {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

export interface TopicAdmin {
  list(): Promise<readonly string[]>
  /** Undefined where the topic does not exist. */
  describe(name: string): Promise<TopicDescription | undefined>
  /** Fails with `log.topic_exists`, `log.topic_name_invalid`, `log.topic_config_invalid`. */
  create(spec: TopicSpec): Promise<void>
  /** Its records are gone; readers of it fail with `log.topic_unknown`. */
  delete(name: string): Promise<void>
  /** The first readable offset and the offset after the last record. Fails with `log.topic_unknown`. */
  bounds(partition: TopicPartition): Promise<Bounds>
  /** The same of several, in their order, in as few requests as the log can do with. */
  allBounds(partitions: readonly TopicPartition[]): Promise<readonly Bounds[]>
}

export interface Bounds {
  readonly start: number
  readonly end: number
}

export interface GroupAdmin {
  list(): Promise<readonly string[]>
  /** Everything the group committed. */
  fetch(group: string): Promise<readonly GroupOffset[]>
  /** Sets offsets as given, also backwards (I2 is the committer's duty); those not named stay. Fails with `log.group_in_use`. */
  commit(group: string, offsets: readonly GroupOffset[]): Promise<void>
  /** Forgets these partitions' offsets; without `partitions`, the whole group. An unknown group is success. */
  delete(group: string, partitions?: readonly TopicPartition[]): Promise<void>
}

export interface BatchAppend extends TopicPartition {
  /** One whole record batch (format v2) with base offset 0. Ownership passes: where `LogClient.takesBuffers` the whole buffer goes, so it may hold nothing else. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/**
 * What one `append` writes. Where `LogClient.atomic` holds, or the writer is transactional, all of it or nothing is ever
 * seen, also after a crash.
 */
export interface AppendUnit {
  readonly batches: readonly BatchAppend[]
  /** Offsets of consumer groups, committed in the same step. */
  readonly groups?: readonly { readonly group: string; readonly offsets: readonly GroupOffset[] }[]
  /** Of a transactional writer on a log that is not atomic by itself: the transaction goes on with the next unit. */
  readonly continues?: boolean
}

export interface AppendResult {
  /** For each batch of the unit, in order: the offset of its first record. */
  readonly baseOffsets: readonly number[]
}

/**
 * Appends in order. Several appends may be under way; they take effect in the order of the calls, and after one has
 * failed every later one fails too (`log.writer_failed`, with the first failure as cause) until the writer is opened
 * anew: so a source's offsets can never pass a hole (I1).
 */
export interface LogWriter {
  /**
   * Resolves when the unit is durable. Fails with `log.topic_unknown`, `log.batch_corrupt`, `log.batch_too_large`,
   * `log.disk_full` (disposition retry), `log.io`, `log.closed`, and a transactional writer with `log.fenced` when a later
   * one has taken its id. On brokers also with `log.unauthorized`, and, disposition retry, `log.timed_out` and
   * `log.producer_lost`: what became of the unit is not known then.
   */
  append(unit: AppendUnit): Promise<AppendResult>
  /**
   * Resolves when no earlier writer with the same transactional id can append any more, and what it had left open is
   * undone (I4). The first append does it where nobody did. Nothing to do for a writer without such an id.
   */
  fence(): Promise<void>
  /** Waits for what is under way; a transaction that is still open is undone. */
  close(): Promise<void>
}

/** Bytes of one partition as they stand in the log. */
export interface FetchedChunk extends TopicPartition {
  /**
   * Whole record batches. The first may begin before `position`: its records below that are to be skipped. On a log with
   * transactions some may be control batches, which hold no records; there may be no batch at all where everything up to
   * `next` was undone.
   */
  readonly bytes: Buffer
  /** The offset asked for. */
  readonly position: number
  /** The offset after the chunk's last record: where to read on. */
  readonly next: number
  /** The offset after the partition's last record, when this was read. */
  readonly end: number
}

/** How much of a partition has not been read. */
export interface PartitionLag extends TopicPartition {
  /** NaN where the end was never heard of. */
  readonly records: number
  readonly paused: boolean
}

export interface WriterOptions {
  /** Names the writer in logs and metrics (`connector-producer-orders-0`). */
  readonly id: string
  /** Makes each append one transaction (see `AppendUnit`), and fences every earlier writer that had this id. A log that is atomic by itself has no need of it. */
  readonly transactionalId?: string
}

export interface ReaderOptions {
  /** Whether records of transactions that are open or were undone are left out. Default `read_uncommitted`. */
  readonly isolation?: 'read_uncommitted' | 'read_committed'
  /** Whether the batches that end transactions are handed out too (`BatchHeader.control`). Otherwise they may be, and mean nothing. */
  readonly markers?: boolean
  /** What to do when a position is not in the log any more, or not yet. Default `earliest`. */
  readonly outOfRange?: 'earliest' | 'latest' | 'fail'
  /** How long a broker may hold a request while there is nothing, where there are brokers. Default: the client's `fetch.max.wait.ms`. */
  readonly fetchWaitMs?: number
}

/** Reads assigned partitions in turn. One `read` at a time. */
export interface LogReader {
  /** Replaces the assignment. Fails with `log.topic_unknown`. */
  assign(positions: readonly (TopicPartition & { readonly offset: StartOffset })[]): Promise<void>
  seek(partition: TopicPartition, offset: number): void
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /**
   * Waits until an assigned partition that is not paused has something, at most `maxWaitMs`; then returns at most about
   * `maxBytes` (one batch at the least), moving the positions past it. Empty when time is up or `signal` aborts.
   * Fails with `log.topic_unknown`, `log.offset_out_of_range`, `log.corrupt`, `log.closed`; where positions out of range
   * fail, also with `log.diverged` when records that were read have been lost from the log.
   */
  read(options: {
    readonly maxBytes: number
    readonly maxWaitMs: number
    readonly signal?: AbortSignal
  }): Promise<readonly FetchedChunk[]>
  /** How far it is from the end of each assigned partition, as far as known without asking. */
  lags(): readonly PartitionLag[]
  /** Asks for those ends, where they come only with what is read: for who does not read for a while. */
  hearEnds(): Promise<void>
  close(): Promise<void>
}

/** A connection to a log: embedded, Kafka, or memory. One per thread, shared by its tasks. */
export interface LogClient {
  /** Whether an `AppendUnit` is one step. Where it is not (Kafka without a transaction), offsets must follow their records' acknowledgement. */
  readonly atomic: boolean
  /** Whether appended buffers go to another thread and are gone here; else only their batches' headers are written to, and they may be appended again. */
  readonly takesBuffers: boolean
  readonly topics: TopicAdmin
  readonly groups: GroupAdmin
  openWriter(options: WriterOptions): LogWriter
  openReader(options?: ReaderOptions): LogReader
  /**
   * Resolves when everything that any client had sent has taken effect or failed. Who takes over from a task that was
   * cut off waits for it before it reads offsets: what that task had under way must not land after (I1, I3).
   */
  settled(): Promise<void>
  /** Closes its writers and readers. */
  close(): Promise<void>
}

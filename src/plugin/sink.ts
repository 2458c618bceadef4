import type { ConfigFields, ConfigOf } from '../core/config/field.js'
import type { SinkRecord } from '../core/record.js'
import type { TopicPartition } from '../core/offset.js'
import type { ConnectorParts } from './connector.js'
import type { AssignedPartition, SinkPosition, TaskContext } from './context.js'

export interface SinkContext<C, T> extends TaskContext<C, T> {
  /**
   * Sets one record aside (dead letter, log, or failure, as `errors.*` says) and keeps the rest of its batch. False where the task
   * fails by it: nothing of the batch is committed, so what can be undone of it is better undone.
   */
  readonly reject: (record: SinkRecord, error: unknown) => boolean
  /** Reads on from `offset`, which may be behind or ahead of what was put. */
  readonly seek: (partition: TopicPartition, offset: number) => void
  /** Stops delivery of partitions until `resume`; put keeps being called for the others. */
  readonly pause: (partitions: readonly TopicPartition[]) => void
  readonly resume: (partitions: readonly TopicPartition[]) => void
  /** Asks for a flush and commit soon. */
  readonly requestCommit: () => void
}

/** A running sink task. Calls never overlap. */
export interface SinkTask {
  /**
   * Takes a batch in order; never empty. May return before the records are durable: `flush` comes before any commit.
   * Throw `retry(…)` and the same batch comes again, after a back-off, for as long as it takes; anything else fails
   * the task, which then goes on from the last commit.
   */
  put(records: readonly SinkRecord[]): void | Promise<void>
  /** Makes durable what was put. Offsets are committed only after it (I1). Throw `retry(…)` and it is called again, as `put` is. */
  flush?(): void | Promise<void>
  /** Releases what is held. Called once, after the last flush where there is one, and after a failure too. */
  close?(): void | Promise<void>
  /** These partitions are now this task's; called before their first record. */
  assigned?(partitions: readonly AssignedPartition[]): void | Promise<void>
  /** These partitions are no longer this task's; a flush and commit came before. */
  revoked?(partitions: readonly TopicPartition[]): void | Promise<void>
  /**
   * Called after `flush`, where records came or not, with the positions put so far (of a partition that nothing came
   * from: its last commit); says what to commit instead, never beyond them. Leaving a partition out keeps its last
   * commit. The commit is made, or has failed, before the task's next call.
   */
  committable?(positions: readonly SinkPosition[]): readonly SinkPosition[] | Promise<readonly SinkPosition[]>
}

export interface SinkSpec<F extends ConfigFields, T> extends ConnectorParts<F, T> {
  /**
   * Checks where an operator wants to read on, in partitions that exist; null: from the start. Throws what is wrong.
   * Returns true where the committed offsets are all there is, false where the outside system keeps its own (Connect's
   * alterOffsets). Without it the operator is told that there may be more to do.
   */
  readonly alterOffsets?: (
    config: ConfigOf<F>,
    changes: readonly (TopicPartition & { readonly offset: number | null })[],
  ) => boolean | Promise<boolean>
  /** Opens a task. */
  readonly open: (context: SinkContext<ConfigOf<F>, T>) => SinkTask | Promise<SinkTask>
  /** Connects, and throws what is wrong; writes nothing. For validation, dry runs and `doctor`. */
  readonly check?: (config: ConfigOf<F>, signal: AbortSignal) => void | Promise<void>
}

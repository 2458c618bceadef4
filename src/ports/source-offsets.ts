import type { OffsetMap } from '../core/offset.js'
import type { BatchAppend, LogClient } from './log.js'

export interface SourceOffset {
  readonly partition: OffsetMap
  readonly offset: OffsetMap
}

/**
 * One connector's source offsets, as its tasks and its planner use them. Reads see everything that was committed before they
 * were asked.
 */
export interface ConnectorOffsets {
  /** The log the offsets stand in: where it is the records' log too and atomic, both are appended in one unit. */
  readonly log: LogClient
  /** What identifies a partition. Fails with `offsets.not_primitive`. */
  key(partition: OffsetMap): string
  last(partition: OffsetMap): Promise<OffsetMap | undefined>
  all(): Promise<readonly SourceOffset[]>
  /**
   * From here on what an earlier owner of the task, or an earlier run, still writes is ignored (R25). Called before they
   * are read, by who commits them in transactions only once its transactional id is its own: until then its predecessor
   * may commit records and offsets in one, and both must count. Absent where it was done, or nobody else can write. Fails
   * with `stores.fenced` where a newer owner did it.
   */
  readonly fence?: () => Promise<void>
  /** Where they are written once more when they are committed, as well as can be: the worker's topic, below a connector's own. */
  readonly copy?: ConnectorOffsets
  /** The batches that commit `offsets`. Fails with `offsets.not_primitive` for what JSON cannot keep exactly. */
  encode(offsets: readonly SourceOffset[]): readonly BatchAppend[]
}

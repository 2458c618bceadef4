import type { RawConfig } from '../core/config/field.js'
import type { OffsetMap, TaskId, TopicPartition } from '../core/offset.js'

/** Writes to the node's log with the connector and task attached. Never log on a normal path: count instead. */
export interface PluginLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** What every running task is given. Its functions may be taken out of it (`{ config, sleep }`). */
export interface TaskContext<C, T> {
  readonly config: C
  /** The configuration as it was written, with the values of its variables; for keys that no plugin can declare (`source.cluster.*`). */
  readonly raw: RawConfig
  /** What `tasks` made for this task; undefined where the plugin has no `tasks`. */
  readonly task: T
  readonly id: TaskId
  /** How many tasks the connector has. */
  readonly taskCount: number
  /** Aborts when the task must stop; what waits on the outside must end then. */
  readonly signal: AbortSignal
  readonly logger: PluginLogger
  /** Waits `ms` milliseconds, or until the task must stop, whichever is first. Never throws. */
  readonly sleep: (ms: number) => Promise<void>
  /** Asks the runtime to call the connector's `tasks` anew (Connect's requestTaskReconfiguration). */
  readonly replan: () => void
}

/** Reads this connector's committed source offsets. */
export interface SourceOffsets<P extends OffsetMap, O extends OffsetMap> {
  /** The offset last committed for `partition`, or undefined. */
  last(partition: P): Promise<O | undefined>
  /** Every partition with an offset. */
  all(): Promise<readonly { readonly partition: P; readonly offset: O }[]>
}

/** A topic partition given to a sink task, with what was committed for it. */
export interface AssignedPartition extends TopicPartition {
  /** The next offset to read; undefined where nothing was committed yet. */
  readonly committed?: number
  /** The note left with the committed offset; empty where there is none. */
  readonly note: string
}

/** What a sink has put, or wants committed: the next offset to read of a partition, by original coordinates. */
export interface SinkPosition extends TopicPartition {
  readonly offset: number
  /** Kept with the offset and given back in `AssignedPartition.note`; at most 3,500 bytes of UTF-8. */
  readonly note?: string
}

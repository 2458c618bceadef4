import type { LoggerLevel } from '../core/api/loggers.js'

/** The levels of the node's log, by logger; changed while it runs, also in its threads. Not kept over a restart. */
export interface LogLevels {
  /** All loggers that are there, sorted by name, without those that are off. */
  list(): Readonly<Record<string, LoggerLevel>>
  get(logger: string): LoggerLevel | undefined
  /** Sets a logger and all below it. Answers those whose level changed, sorted. Fails with `logger.level_unknown`, `logger.table_full`. */
  set(logger: string, level: string): readonly string[]
  /** The same on every node of the cluster. Resolves when it is written; each node follows when it has read it. */
  setEverywhere(logger: string, level: string): Promise<void>
}

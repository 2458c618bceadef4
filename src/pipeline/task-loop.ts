import type { LogClient } from '../ports/log.js'
import type { Clock } from '../ports/clock.js'
import type { Lease } from '../ports/lease.js'
import type { Logger } from '../ports/logger.js'
import type { Random } from '../ports/random.js'
import type { TaskMetrics } from './task-metrics.js'

/** One run of one task, from its committed offsets to its end. A new run is a new loop. */
export interface TaskLoop {
  /**
   * Called once. Resolves when a drain has ended it, and rejects with a `MillraceError` that names its stage when the
   * task fails, after the plugin was closed. Paused before `run`, it opens the plugin on `resume` only.
   */
  run(): Promise<void>
  /** Finishes the batch at hand, commits, then holds still. */
  pause(): void
  resume(): void
  /**
   * Stops reading, waits for what is under way, commits and closes: all within `withinMs` milliseconds; with 0 nothing
   * more is committed. What is not done by then stays uncommitted. Only what cannot be taken back is waited for a little
   * longer: an append that was sent (`commitTimeoutMs`), and the plugin's return (one second); where that does not come,
   * `run` rejects with `task.drain_overran`, and the thread must be ended before the task runs anew. May be called again
   * to shorten the time. Resolves when `run` has ended; never rejects.
   */
  drain(withinMs: number): Promise<void>
}

/** What a loop reports of itself as it happens. Must not throw. */
export interface LoopEvents {
  /** The plugin is open and reads: Connect's RUNNING. Also after each resume. */
  running(): void
  /** The last batch is done: Connect's PAUSED. */
  paused(): void
  /** First use of a topic by this run. */
  topicUsed(topic: string): void
}

export interface LoopDependencies {
  readonly log: LogClient
  /** I3: asked right before each append, put, flush and commit. */
  readonly lease: Lease
  readonly clock: Clock
  readonly random: Random
  /** With the connector and task attached. */
  readonly logger: Logger
  readonly metrics: TaskMetrics
  readonly events: LoopEvents
  /** `offset.flush.interval.ms`. */
  readonly commitIntervalMs: number
  /** `offset.flush.timeout.ms`. */
  readonly commitTimeoutMs: number
  /** The plugin asks for its tasks to be planned anew. */
  replan(): void
  /** What the errors in dead letters pass through (I8). */
  hide(text: string): string
}

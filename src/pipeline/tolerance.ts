import { dispositionOf, errorMessage } from '../core/error.js'
import type { Stage } from '../core/stage.js'
import { sleep, type Clock } from '../ports/clock.js'
import type { Logger } from '../ports/logger.js'
import type { Random } from '../ports/random.js'
import { retryAfterMs } from './back-off.js'
import { stopped } from './task-failure.js'
import type { ErrorPolicy } from './task-definition.js'
import type { TaskMetrics } from './task-metrics.js'

/** What was being done to a record: the stage, and the class as dead letters and logs show it. */
export interface Operation {
  readonly stage: Stage
  readonly className: string
}

/** An operation on a record that failed for good. */
export interface RecordFailure extends Operation {
  readonly error: unknown
}

/** Something that can be gone on with where it failed: a record's conversion. */
export interface Resumable {
  /** Goes on from the operation that failed; throws or rejects as that does. */
  advance(): Promise<void> | undefined
  /** The operation at hand. */
  readonly operation: Operation
}

const firstDelayMs = 300

/**
 * How long to wait before the next try of an operation, or undefined to give up (RetryWithToleranceOperator of Kafka
 * Connect): 300 ms × 2^(attempt-1), above the cap anything below the cap, and never past the deadline.
 */
export function retryDelayMs(
  policy: Pick<ErrorPolicy, 'retryTimeoutMs' | 'retryDelayMaxMs'>,
  attempt: number,
  elapsedMs: number,
  random: Random,
  atLeastMs = 0,
): number | undefined {
  const left = policy.retryTimeoutMs < 0 ? Infinity : policy.retryTimeoutMs - elapsedMs
  if (left <= 0) return undefined
  const doubled = firstDelayMs * 2 ** Math.min(attempt - 1, 40)
  const delay = doubled > policy.retryDelayMaxMs ? Math.floor(random.next() * policy.retryDelayMaxMs) : doubled
  return Math.min(left, Math.max(delay, atLeastMs))
}

/** `errors.*` of one task: retries of single operations, and what becomes of a record that failed. */
export class Tolerance {
  readonly #policy: ErrorPolicy
  readonly #parts: {
    readonly clock: Clock
    readonly random: Random
    readonly logger: Logger
    readonly metrics: TaskMetrics
  }

  constructor(
    policy: ErrorPolicy,
    parts: { readonly clock: Clock; readonly random: Random; readonly logger: Logger; readonly metrics: TaskMetrics },
  ) {
    this.#policy = policy
    this.#parts = parts
  }

  /**
   * Goes on with what failed with `error` for as long as the policy allows. Undefined when it came to its end after all.
   * When `signal` aborts meanwhile it throws `task.stopped`: the record stays undone, and is read again.
   */
  async retry(of: Resumable, error: unknown, signal: AbortSignal): Promise<RecordFailure | undefined> {
    const { clock, random, metrics } = this.#parts
    let operation = of.operation
    let started = clock.now()
    let attempt = 1
    let last = error
    metrics.enterRetry()
    try {
      for (;;) {
        metrics.add('total-record-failures')
        if (operation !== of.operation) {
          // It went past what failed, and fails elsewhere: that operation has its own time.
          operation = of.operation
          started = clock.now()
          attempt = 1
        }
        const delay =
          dispositionOf(last) === 'retry'
            ? retryDelayMs(this.#policy, attempt, clock.now() - started, random, retryAfterMs(last))
            : undefined
        if (delay === undefined) return { ...operation, error: last }
        await sleep(clock, delay, signal)
        if (signal.aborted) throw stopped()
        metrics.add('total-retries')
        attempt++
        try {
          await of.advance()
          return undefined
        } catch (again) {
          last = again
        }
      }
    } finally {
      metrics.leaveRetry()
    }
  }

  /**
   * What becomes of a record whose conversion failed, as `judge` says; `again` where not the record is at fault but
   * something outside, which will pass (`retry`): it fails the task, undone, and is read again after the restart. So no
   * healthy record is skipped or dead-lettered while a registry is away (I1).
   */
  judgeConversion(
    failure: RecordFailure,
    coordinates: () => Readonly<Record<string, unknown>>,
  ): 'skip' | 'fail' | 'again' {
    return dispositionOf(failure.error) === 'retry' ? 'again' : this.judge(failure, coordinates)
  }

  /** Counts and logs a record's failure, and says whether the record is skipped or fails the task. */
  judge(failure: RecordFailure, coordinates: () => Readonly<Record<string, unknown>>): 'skip' | 'fail' {
    const { clock, logger, metrics } = this.#parts
    metrics.add('total-record-errors')
    metrics.set('last-error-timestamp', clock.wallTime())
    if (this.#policy.logEnable) {
      metrics.add('total-errors-logged')
      logger.log('error', 'A record failed', {
        stage: failure.stage,
        class: failure.className,
        error: errorMessage(failure.error),
        ...(this.#policy.logIncludeMessages && coordinates()),
      })
    }
    if (this.#policy.tolerance === 'none') return 'fail'
    metrics.add('total-records-skipped')
    return 'skip'
  }
}

import { dispositionOf, errorCode, errorMessage } from '../core/error.js'
import { sleep, type Clock } from '../ports/clock.js'
import type { Logger } from '../ports/logger.js'
import type { Random } from '../ports/random.js'
import { stopped } from './task-failure.js'
import type { TaskMetrics } from './task-metrics.js'

const firstMs = 500
const maxMs = 30_000

/**
 * The pause before try `attempt` (from 1) of what passes by itself: doubling to half a minute, the second half of each
 * random, so that many tasks do not knock at once. `atLeastMs` is what the plugin asked for.
 */
export function backOffMs(attempt: number, random: Random, atLeastMs = 0): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 16))
  return Math.max(atLeastMs, Math.round(full / 2 + random.next() * (full / 2)))
}

/** The least wait that an error asks for. */
export function retryAfterMs(error: unknown): number | undefined {
  const after = (error as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs
  return typeof after === 'number' ? after : undefined
}

/**
 * Does `action`, again and again with back-off while what it throws passes by itself (`retry`), for as long as it takes
 * and until `signal` aborts (`task.stopped`). Rejects with any other error. Says so once in the log.
 */
export async function persist<T>(
  action: () => Promise<T>,
  what: string,
  parts: {
    readonly clock: Clock
    readonly random: Random
    readonly logger: Logger
    readonly metrics: TaskMetrics
    readonly signal: AbortSignal
  },
): Promise<T> {
  const { clock, random, logger, metrics, signal } = parts
  for (let attempt = 1; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error
      if (signal.aborted) throw stopped()
      if (attempt === 1)
        logger.log('warn', `${what} failed and is tried again`, { code: errorCode(error), error: errorMessage(error) })
      metrics.enterRetry()
      await sleep(clock, backOffMs(attempt, random, retryAfterMs(error)), signal)
      metrics.leaveRetry()
    }
  }
}

/** Waits for `promise`, but no longer than until `signal` aborts; says whether it was waited for to its end. Rejects as the promise does. */
export function settledBefore(promise: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve(false)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
    promise.then(() => resolve(true), reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}

/** Calls `action` every `ms` milliseconds, counted from the end of the last call, until `signal` aborts. Rejects as `action` does. */
export async function every(clock: Clock, ms: number, signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  for (;;) {
    await sleep(clock, ms, signal)
    if (signal.aborted) return
    await action()
  }
}

/** Calls `action` at the multiples of `ms` on the clock, so that a sleeping thread wakes once for all of its tasks. As `every` else. */
export async function inStep(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  action: () => Promise<void>,
): Promise<void> {
  for (;;) {
    await sleep(clock, ms - (clock.now() % ms), signal)
    if (signal.aborted) return
    await action()
  }
}

/** Lets the thread's other tasks have their turn. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

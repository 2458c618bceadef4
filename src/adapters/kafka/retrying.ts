import { dispositionOf } from '../../core/error.js'
import { sleep, type Clock } from '../../ports/clock.js'
import { timedOut } from './broker-errors.js'

export interface RetryRules {
  readonly clock: Clock
  readonly backoffMs: number
  readonly backoffMaxMs: number
  /** Ends waiting: what failed last is thrown. */
  readonly signal: AbortSignal
}

/** Kafka's exponential back-off: doubled each time up to a limit, within 20 % at random so that clients do not move in step. */
export function backoffMs(attempt: number, rules: Pick<RetryRules, 'backoffMs' | 'backoffMaxMs'>): number {
  const grown = Math.min(rules.backoffMs * 2 ** Math.min(attempt - 1, 20), rules.backoffMaxMs)
  return grown * (0.8 + 0.4 * Math.random())
}

/**
 * Tries until it succeeds, fails with what does not pass by itself, or `timeoutMs` is over (`log.timed_out`, with the
 * last failure as cause). `what` begins the sentence: "Creating topic orders".
 */
export async function retrying<T>(
  what: string,
  timeoutMs: number,
  rules: RetryRules,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadline = rules.clock.now() + timeoutMs
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (dispositionOf(error) !== 'retry' || rules.signal.aborted) throw error
      const wait = backoffMs(tries, rules)
      if (rules.clock.now() + wait >= deadline) throw timedOut(what, timeoutMs, error)
      await sleep(rules.clock, wait, rules.signal)
    }
  }
}

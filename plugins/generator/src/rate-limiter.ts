/** What was missed for longer than this is not made up for. */
const burstMs = 1_000
/** Waking for less costs more than it gives: what is due within this time comes together. */
const leastWaitMs = 5
const mostWaitMs = 60_000

/**
 * Spreads records evenly over time: record n is due at `start + n / rate`, so that the rate does not drift however late
 * a timer fires. After a stall at most a second's worth comes at once.
 */
export class RateLimiter {
  readonly #perMs: number
  #start: number
  #taken = 0

  /** `now`: any clock that does not jump, in ms; the same for `take`. */
  constructor(perSecond: number, now: number) {
    this.#perMs = perSecond / 1_000
    this.#start = now
  }

  /** How many of `most` are due, or how long to wait. */
  take(most: number, now: number): { readonly count: number; readonly waitMs: number } {
    this.#start = Math.max(this.#start, now - burstMs - this.#taken / this.#perMs)
    const due = Math.floor((now - this.#start) * this.#perMs) + 1 - this.#taken
    const enough = Math.min(most, Math.max(1, Math.floor(this.#perMs * leastWaitMs)))
    if (due < enough) {
      const untilEnough = this.#start + (this.#taken + enough - 1) / this.#perMs - now
      return { count: 0, waitMs: Math.min(mostWaitMs, Math.max(leastWaitMs, Math.ceil(untilEnough))) }
    }
    const count = Math.min(most, due)
    this.#taken += count
    return { count, waitMs: 0 }
  }
}

import type { Clock, TimerHandle } from '../ports/clock.js'

interface ManualTimer {
  readonly at: number
  /** Timers due at the same moment fire in the order in which they were set. */
  readonly order: number
  readonly callback: () => void
}

/**
 * Virtual time: it stands still until the test moves it, and what is due on the way happens in its order, each with
 * everything that follows from it (all promise callbacks run) before the next. Deterministic as long as the code under
 * test waits only for this clock and for promises, not for real I/O.
 */
export class ManualClock implements Clock {
  readonly #timers = new Set<ManualTimer>()
  readonly #epochMs: number
  #now = 0
  #order = 0

  /** `epochMs`: the wall time when `now()` is 0. */
  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs
  }

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#epochMs + this.#now
  }

  setTimer(callback: () => void, ms: number): TimerHandle {
    const timer: ManualTimer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimer(handle: TimerHandle): void {
    this.#timers.delete(handle as ManualTimer)
  }

  /** Timers that have not fired. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    // Promise callbacks all run before the event loop goes on.
    return new Promise(resolve => setImmediate(resolve))
  }

  /** Moves time by `ms`. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await this.settle()
    for (let timer = this.#next(); timer !== undefined && timer.at <= until; timer = this.#next())
      await this.#fire(timer)
    this.#now = until
  }

  /** Moves time from timer to timer until `condition` holds; fails when it does not within `withinMs`. */
  async advanceUntil(condition: () => boolean, withinMs = 3_600_000): Promise<void> {
    const until = this.#now + withinMs
    await this.settle()
    while (!condition()) {
      const timer = this.#next()
      if (timer === undefined || timer.at > until)
        throw new Error(
          `The condition does not hold after ${timer === undefined ? this.#now : withinMs} ms of virtual time.`,
        )
      await this.#fire(timer)
    }
  }

  /** Moves time from timer to timer until none is left; fails when some are still left after `withinMs`. */
  runUntilIdle(withinMs = 3_600_000): Promise<void> {
    return this.advanceUntil(() => this.#timers.size === 0, withinMs)
  }

  async #fire(timer: ManualTimer): Promise<void> {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.callback()
    await this.settle()
  }

  #next(): ManualTimer | undefined {
    let next: ManualTimer | undefined
    for (const timer of this.#timers)
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer
    return next
  }
}

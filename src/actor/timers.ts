import type { Clock, TimerHandle } from '../ports/clock.js'
import type { CancelTimer } from './behavior.js'
import { TimerDue } from './signal.js'

/** The timers of one life. What falls due goes to `deliver`, each timer at most once until its message was taken. */
export class Timers {
  readonly #clock: Clock
  readonly #deliver: (due: TimerDue) => void
  /** Those set, or due and not yet taken (those of `once` without a handle then). */
  readonly #timers = new Map<TimerDue, TimerHandle | undefined>()

  constructor(clock: Clock, deliver: (due: TimerDue) => void) {
    this.#clock = clock
    this.#deliver = deliver
  }

  once(ms: number, message: unknown): CancelTimer {
    const due = new TimerDue(message)
    const fire = (): void => {
      this.#timers.set(due, undefined)
      this.#deliver(due)
    }
    this.#timers.set(due, this.#clock.setTimer(fire, ms))
    return () => this.#cancel(due)
  }

  every(ms: number, message: unknown): CancelTimer {
    const due = new TimerDue(message)
    let at = this.#clock.now() + ms
    const fire = (): void => {
      if (!due.queued) {
        due.queued = true
        this.#deliver(due)
      }
      // On the grid of the first tick, however late this one came.
      const now = this.#clock.now()
      at += Math.max(1, Math.ceil((now - at) / ms)) * ms
      this.#timers.set(due, this.#clock.setTimer(fire, at - now))
    }
    this.#timers.set(due, this.#clock.setTimer(fire, ms))
    return () => this.#cancel(due)
  }

  /** The message of one that was delivered and is taken now. */
  take(due: TimerDue): unknown {
    due.queued = false
    if (this.#timers.get(due) === undefined) this.#timers.delete(due)
    return due.message
  }

  cancelAll(): void {
    for (const due of this.#timers.keys()) this.#cancel(due)
  }

  #cancel(due: TimerDue): void {
    due.live = false
    const handle = this.#timers.get(due)
    if (handle !== undefined) this.#clock.clearTimer(handle)
    this.#timers.delete(due)
  }
}

import type { CancelTimer } from '../../src/actor/behavior.js'
import type { Clock } from '../../src/ports/clock.js'

/** How often it is decided while something is waited for, ms. */
const busyMs = 25

/** The one timer for the next decision. With nothing to wait for it is far: waking up costs more than deciding. */
export class NextLook {
  readonly #clock: Clock
  readonly #once: (ms: number) => CancelTimer
  #at = 0
  #cancel: CancelTimer = () => undefined

  constructor(clock: Clock, once: (ms: number) => CancelTimer) {
    this.#clock = clock
    this.#once = once
  }

  /** Not later than in `restMs`. */
  within(restMs: number): void {
    const now = this.#clock.now()
    const at = now + Math.max(busyMs, restMs)
    if (this.#at > now && this.#at <= at) return
    this.#cancel()
    this.#at = at
    this.#cancel = this.#once(at - now)
  }

  /** The timer has fired. */
  over(): void {
    this.#at = 0
  }
}

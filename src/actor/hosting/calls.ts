import { MillraceError } from '../../core/error.js'
import type { Clock } from '../../ports/clock.js'

/** Calls to the other side, none of which outlives its deadline or the other side. */
export class Calls {
  readonly #clock: Clock
  readonly #pending = new Set<(error: unknown) => void>()
  #gone: (() => unknown) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What `start` answers; `control.timed_out` after `deadlineMs`; what `fail` was given once the other side is gone. */
  call<T>(what: string, deadlineMs: number | undefined, start: () => Promise<T>): Promise<T> {
    if (this.#gone) return Promise.reject(this.#gone())
    // Not `Promise.race`: against a promise that lives as long as the task it would keep every call's closure for as long.
    return new Promise<T>((resolve, reject) => {
      const timer = deadlineMs === undefined ? undefined : this.#clock.setTimer(() => settle(late), deadlineMs)
      const settle = (how: () => void): void => {
        this.#pending.delete(lost)
        if (timer) this.#clock.clearTimer(timer)
        how()
      }
      const late = (): void =>
        reject(new MillraceError('control.timed_out', `${what} did not answer within ${deadlineMs} ms.`))
      const lost = (error: unknown): void => settle(() => reject(error))
      this.#pending.add(lost)
      start().then(
        value => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      )
    })
  }

  /** The other side is gone: fails what is pending and what is still to come. */
  fail(error: () => unknown): void {
    this.#gone ??= error
    for (const lost of this.#pending) lost(error())
  }
}

import type { Clock, TimerHandle } from '../ports/clock.js'

/** Where an exactly-once source's transactions end (`transaction.boundary`, contract §6.3). */
export type Boundary =
  /** Between two yields: whenever the log has taken what was read, and in a flood ten times a second. */
  | { readonly type: 'poll' }
  | { readonly type: 'interval'; readonly intervalMs: number }
  /** Where the source's own marks are. */
  | { readonly type: 'connector' }

/**
 * Why a unit is sent: it is as large as a unit gets or the log has nothing to do within a yield, the same between two, a
 * mark of the source's, or all that was read is to be committed.
 */
export type FlushReason = 'full' | 'yielded' | 'idle' | 'mark' | 'settle'

/** A commit costs the brokers some twenty milliseconds, whatever was written; readers of a flood wait so long for it. */
export const loadedTransactionMs = 100

/** Whether the transaction that began at `openedAt` goes on with the next unit. Times are in milliseconds of one clock. */
export function continues(boundary: Boundary, reason: FlushReason, openedAt: number, now: number): boolean {
  switch (boundary.type) {
    case 'poll':
      return reason === 'full' || (reason === 'yielded' && now < openedAt + loadedTransactionMs)
    case 'interval':
      return reason !== 'settle' && now < openedAt + boundary.intervalMs
    case 'connector':
      return reason !== 'mark'
  }
}

/** The transaction that is open at a task, if one is: it goes on over units until its boundary is reached. */
export class OpenTransaction {
  readonly #boundary: Boundary
  readonly #clock: Clock
  readonly #onDue: () => void
  #openedAt: number | undefined
  #timer: TimerHandle | undefined

  /** `onDue`: its interval is over, though the source may yield nothing for long. */
  constructor(boundary: Boundary, clock: Clock, onDue: () => void) {
    this.#boundary = boundary
    this.#clock = clock
    this.#onDue = onDue
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined
  }

  /** Whether it has lasted long enough to end between two yields. */
  get isDue(): boolean {
    return this.#openedAt !== undefined && !this.goesOnAfter('yielded')
  }

  /** Whether it goes on after a unit that is sent now and for this reason. */
  goesOnAfter(reason: FlushReason): boolean {
    const now = this.#clock.now()
    return continues(this.#boundary, reason, this.#openedAt ?? now, now)
  }

  /** A unit was sent with which it goes on. */
  goOn(): void {
    if (this.#openedAt !== undefined) return
    this.#openedAt = this.#clock.now()
    if (this.#boundary.type === 'interval') this.#timer = this.#clock.setTimer(this.#onDue, this.#boundary.intervalMs)
  }

  end(): void {
    this.#openedAt = undefined
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    this.#timer = undefined
  }
}

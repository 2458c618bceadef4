import type { Clock } from '../ports/clock.js'
import { settledBefore } from './back-off.js'

/**
 * Lets one offset commit of a task be under way at a time, and waits for each no longer than `offset.flush.timeout.ms`
 * (contract §6.2). One that takes longer goes on by itself: it may land yet, and a newer one beside it could land before
 * it and be undone by it (I2), so the newer one waits for its turn.
 */
export class CommitTurn {
  readonly #clock: Clock
  readonly #timeoutMs: number
  #running: Promise<void> | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Whether nothing is under way. */
  get isFree(): boolean {
    return this.#running === undefined
  }

  /** Whether it has come: false where what is under way does not end in time. */
  async comes(): Promise<boolean> {
    while (this.#running) if (!(await this.#inTime(this.#running))) return false
    return true
  }

  /** Does `write`, which never rejects, and says whether it ended in time. Only when the turn has come. */
  take(write: () => Promise<void>): Promise<boolean> {
    const running = write().finally(() => (this.#running = undefined))
    this.#running = running
    return this.#inTime(running)
  }

  /** Resolves when nothing is under way, however long that takes. */
  async over(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #inTime(running: Promise<void>): Promise<boolean> {
    const late = new AbortController()
    const timer = this.#clock.setTimer(() => late.abort(), this.#timeoutMs)
    const ended = await settledBefore(running, late.signal)
    this.#clock.clearTimer(timer)
    return ended
  }
}

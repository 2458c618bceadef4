import { MillraceError } from '../core/error.js'
import type { Clock, TimerHandle } from '../ports/clock.js'
import type { AskOptions, Reply } from './ref.js'

/** One question: settles once, by its reply, its deadline, its signal, or the end of the actor that was asked. */
export class Ask<T> implements Reply<T> {
  readonly #resolve: (value: T) => void
  readonly #reject: (error: unknown) => void
  readonly #clock: Clock
  #timer: TimerHandle | undefined
  #signal: AbortSignal | undefined
  #over: (() => void) | undefined
  #settled = false

  constructor(clock: Clock, resolve: (value: T) => void, reject: (error: unknown) => void) {
    this.#clock = clock
    this.#resolve = resolve
    this.#reject = reject
  }

  get settled(): boolean {
    return this.#settled
  }

  /** Starts the deadline. `over` is called when it has settled. */
  begin(path: string, { timeoutMs, signal }: AskOptions, over: () => void): void {
    this.#over = over
    this.#timer = this.#clock.setTimer(() => {
      this.fail(new MillraceError('actor.ask_timeout', `${path} did not answer within ${timeoutMs} ms.`))
    }, timeoutMs)
    if (signal === undefined) return
    this.#signal = signal
    if (signal.aborted) this.#aborted()
    else signal.addEventListener('abort', this.#aborted, { once: true })
  }

  ok(value: T): void {
    if (this.#settle()) this.#resolve(value)
  }

  fail(error: unknown): void {
    if (this.#settle()) this.#reject(error)
  }

  readonly #aborted = (): void => this.fail(abortedError(this.#signal?.reason))

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#over?.()
    return true
  }
}

export function abortedError(reason: unknown): MillraceError {
  return new MillraceError('actor.aborted', 'Given up by the caller.', { cause: reason })
}

/** The questions that an actor has not answered, by the message that carries each. */
export class Asks<M> {
  readonly #open = new Map<M, Ask<never>>()

  add(message: M, ask: Ask<never>): void {
    this.#open.set(message, ask)
  }

  remove(message: M): void {
    this.#open.delete(message)
  }

  fail(message: unknown, error: unknown): void {
    this.#open.get(message as M)?.fail(error)
  }

  /** Fails those whose message was taken: what would have answered is gone. */
  failTaken(notTaken: Iterable<unknown>, error: unknown): void {
    if (this.#open.size === 0) return
    const waiting = new Set(notTaken)
    for (const [message, ask] of this.#open) if (!waiting.has(message)) ask.fail(error)
  }
}

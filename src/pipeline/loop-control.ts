import { MillraceError } from '../core/error.js'
import type { TimerHandle } from '../ports/clock.js'
import { settledBefore } from './back-off.js'
import { isStopped } from './task-failure.js'
import type { LoopDependencies } from './task-loop.js'

/** What a plugin's own requests fail with when it is to stop. One for all: to make it takes longer than to end an idle task. */
const over = new DOMException('The task is to stop.', 'AbortError')

/** How long something that was told to stop may take when no more time is left. */
const momentMs = 1_000

/** What is asked of a running loop from outside, how its waits hear of it, and what it reports back. */
export class LoopControl {
  readonly #dependencies: LoopDependencies
  readonly #stop = new AbortController()
  readonly #deadline = new AbortController()
  #paused = false
  #ended = false
  #reported: 'running' | 'paused' | undefined
  #until = Infinity
  #timer: TimerHandle | undefined
  #failure: { readonly error: unknown } | undefined
  #waiting: (() => void)[] = []

  constructor(dependencies: LoopDependencies) {
    this.#dependencies = dependencies
  }

  /** Aborts when the task must stop, by a drain or because it failed: plugins hear of it. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal
  }

  /** Aborts when the time to stop in is up: nothing is waited for any more, and nothing is written. */
  get deadlineSignal(): AbortSignal {
    return this.#deadline.signal
  }

  get isStopping(): boolean {
    return this.#stop.signal.aborted
  }

  get isPaused(): boolean {
    return this.#paused
  }

  /** Why the loop, or something that works beside it, failed. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
  }

  pause(): void {
    this.#paused = true
    this.#announce()
  }

  resume(): void {
    this.#paused = false
    this.#announce()
  }

  /** A later call may shorten the time, not lengthen it. */
  async drain(withinMs: number): Promise<void> {
    this.#limit(withinMs)
    this.#stop.abort(over)
    this.#announce()
    while (!this.#ended) await this.change()
  }

  /** The loop is to end with this failure, the first that counts; putting things in order may take `commitTimeoutMs`. */
  fail(error: unknown): void {
    if (isStopped(error) && this.isStopping) return
    this.#failure ??= { error }
    this.#limit(this.#dependencies.commitTimeoutMs)
    this.#stop.abort(over)
    this.#announce()
  }

  /** The loop has ended. */
  end(): void {
    this.#ended = true
    this.#clearTimer()
    this.#stop.abort(over)
    this.#deadline.abort(over)
    this.#announce()
  }

  /** Resolves at the next pause, resume, drain, failure or end. */
  change(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
    })
  }

  /** Resolves when the task is not paused, or must stop. */
  async whilePaused(): Promise<void> {
    if (this.#paused && !this.isStopping) this.reportPaused()
    while (this.#paused && !this.isStopping) await this.change()
  }

  reportPaused(): void {
    if (this.#reported === 'paused') return
    this.#reported = 'paused'
    this.#dependencies.metrics.begin('paused-since')
    this.#dependencies.events.paused()
  }

  reportRunning(): void {
    if (this.#reported === 'running') return
    this.#reported = 'running'
    this.#dependencies.metrics.endExcuse('paused-since')
    this.#dependencies.events.running()
  }

  /** Waits for what must come to its end, and after the deadline `graceMs` longer. Fails with `task.drain_overran`. */
  async lastWait(rest: Promise<unknown>, graceMs = momentMs): Promise<void> {
    const { clock } = this.#dependencies
    if (await settledBefore(rest, this.#deadline.signal)) return
    const grace = new AbortController()
    const timer = clock.setTimer(() => grace.abort(over), graceMs)
    const overran = !(await settledBefore(rest, grace.signal))
    clock.clearTimer(timer)
    if (overran)
      throw new MillraceError(
        'task.drain_overran',
        'The connector, or the log, did not let go when the task was told to stop.',
        {
          stage: 'TASK_STOP',
          hint: 'End the thread it runs in.',
          cause: this.#failure?.error,
        },
      )
  }

  #limit(withinMs: number): void {
    const { clock } = this.#dependencies
    const until = clock.now() + withinMs
    if (this.#deadline.signal.aborted || until >= this.#until) return
    this.#until = until
    this.#clearTimer()
    if (withinMs <= 0) this.#deadline.abort(over)
    else this.#timer = clock.setTimer(() => this.#deadline.abort(over), withinMs)
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#dependencies.clock.clearTimer(this.#timer)
    this.#timer = undefined
  }

  #announce(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

import type { Clock } from '../ports/clock.js'
import type { Random } from '../ports/random.js'
import type { ActorContext, CancelTimer } from './behavior.js'
import type { Children } from './children.js'
import { stoppedError } from './children.js'
import type { Kernel } from './kernel.js'
import type { ActorRef, AnyRef } from './ref.js'
import type { Signal } from './signal.js'
import type { ChildSpec } from './spec.js'
import { Timers } from './timers.js'
import { Watches } from './watches.js'

/** What a context asks of the life that it belongs to. */
export interface ContextLife<M> {
  readonly self: ActorRef<M>
  readonly restarts: number
  /** Made when first needed; not before the behaviour is, which says how they are supervised. */
  children(): Children
  signal(signal: Signal): void
  stash(): void
  unstashAll(): void
  fail(error: unknown): void
  finish(): void
}

/** The surroundings of one life, which end with it. */
export class LifeContext<M> implements ActorContext<M> {
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly #watches: Watches
  readonly #life: ContextLife<M>
  readonly #abort = new AbortController()

  constructor(kernel: Kernel, life: ContextLife<M>) {
    this.clock = kernel.clock
    this.random = kernel.random
    this.#life = life
    this.timers = new Timers(kernel.clock, due => life.signal(due))
    this.#watches = new Watches(terminated => life.signal(terminated))
  }

  get self(): ActorRef<M> {
    return this.#life.self
  }

  get restarts(): number {
    return this.#life.restarts
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** The life must end: everything that lives with it is over. */
  end(): void {
    this.#abort.abort(stoppedError(this.self.path))
    this.timers.cancelAll()
    this.#watches.removeAll()
  }

  spawn<C>(spec: ChildSpec<C>): ActorRef<C> {
    this.#mustLive()
    return this.#life.children().spawn(spec)
  }

  async childrenStarted(): Promise<void> {
    this.#mustLive()
    return this.#life.children().started()
  }

  async removeChild(id: string): Promise<void> {
    return this.#life.children().remove(id)
  }

  restartChild(id: string): void {
    this.#mustLive()
    this.#life.children().restart(id)
  }

  child(id: string): AnyRef | undefined {
    return this.#life.children().get(id)
  }

  watch(ref: AnyRef): void {
    if (!this.#over) this.#watches.add(ref)
  }

  unwatch(ref: AnyRef): void {
    this.#watches.remove(ref)
  }

  once(ms: number, message: M): CancelTimer {
    return this.#over ? () => {} : this.timers.once(ms, message)
  }

  every(ms: number, message: M): CancelTimer {
    return this.#over ? () => {} : this.timers.every(ms, message)
  }

  stash(): void {
    this.#life.stash()
  }

  unstashAll(): void {
    if (!this.#over) this.#life.unstashAll()
  }

  fail(error: unknown): void {
    if (!this.#over) this.#life.fail(error)
  }

  stop(): void {
    if (!this.#over) this.#life.finish()
  }

  get #over(): boolean {
    return this.signal.aborted
  }

  #mustLive(): void {
    if (this.#over) throw stoppedError(this.self.path)
  }
}

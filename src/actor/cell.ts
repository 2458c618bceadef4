import { MillraceError, errorMessage } from '../core/error.js'
import { Ask, Asks, abortedError } from './asks.js'
import type { Outcome, StopReason } from './behavior.js'
import type { Child, ChildView, Halt, Parent } from './child.js'
import { stoppedError } from './children.js'
import type { Runnable } from './dispatcher.js'
import type { UndeliveredWhy } from './event.js'
import { callListener, type Kernel } from './kernel.js'
import { Life, type LifeHost } from './life.js'
import { Mailbox } from './mailbox.js'
import type { ActorRef, AskOptions, Lane, Reply, TellOptions } from './ref.js'
import { Signal } from './signal.js'
import type { ActorSnapshot } from './snapshot.js'
import { defaultMailbox, type ChildSpec } from './spec.js'
import type { Tally } from './turns.js'
import type { WaitingSender } from './waiting-senders.js'

/** What `tell` returns while there is room: no promise of its own for each message. */
const taken: Promise<void> = Promise.resolve()

/** The lasting part of an actor: its address, mailbox and tally, over all its lives. */
export class Cell<M> implements ActorRef<M>, Child, LifeHost<M>, Runnable {
  readonly id: string
  readonly path: string
  readonly spec: ChildSpec<M>
  readonly mailbox: Mailbox<M | Signal>
  readonly tally: Tally = { processed: 0, busyMs: 0, undelivered: 0 }
  readonly #kernel: Kernel
  readonly #parent: Parent
  readonly #asks = new Asks<M>()
  readonly #endListeners = new Set<(outcome: Outcome) => void>()
  #life: Life<M> | undefined
  /** Why nothing is taken any more, or for now. */
  #closed: 'stopped' | 'parked' | undefined
  #scheduled = false
  #lastOutcome: Outcome | undefined
  #gone = false

  constructor(kernel: Kernel, spec: ChildSpec<M>, parent: Parent) {
    this.id = spec.id
    this.path = parent.path === '' ? spec.id : `${parent.path}/${spec.id}`
    this.spec = spec
    this.mailbox = new Mailbox({ ...defaultMailbox, ...spec.mailbox })
    this.#kernel = kernel
    this.#parent = parent
  }

  get ref(): ActorRef<M> {
    return this
  }

  get lastOutcome(): Outcome | undefined {
    return this.#lastOutcome
  }

  tell(message: M, options?: TellOptions): Promise<void> {
    const lane = options?.lane ?? 'data'
    if (this.tryTell(message, lane)) return taken
    const signal = options?.signal
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortedError(signal.reason))
      const aborted = (): void => {
        if (this.mailbox.lane(lane).withdraw(sender)) reject(abortedError(signal?.reason))
      }
      const sender = this.#hold(message, lane, () => {
        signal?.removeEventListener('abort', aborted)
        resolve()
      })
      signal?.addEventListener('abort', aborted, { once: true })
    })
  }

  tryTell(message: M, lane: Lane = 'data'): boolean {
    if (this.#closed !== undefined) {
      this.undelivered(message, lane, this.#closed)
      return true
    }
    if (!this.mailbox.lane(lane).offer(message, this.#kernel.clock.now())) return false
    this.wake()
    return true
  }

  ask<T>(make: (reply: Reply<T>) => M, options: AskOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const lane = options.lane ?? 'control'
      const ask = new Ask<T>(this.#kernel.clock, resolve, reject)
      const message = make(ask)
      let sender: WaitingSender<M | Signal> | undefined
      this.#asks.add(message, ask)
      ask.begin(this.path, options, () => {
        this.#asks.remove(message)
        if (sender !== undefined) this.mailbox.lane(lane).withdraw(sender)
      })
      if (!ask.settled && !this.tryTell(message, lane)) sender = this.#hold(message, lane, () => {})
    })
  }

  onTerminated(listener: (outcome: Outcome) => void): () => void {
    if (this.#gone) listener(this.#lastOutcome as Outcome)
    else this.#endListeners.add(listener)
    return () => this.#endListeners.delete(listener)
  }

  launch(restarts: number): void {
    this.#closed = undefined
    this.#life = new Life(this.#kernel, this, (spec, parent) => new Cell(this.#kernel, spec, parent), restarts)
    this.#life.begin()
  }

  halt(halt: Halt): void {
    if (halt.reason === 'shutdown') this.#closed = 'stopped'
    this.#life?.halt(halt)
  }

  park(): void {
    this.#closed = 'parked'
    this.#empty('parked')
  }

  forget(outcome: Outcome): void {
    this.#closed = 'stopped'
    this.#gone = true
    this.#lastOutcome = outcome
    this.#empty('left')
    for (const listener of this.#endListeners) callListener(() => listener(outcome))
    this.#endListeners.clear()
  }

  wake(): void {
    if (this.#scheduled || this.#life?.ready !== true) return
    this.#scheduled = true
    this.#kernel.dispatcher.schedule(this)
  }

  run(now: number): number {
    this.#scheduled = false
    return this.#life?.run(now) ?? now
  }

  undelivered(message: unknown, lane: Lane, why: UndeliveredWhy, cause?: unknown): void {
    this.tally.undelivered++
    this.#kernel.publish({ type: 'undelivered', path: this.path, id: this.id, lane, message, why })
    this.#asks.fail(message, why === 'crashed' ? this.#crashedError(cause) : stoppedError(this.path))
  }

  lifeStarted(): void {
    this.#parent.childStarted(this.id)
  }

  lifeEnded(reason: StopReason, abandoned: boolean): void {
    this.#life = undefined
    this.#lastOutcome = { reason, abandoned }
    this.mailbox.unstashAll(this.#kernel.clock.now())
    // Timers and watches were of that life; left here, they would pile up over restarts (I6).
    this.mailbox.discard(entry => entry instanceof Signal)
    const error = reason.kind === 'failed' ? this.#crashedError(reason.error) : stoppedError(this.path)
    this.#asks.failTaken(this.mailbox.contents(), error)
    this.#parent.childEnded(this.id, reason, abandoned)
  }

  snapshot({ state, ...view }: ChildView): ActorSnapshot {
    const now = this.#kernel.clock.now()
    const life = this.#life
    return {
      id: this.id,
      path: this.path,
      state: life?.state ?? state,
      ...view,
      control: this.mailbox.control.snapshot(now),
      data: this.mailbox.data.snapshot(now),
      stashed: this.mailbox.stashed,
      processed: this.tally.processed,
      busyMs: this.tally.busyMs,
      currentMs: life?.currentMs ?? 0,
      undelivered: this.tally.undelivered,
      children: life?.snapshots() ?? [],
    }
  }

  #hold(message: M, lane: Lane, release: () => void): WaitingSender<M | Signal> {
    return this.mailbox.lane(lane).hold(message, this.#kernel.clock.now(), release)
  }

  #empty(why: UndeliveredWhy): void {
    for (const { message, lane } of this.mailbox.drain()) this.undelivered(message, lane, why)
  }

  #crashedError(cause: unknown): MillraceError {
    return new MillraceError('actor.crashed', `${this.path} crashed: ${errorMessage(cause)}`, { cause })
  }
}

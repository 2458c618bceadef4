import type { Behavior } from './behavior.js'
import type { LifeContext } from './context.js'
import { pending } from './deadline.js'
import type { UndeliveredWhy } from './event.js'
import type { Kernel } from './kernel.js'
import type { Mailbox } from './mailbox.js'
import type { Lane } from './ref.js'
import { Signal, Terminated, type TimerDue } from './signal.js'

/** Messages in one turn, before the other actors have theirs. */
const messagesPerTurn = 64

/** What an actor has done, over all its lives. */
export interface Tally {
  processed: number
  busyMs: number
  undelivered: number
}

/** The lasting part of an actor, as its turns need it. */
export interface TurnsHost<M> {
  readonly mailbox: Mailbox<M | Signal>
  readonly tally: Tally
  /** Asks for a turn. */
  wake(): void
  undelivered(message: unknown, lane: Lane, why: UndeliveredWhy, cause?: unknown): void
}

/** What follows from turns. */
export interface TurnsOwner {
  /** A hook threw. */
  crashed(error: unknown): void
  /** A hook is over, and no other follows by itself. */
  idle(): void
}

/** Takes messages and runs the hooks of one life, one at a time: `#inFlight` is the asynchronous one in progress. */
export class Turns<M> {
  /** Whether messages may be taken. */
  open = false
  readonly #kernel: Kernel
  readonly #host: TurnsHost<M>
  readonly #owner: TurnsOwner
  readonly #context: LifeContext<M>
  readonly #behavior: Behavior<M>
  #inFlight: PromiseLike<unknown> | undefined
  #since = 0
  /** The message in progress, unless it was stashed. */
  #message: M | undefined
  /** What to do when a hook other than for a message is over. */
  #then: (() => void) | undefined
  #ended = false

  constructor(kernel: Kernel, host: TurnsHost<M>, owner: TurnsOwner, behavior: Behavior<M>, context: LifeContext<M>) {
    this.#kernel = kernel
    this.#host = host
    this.#owner = owner
    this.#behavior = behavior
    this.#context = context
  }

  get inFlight(): PromiseLike<unknown> | undefined {
    return this.#inFlight
  }

  /** Whether a turn would do anything. */
  get ready(): boolean {
    return this.open && this.#inFlight === undefined
  }

  /** How long the message in progress has taken so far, ms. */
  get currentMs(): number {
    return this.#inFlight === undefined ? 0 : this.#kernel.clock.now() - this.#since
  }

  /** Takes messages until none is left, one is asynchronous, or others should have their turn. Never throws. */
  run(now: number): number {
    const { mailbox, tally } = this.#host
    try {
      for (let n = 0; n < messagesPerTurn && this.ready && !mailbox.isEmpty; n++) {
        const received = this.#deliver(mailbox.take())
        if (received !== undefined) {
          this.#await(received, now)
          return this.#kernel.clock.now()
        }
        this.#message = undefined
        tally.processed++
      }
    } catch (error) {
      this.#owner.crashed(error)
    }
    const ended = this.#kernel.clock.now()
    tally.busyMs += ended - now
    this.goOn()
    return ended
  }

  /** Runs a hook that is not for a message, then `then`, unless it throws. No other may be in progress. */
  runHook(hook: () => unknown, then: () => void): void {
    try {
      const running = pending(hook())
      if (running === undefined) return then()
      this.#then = then
      this.#await(running, this.#kernel.clock.now())
    } catch (error) {
      this.#owner.crashed(error)
    }
  }

  /** Asks for the next turn if there is something to take. */
  goOn(): void {
    if (this.ready && !this.#host.mailbox.isEmpty) this.#host.wake()
    else if (this.#inFlight === undefined) this.#owner.idle()
  }

  stash(): void {
    if (this.#message === undefined) throw new TypeError('There is no message in progress to stash.')
    this.#host.mailbox.stash(this.#message, this.#host.mailbox.takenFrom)
    this.#message = undefined
  }

  /** The message in progress will not be finished. */
  dropMessage(why: UndeliveredWhy, cause?: unknown): void {
    if (this.#message === undefined) return
    const message = this.#message
    this.#message = undefined
    this.#host.undelivered(message, this.#host.mailbox.takenFrom, why, cause)
  }

  /** A hook still in progress matters to nobody any more. */
  end(): void {
    this.open = false
    this.#ended = true
  }

  #deliver(entry: M | Signal): PromiseLike<unknown> | undefined {
    const behavior = this.#behavior
    if (!(entry instanceof Signal)) {
      this.#message = entry
      return pending(behavior.receive(entry, this.#context))
    }
    if (!entry.live) return undefined
    if (entry instanceof Terminated) return pending(behavior.terminated?.(entry.ref, entry.outcome, this.#context))
    this.#message = this.#context.timers.take(entry as TimerDue) as M
    return pending(behavior.receive(this.#message, this.#context))
  }

  #await(hook: PromiseLike<unknown>, since: number): void {
    this.#inFlight = hook
    this.#since = since
    hook.then(this.#landed, this.#broke)
  }

  readonly #landed = (): void => {
    if (this.#ended) return
    this.#land()
    const then = this.#then
    this.#then = undefined
    this.#message = undefined
    if (then !== undefined) return then()
    this.#host.tally.processed++
    this.goOn()
  }

  readonly #broke = (error: unknown): void => {
    if (this.#ended) return
    this.#land()
    this.#then = undefined
    this.#owner.crashed(error)
  }

  #land(): void {
    this.#inFlight = undefined
    this.#host.tally.busyMs += this.#kernel.clock.now() - this.#since
  }
}

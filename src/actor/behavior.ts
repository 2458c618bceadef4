import type { Clock } from '../ports/clock.js'
import type { Random } from '../ports/random.js'
import type { SupervisionEvent } from './event.js'
import type { ActorRef, AnyRef } from './ref.js'
import type { ChildSpec, SupervisionPolicy } from './spec.js'

/** Why one life of an actor ended. `finished`: it called `stop()`; `shutdown`: its parent stopped it; `restart`: it is about to start again. */
export type StopReason =
  { readonly kind: 'finished' | 'shutdown' | 'restart' } | { readonly kind: 'failed'; readonly error: unknown }

/** How an actor ended for good. */
export interface Outcome {
  readonly reason: StopReason
  /** It did not stop within its deadline: nobody waits for it any more, but something of it may still run. */
  readonly abandoned: boolean
}

/**
 * What an actor does. Its hooks run one at a time, each awaited before the next, and a throw in any of them but
 * `stopped` and `terminate` is the actor's crash. State lives in the closure or object that the factory made, and dies
 * with it: a restart calls the factory again.
 */
export interface Behavior<M> {
  /** How its children are supervised. Default: `defaultSupervision`. */
  readonly supervision?: SupervisionPolicy
  /** Before the first message. The siblings that start after this one wait for it. */
  started?(context: ActorContext<M>): void | Promise<void>
  receive(message: M, context: ActorContext<M>): void | Promise<void>
  /** A watched actor has ended for good. Comes after the messages that it told here before. */
  terminated?(ref: AnyRef, outcome: Outcome, context: ActorContext<M>): void | Promise<void>
  /** Something happened to a child. Synchronous, at the moment it happens: note it, or tell yourself. */
  childEvent?(event: SupervisionEvent): void
  /** Drain: finish what is held, within `shutdown.drainMs`. Called only where there is such a time, and not after a crash. */
  stopping?(context: ActorContext<M>): void | Promise<void>
  /** Release what is held, within `shutdown.stopMs`. Called once in every life, also when `started` failed. Children have ended. */
  stopped?(reason: StopReason): void | Promise<void>
  /** The stop overran its deadline: end by force what can be (a thread). Nobody waits for it. */
  terminate?(): void
}

/** Makes an actor's state and behaviour, for each life anew. */
export type ActorFactory<M> = (context: ActorContext<M>) => Behavior<M>

/** Stops a timer; does nothing when it is over. */
export type CancelTimer = () => void

/** What an actor has of its surroundings in one life. Its methods do nothing once that life is over. */
export interface ActorContext<M> {
  readonly self: ActorRef<M>
  readonly clock: Clock
  readonly random: Random
  /** Restarts of this actor before this life. */
  readonly restarts: number
  /** Aborts when this life must end: hand it to whatever is awaited. */
  readonly signal: AbortSignal

  /** Adds a child, which starts in the order its supervision says. Fails with `actor.id_taken`. */
  spawn<C>(spec: ChildSpec<C>): ActorRef<C>
  /** Resolves when every child has started for the first time, is parked or is gone. Fails with `actor.stopped` when this life ends first. */
  childrenStarted(): Promise<void>
  /** Stops a child (drain, stop, terminate) and forgets it; resolves when it is gone, also when there is none of this id. */
  removeChild(id: string): Promise<void>
  /** Starts a parked child, or one in back-off, now and with a fresh budget; restarts a running one after a drain. Fails with `actor.child_unknown`. */
  restartChild(id: string): void
  child(id: string): AnyRef | undefined

  /** Calls `terminated` when `ref` has ended for good. Ends with this life. */
  watch(ref: AnyRef): void
  unwatch(ref: AnyRef): void

  /** Sends itself `message` after `ms`. Timers end with this life. */
  once(ms: number, message: M): CancelTimer
  /** Sends itself `message` every `ms`; a tick that comes while the one before still waits in the mailbox is left out. */
  every(ms: number, message: M): CancelTimer

  /** Sets the current message aside until `unstashAll`. Fails with `actor.stash_full`. */
  stash(): void
  /** Puts the stashed messages back at the head of their lanes, in their order. */
  unstashAll(): void

  /** Raises a failure from outside a hook (a lost thread, a closed connection): this life ends now, and its supervisor decides. */
  fail(error: unknown): void
  /** Ends after the current message. What is left in the mailbox is undelivered. */
  stop(): void
}

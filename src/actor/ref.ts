import type { Outcome } from './behavior.js'

/** The control lane is served ahead of the data lane; each has its own bound. */
export type Lane = 'control' | 'data'

export interface TellOptions {
  /** Default `data`. */
  readonly lane?: Lane
  /** Gives up waiting for room. */
  readonly signal?: AbortSignal
}

export interface AskOptions {
  /** Counts from the call: waiting for room, waiting in the mailbox and the answer together. */
  readonly timeoutMs: number
  /** Default `control`: somebody waits for the answer. */
  readonly lane?: Lane
  readonly signal?: AbortSignal
}

/** Travels inside a message and answers the `ask` that made it. The first answer counts; later and late ones do nothing. */
export interface Reply<T> {
  ok(value: T): void
  fail(error: unknown): void
}

/** The address of an actor. It stays valid over restarts: what is told meanwhile waits in the mailbox. */
export interface ActorRef<in M> {
  /** Unique among its siblings. */
  readonly id: string
  /** The ids from the root, joined by `/`. */
  readonly path: string
  /**
   * Resolves when the mailbox has taken the message, which waits for room when its lane is full (I6). Resolves too when
   * the actor has stopped: the message is then counted as undelivered, as waiting would not help. Rejects only with
   * `actor.aborted`, when `signal` aborts first; the message was then not taken.
   */
  tell(message: M, options?: TellOptions): Promise<void>
  /** `tell` without waiting: false when there is no room, and nothing was taken. */
  tryTell(message: M, lane?: Lane): boolean
  /**
   * Sends what `make` builds and waits for its reply. Fails with what the actor replied by `fail`, or with
   * `actor.ask_timeout`, `actor.aborted`, `actor.stopped` (it stopped, or is parked, without an answer), or
   * `actor.crashed` (it crashed between taking the message and answering; `cause` is the crash).
   */
  ask<T>(make: (reply: Reply<T>) => M, options: AskOptions): Promise<T>
  /** Calls back once, when the actor has ended for good; at once when it has already. Returns how to unsubscribe. */
  onTerminated(listener: (outcome: Outcome) => void): () => void
}

/** A reference of which only the identity and the end matter. */
export type AnyRef = ActorRef<never>

import type { Outcome, StopReason } from './behavior.js'
import type { ActorRef } from './ref.js'
import type { ActorSnapshot, ActorState } from './snapshot.js'
import type { ChildSpec } from './spec.js'

/** How a life is to end on request. */
export interface Halt {
  readonly reason: 'restart' | 'shutdown'
  readonly drain: boolean
}

/** An actor as its parent handles it. */
export interface Child {
  readonly ref: ActorRef<never>
  /** How its last life ended. */
  readonly lastOutcome: Outcome | undefined
  /** Begins a life. It reports to its parent. */
  launch(restarts: number): void
  /** Ends a life; reported. Does nothing more when it is ending already. */
  halt(halt: Halt): void
  /** Down for long: what it has been told, and will be, is undelivered until the next `launch`. */
  park(): void
  /** Down for good. */
  forget(outcome: Outcome): void
  snapshot(view: ChildView): ActorSnapshot
}

/** What only the parent knows of a child. `state` is its state when it is not alive. */
export interface ChildView {
  readonly state: ActorState
  readonly restarts: number
  readonly restartInMs?: number
  readonly lastError?: { readonly code: string; readonly message: string }
}

/** Whom a child reports to. */
export interface Parent {
  readonly path: string
  childStarted(id: string): void
  /** A life ended, by itself or as asked. */
  childEnded(id: string, reason: StopReason, abandoned: boolean): void
}

/** Makes a child that is down. */
export type MakeChild = <M>(spec: ChildSpec<M>, parent: Parent) => Child & { readonly ref: ActorRef<M> }

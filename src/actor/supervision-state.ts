import type { SupervisionNews } from './event.js'
import type { AnyChildSpec, SupervisionPolicy } from './spec.js'

/** What supervision needs to know of a child. */
export type ChildRules = Pick<AnyChildSpec, 'id' | 'restart' | 'budget' | 'backoff'>

export interface ChildState {
  readonly rules: ChildRules
  readonly phase: 'down' | 'starting' | 'up' | 'stopping'
  /** Where it is headed: `restart` must come down first and is then headed `up`; `parked` stays down; `gone` is forgotten once down. */
  readonly goal: 'up' | 'restart' | 'parked' | 'gone'
  /** Whether it may drain on its next way down. */
  readonly drain: boolean
  readonly hasStarted: boolean
  /** Not started before this time. */
  readonly notBefore: number
  readonly upSince: number
  /** Failures in a row, for the back-off. */
  readonly failures: number
  readonly restarts: number
  /** When its own budget was charged. */
  readonly charges: readonly number[]
  readonly lastError: unknown
}

/** A supervisor's view of its children, in their order. */
export interface SupervisionState {
  readonly policy: SupervisionPolicy
  readonly children: readonly ChildState[]
  /** When the supervisor's intensity was charged. */
  readonly charges: readonly number[]
  readonly closing: boolean
}

/** What happens to a supervisor. `halted`: a `stop` decided here is done; the others are of a child by itself. */
export type SupervisionInput =
  | { readonly type: 'added'; readonly rules: ChildRules }
  | { readonly type: 'remove' | 'restart'; readonly id: string }
  | { readonly type: 'started' | 'finished' | 'halted'; readonly id: string }
  | { readonly type: 'failed'; readonly id: string; readonly error: unknown }
  | { readonly type: 'due' }
  | { readonly type: 'close'; readonly drain: boolean }

/** What its shell must do, in this order. Every `start` is answered by `started`, `failed`, `finished` or (after a `stop`) `halted`. */
export type Decision =
  | { readonly do: 'start'; readonly id: string; readonly restarts: number }
  | { readonly do: 'forget'; readonly id: string }
  | { readonly do: 'stop'; readonly id: string; readonly reason: 'restart' | 'shutdown'; readonly drain: boolean }
  | { readonly do: 'park' | 'escalate'; readonly id: string; readonly error: unknown }
  | { readonly do: 'announce'; readonly id: string; readonly news: SupervisionNews }

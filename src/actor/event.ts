import type { Outcome } from './behavior.js'
import type { Lane } from './ref.js'

/** Why an actor starts again: it failed (a permanent one that finished too), its strategy takes it along with `sibling`, or somebody asked. */
export type RestartCause =
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'sibling'; readonly id: string }
  | { readonly kind: 'asked' }

/** What happens to an actor under its supervisor. `restarts` counts all of them since the actor was added. */
export type SupervisionNews =
  | { readonly type: 'started'; readonly restarts: number }
  | {
      readonly type: 'restarting'
      readonly cause: RestartCause
      readonly restarts: number
      /** The back-off; its messages wait meanwhile. */
      readonly inMs: number
      /** Whether a budget was charged. */
      readonly counted: boolean
    }
  | { readonly type: 'parked'; readonly error: unknown; readonly restarts: number }
  | { readonly type: 'escalated'; readonly error: unknown; readonly restarts: number }
  | { readonly type: 'stopped'; readonly outcome: Outcome }

interface Subject {
  readonly path: string
  readonly id: string
}

export type SupervisionEvent = Subject & SupervisionNews

/** `stopped`, `parked`: told to one that is; `left`: in the mailbox at the end; `crashed`: it threw; `interrupted`: in progress when its actor had to end, and not finished. */
export type UndeliveredWhy = 'stopped' | 'parked' | 'left' | 'crashed' | 'interrupted'

export type ActorEvent =
  | SupervisionEvent
  /** A message may hold secrets: log its type only (I8). */
  | (Subject & {
      readonly type: 'undelivered'
      readonly lane: Lane
      readonly message: unknown
      readonly why: UndeliveredWhy
    })
  /** A step of the way down overran its deadline; after `stop` the actor was abandoned. */
  | (Subject & { readonly type: 'overran'; readonly step: 'drain' | 'stop'; readonly afterMs: number })
  /** Something failed while the actor was ending anyway (`stopped`, `terminate`, the message in progress). */
  | (Subject & { readonly type: 'stop_failed'; readonly error: unknown })

/** Called synchronously; must not throw (what it throws surfaces as an uncaught exception). */
export type ActorListener = (event: ActorEvent) => void

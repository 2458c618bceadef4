/**
 * A task as its node knows it, finer than Connect's states (`GET /millrace/v1/connectors/{c}/tasks`).
 * `stalled`: it should move and does not (I7); `retrying`: it waits for an outside system; `backoff`: until its restart;
 * `failed`: stays down until somebody restarts it; `unassigned`: this node does not run it.
 */
export type TaskPhase =
  | 'unassigned'
  | 'starting'
  | 'running'
  | 'stalled'
  | 'retrying'
  | 'paused'
  | 'restarting'
  | 'backoff'
  | 'failed'
  | 'stopping'

/** One restart, or the failure that was one too many (`by: 'nobody'`). Times are milliseconds, instants since the epoch. */
export interface RestartNote {
  readonly at: number
  /** Who restarted it. */
  readonly by: 'supervisor' | 'operator' | 'nobody'
  /** Why; absent where an operator asked. */
  readonly code?: string
  readonly message?: string
  /** The pause before it. */
  readonly backoffMs: number
  /** Whether it was charged to the budget. */
  readonly counted: boolean
}

export interface TaskView {
  readonly task: number
  /** The worker that runs it, or ran it last. */
  readonly node: string
  readonly state: TaskPhase
  /** Since when, as far as this node knows; absent where it does not. */
  readonly since?: number
  /** The thread it runs in. */
  readonly thread?: string
  /** `quarantined`: alone in its thread for having brought one down. */
  readonly isolation: 'shared' | 'dedicated' | 'quarantined'
  readonly restarts: {
    /** Since it was assigned to this node. */
    readonly count: number
    /** The latest of them, oldest first. */
    readonly last: readonly RestartNote[]
  }
  /** Restarts charged within the period, and how many may be. */
  readonly budget: { readonly used: number; readonly limit: number; readonly periodMs: number }
  /** In state `backoff`. */
  readonly restartInMs?: number
  /** What waits to be delivered: records, the age of the oldest, ms, and what an outside system keeps for it, bytes. What nobody knows is absent. */
  readonly lag: { readonly records?: number; readonly ms?: number; readonly bytes?: number }
  /** From a record's timestamp until it was put or durably appended, ms, over the last 30 to 60 seconds; absent where there was none. */
  readonly e2e?: { readonly p50: number; readonly p99: number }
  /** What the plugin says of work that has an end. */
  readonly progress?: { readonly done: number; readonly total: number }
  /** What is under way, and for how long, ms. */
  readonly pending: Readonly<Partial<Record<PendingStep, number>>>
  /** When anything moved last, ms since the epoch. */
  readonly lastProgressAt?: number
  /** Read and not yet acknowledged. */
  readonly queue: { readonly units: number; readonly bytes: number }
  readonly figures: {
    readonly read: number
    readonly written: number
    readonly bytes: number
    readonly errors: number
    readonly skipped: number
    readonly retries: number
  }
}

export type PendingStep = 'read' | 'append' | 'put' | 'flush' | 'retry' | 'lag'

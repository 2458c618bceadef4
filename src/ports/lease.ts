/**
 * I3: whether this node may act for its tasks. Each thread asks right before an append, a put, a flush and a commit, since
 * threads run on while the main thread, or the whole machine, stands still. Over: side effects wait; lost: the tasks are
 * stopped from outside.
 */
export interface Lease {
  /** Whether it runs now. Cheap: called for every batch. */
  held(): boolean
  /** Resolves when it runs, or when `signal` aborts. Never rejects. */
  whenHeld(signal: AbortSignal): Promise<void>
}

/** Of a node that has no peers. */
export const alwaysHeld: Lease = { held: () => true, whenHeld: () => Promise.resolve() }

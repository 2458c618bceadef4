import type { ClusterState } from '../../src/cluster/state.js'

/** Rebalances as one node has seen them. Times are milliseconds. */
export interface RebalanceFigures {
  readonly completed: number
  readonly rebalancing: boolean
  /** Of those that ended within the last minute; NaN where there was none. */
  readonly averageMs: number
  readonly maxMs: number
  /** Infinity before the first. */
  readonly sinceLastMs: number
}

/** Connect's window: two of 30 s. */
const windowMs = 60_000
/** A rebalance for every second of the window, and some more. */
const mostRecent = 128

/**
 * Tells when the cluster rebalances, from the fold: from the record that leaves a task without an owner, or asks its owner
 * to let go of it, until every task has one and keeps it. A task that is kept for a node that announced its return waits
 * for nobody. What takes effect with the very record that says it took no time.
 */
export class RebalanceWatch {
  #changes = -1
  #version = -1
  #completed = 0
  #beganAt: number | undefined
  #endedAt = -Infinity
  #recent: { readonly at: number; readonly ms: number }[] = []

  /** After each fold. `now` is on the monotonic clock. */
  look(state: ClusterState, now: number): void {
    const { version } = state
    const { changes } = state.derived
    if (changes === this.#changes && version === this.#version) return
    const assigned = this.#version >= 0 && version !== this.#version && changes !== this.#changes
    this.#changes = changes
    this.#version = version
    if (isMoving(state)) this.#beganAt ??= now
    else if (this.#beganAt !== undefined || assigned) this.#end(now)
  }

  figures(now: number): RebalanceFigures {
    const times = this.#recent.filter(({ at }) => now - at <= windowMs).map(({ ms }) => ms)
    return {
      completed: this.#completed,
      rebalancing: this.#beganAt !== undefined,
      averageMs: times.length === 0 ? Number.NaN : times.reduce((sum, ms) => sum + ms, 0) / times.length,
      maxMs: times.length === 0 ? Number.NaN : Math.max(...times),
      sinceLastMs: now - this.#endedAt,
    }
  }

  #end(now: number): void {
    this.#recent = [...this.#recent, { at: now, ms: now - (this.#beganAt ?? now) }].slice(-mostRecent)
    this.#beganAt = undefined
    this.#endedAt = now
    this.#completed++
  }
}

/** Looked at after each change among thousands of tasks: without copying them. */
function isMoving({ tasks }: ClusterState): boolean {
  for (const { owner, hold, revoking } of tasks.values())
    if (revoking || (owner === 0 && hold === undefined)) return true
  return false
}

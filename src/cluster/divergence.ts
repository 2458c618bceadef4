import { tellLease } from './lease.js'
import { voidLease } from './observe.js'
import type { Action, Reading, Self } from './self.js'
import { loadState, packState } from './snapshot.js'
import type { ClusterState } from './state.js'
import { pace } from './timers.js'

/**
 * Keeps the node's own state of one to two periods ago. A snapshot in the log will not do after a suffix was lost: whoever
 * had read that suffix may have written it.
 */
export function checkpoint(state: ClusterState, self: Self, now: Reading): void {
  if (self.trustFrom === Infinity) self.trustFrom = state.offset
  const last = self.checkpoints.at(-1)
  if (last && now.monotonic - last.at < pace.checkpoint) return
  self.checkpoints.push({ bytes: packState(state), at: now.monotonic })
  if (self.checkpoints.length > 2) self.checkpoints.shift()
}

/**
 * §9: the log is not what this node has read. Nothing runs without a lease, and this node grants nothing before all
 * leases from then are over.
 */
export function reload(state: ClusterState, self: Self, now: Reading): Action[] {
  const again = now.monotonic - self.reloadedAt < pace.reloadAgain
  self.reloadedAt = now.monotonic
  voidLease(self)
  const ttls = [...state.members.values()].map(member => member.ttl)
  self.grantsFrom = now.monotonic + Math.max(pace.ttl, ...ttls)
  // where the own past did not help, it was not the log's either: by now the leader has written a snapshot
  const bytes = again ? undefined : self.checkpoints[0]?.bytes
  self.checkpoints.length = again ? 0 : Math.min(self.checkpoints.length, 1)
  const older = bytes && loadState([bytes])
  return [...tellLease(self), { type: 'reload', older: older && { state: older, from: older.offset + 1 } }]
}

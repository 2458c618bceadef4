import { protocol, pace } from './timers.js'
import { owners, type ClusterState, type Member, type Task } from './state.js'
import type { LeaseDeadline, Reading, Self } from './self.js'

/** The rules of what a node does by its own clock (cluster protocol §5 and §6), by name, so that a test can take one out. */
export interface NodeRules {
  /** R14: the log is so quiet that log time would run slow. */
  isQuiet(state: ClusterState, self: Self, now: Reading): boolean
  /** R15: somebody seems dead, and only a record can say it. */
  mayPoke(state: ClusterState, self: Self, now: Reading): boolean
  /** R16: a term above all that were ever written, also to the stores of a former coordination topic. */
  nextTerm(state: ClusterState, self: Self): number
  /** R17: beats keep this member alive and never give it a lease. */
  isLate(self: Self): boolean
  /** R18: by this node's own clock, the lease of a task's former owner is over. */
  isSafe(self: Self, lost: NonNullable<Task['lost']>, now: Reading): boolean
  /** R19, R20: the lease that a beat gives which has come back now. `sent` was read before it was sent. */
  leaseFrom(sent: Reading, ttl: number, now: Reading): LeaseDeadline
}

export const nodeRules: NodeRules = {
  isQuiet(state, self, now) {
    const leads = state.leader === self.id
    if (!leads && state.members.size > pace.quietMembers) return false
    const silence = now.monotonic - Math.max(self.readAt, self.beatSentAt)
    if (silence < pace.quiet) return false
    return silence >= pace.quiet + (leads ? 0 : pace.quietRank * (1 + rankOf(state, self.id)))
  },
  mayPoke(state, self, now) {
    const due = state.derived.reapAt + pace.poke
    if (logTime(state, self, now) < due || now.monotonic - self.beatSentAt < pace.poke * 5) return false
    const suspect = earliest(state)
    const first = suspect?.id === state.leader ? owners(state).find(({ id }) => id !== suspect.id)?.id : state.leader
    return first === self.id
  },
  nextTerm: (state, self) => Math.max(state.term, self.around.storesTerm) + 1,
  isLate: self => self.lateSince !== undefined && self.lateUntil - self.lateSince >= self.ttl,
  isSafe: (self, lost, now) => now.monotonic - (self.seen.get(lost.member) ?? self.stateSince) >= lost.ttl,
  leaseFrom: (sent, ttl) => ({
    monotonic: sent.monotonic + pace.lease * ttl,
    wall: sent.wall + pace.lease * ttl,
  }),
}

/** What log time is now, as far as can be known without a record: it moves by at most one step. */
export function logTime(state: ClusterState, self: Self, now: Reading): number {
  return state.time + Math.min(Math.max(now.monotonic - self.readAt, 0), protocol.step)
}

/** The member's place among those who may own tasks, by age. */
export function rankOf(state: ClusterState, id: number): number {
  let rank = 0
  for (const member of state.members.values()) if (member.ready && member.id < id) rank++
  return rank
}

function earliest(state: ClusterState): Member | undefined {
  let first: Member | undefined
  for (const member of state.members.values()) if (!first || member.deadline < first.deadline) first = member
  return first
}

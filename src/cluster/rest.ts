import { mustGo } from './membership.js'
import { logTime, rankOf } from './node-rules.js'
import type { Reading, Self } from './self.js'
import type { ClusterState } from './state.js'
import { beatTimers, pace } from './timers.js'

/** The longest rest: what is not foreseen here waits so long at most. */
const maxRest = 250

/**
 * For how long, ms, this node has nothing to decide unless something is read or happens here; 0 where it waits for
 * something. Only latency depends on it: a decision may be made at any time.
 */
export function restMs(state: ClusterState, self: Self, now: Reading): number {
  if (isWaiting(state, self)) return 0
  const leads = state.leader === self.id
  const { heartbeat } = beatTimers(self.identity.timers, state.members.size)
  const nextBeat = self.beatSentAt + (leads ? Math.min(pace.leaderBeat, heartbeat) : heartbeat)
  const quiet = pace.quiet + (leads ? 0 : pace.quietRank * (1 + rankOf(state, self.id)))
  const nextQuiet = Math.max(self.readAt, self.beatSentAt) + quiet
  const nextPoke = now.monotonic + state.derived.reapAt + pace.poke - logTime(state, self, now)
  const next = Math.min(nextBeat, nextQuiet, nextPoke)
  return Math.max(0, Math.min(maxRest, next - now.monotonic))
}

/** For an answer, for a task to stop, for its turn: all that time alone brings forward. */
function isWaiting(state: ClusterState, self: Self): boolean {
  const member = state.members.get(self.id)
  if (!member?.ready || mustGo(self) || self.diverged || state.leader === 0) return true
  if (self.releasedSentAt.size > 0 || self.tasks.size !== member.tasks.size) return true
  for (const { stopping, fenced } of self.tasks.values()) if (stopping || fenced) return true
  return state.leader === self.id && leaderIsWaiting(state, self)
}

function leaderIsWaiting(state: ClusterState, { leader, around }: Self): boolean {
  const { idle, assign, snapped, replies } = leader
  if (around.fencedTerm !== state.term || around.epochWanted || assign || !snapped || state.need) return true
  if (state.commands.size > 0 || replies.size > 0) return true
  return idle?.changes !== state.derived.changes || idle.version !== state.version || idle.want !== around.want
}

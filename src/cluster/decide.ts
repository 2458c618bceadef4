import { lead } from './leadership.js'
import { beat, claim, info, join, judge, leave } from './membership.js'
import { nodeRules, type NodeRules } from './node-rules.js'
import { checkpoint, reload } from './divergence.js'
import { checkMembership } from './observe.js'
import { release, start, stop } from './ownership.js'
import { tellLease } from './lease.js'
import type { Action, Reading, Self } from './self.js'
import type { ClusterState } from './state.js'
import { pace } from './timers.js'

/**
 * What this node must do now: called after each read, and again at the latest after `restMs`. `now` was read before, so
 * before anything is sent (R19). Beats come from here and nowhere else: a coordinator that cannot decide falls silent and
 * is replaced.
 */
export type Decide = (state: ClusterState, self: Self, now: Reading) => Action[]

export function decideBy(rules: NodeRules): Decide {
  return (state, self, now) => {
    if (self.diverged && now.monotonic - self.reloadedAt >= pace.reload) return reload(state, self, now)
    checkMembership(self, state)
    checkpoint(state, self, now)
    const member = state.members.get(self.id)
    if (member) judge(rules, state, self, member)
    const actions = stop(state, self)
    if (member)
      actions.push(
        ...beat(rules, state, self, member, now),
        ...start(state, self, member, now),
        ...release(state, self, member, now),
        ...claim(rules, state, self, member, now),
        ...info(self, now),
        ...lead(rules, state, self, now),
        ...leave(self, now),
      )
    else actions.push(...join(state, self, now))
    return [...tellLease(self), ...actions]
  }
}

export const decide = decideBy(nodeRules)

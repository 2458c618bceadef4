import { change, link, touch } from './chain.js'
import type { ClusterEvent, ClusterRecord, FoundEvent, SnapEvent } from './events.js'
import { command, expire, reply } from './fold-commands.js'
import { beat, claim, info, join, leave, reap } from './fold-members.js'
import { foldRules, type FoldRules } from './fold-rules.js'
import { assign, released } from './fold-tasks.js'
import { emptyState, type ClusterState } from './state.js'

/** Takes one record into the state, which is changed in place. True where its event was valid. */
export type Fold = (state: ClusterState, record: ClusterRecord) => boolean

/** Time first, then the event, then the dead: the member whose beat this is has moved its deadline and survives. */
export function foldBy(rules: FoldRules): Fold {
  return (state, record) => {
    const { offset, timestamp, event } = record
    state.offset = offset
    const gap = timestamp - (state.stamp ?? timestamp)
    state.time += rules.elapsed(gap) // R1
    state.stamp = timestamp
    link(state, record)
    const grace = rules.grace(gap) // R2
    if (grace > 0) state.grace = Math.max(state.grace, state.time + grace)
    const valid = event !== undefined && take(rules, state, event)
    if (event?.type !== 'need' && event?.type !== 'found') state.lastReal = offset
    reap(state)
    expire(state)
    return valid
  }
}

/** The cluster's fold. */
export const fold = foldBy(foldRules)

function take(rules: FoldRules, state: ClusterState, event: ClusterEvent): boolean {
  switch (event.type) {
    case 'join':
      return join(rules, state, event)
    case 'beat':
      return beat(rules, state, event)
    case 'info':
      return info(state, event)
    case 'leave':
      return leave(state, event)
    case 'claim':
      return claim(rules, state, event)
    case 'assign':
      return assign(rules, state, event)
    case 'released':
      return released(rules, state, event)
    case 'command':
      return command(state, event)
    case 'reply':
      return reply(state, event)
    case 'snap':
      return snap(state, event)
    case 'need':
      state.need = true
      return true
    case 'found':
      if (!rules.mayFind(state, event)) return false // R13
      found(state, event)
      return true
  }
}

/** Where the snapshot is, once all its parts have come in order; its content is for those who have no state. */
function snap(state: ClusterState, event: SnapEvent): boolean {
  const { member, at, part, parts } = event
  const open = state.snapPart
  const first =
    part === 0 ? state.offset : open?.member === member && open.at === at && open.next === part && open.first
  if (typeof first !== 'number') return false
  if (part + 1 < parts) {
    state.snapPart = { member, at, first, next: part + 1 }
    return true
  }
  state.snapPart = undefined
  state.snapOffset = first
  state.snapTime = state.time
  state.need = false
  return true
}

/** The cluster begins anew, for everybody: also for those who had no state, so nothing of the old one may show. */
export function found(state: ClusterState, event: FoundEvent): void {
  const { members, missing, tasks, connectors, commands, answered } = state
  for (const map of [members, missing, tasks, connectors, commands, answered]) map.clear()
  const { offset, stamp } = state
  Object.assign(state, emptyState(), { members, missing, tasks, connectors, commands, answered })
  state.offset = offset
  state.stamp = stamp
  state.term = event.term
  state.lastReal = event.end - 1
  touch(state, change.found, event.term)
}

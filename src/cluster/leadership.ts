import { commandKey, type AssignEvent, type AssignOp } from './events.js'
import { mustGo } from './membership.js'
import { logTime, type NodeRules } from './node-rules.js'
import { plan } from './plan.js'
import type { Action, Reading, Self } from './self.js'
import { snapEvents } from './snapshot.js'
import type { ClusterState } from './state.js'
import { assignBounds, pace } from './timers.js'
import { encodeEvent } from './wire.js'

/** How long a snapshot of the regular kind may be under way before another is sent. */
const snapshotPatience = 5_000

/** What the leader does, and nobody else. */
export function lead(rules: NodeRules, state: ClusterState, self: Self, now: Reading): Action[] {
  const duties = self.leader
  if (state.leader !== self.id) return []
  if (self.around.fencedTerm !== state.term) {
    // R27: nothing is decided on a config topic that an older leader may still write to
    if (duties.takeoverTerm === state.term) return []
    duties.takeoverTerm = state.term
    return [{ type: 'takeover', term: state.term }]
  }
  const actions = [...snapshot(state, self, now), ...commands(state, self), ...replies(state, self, now)]
  if (!mustGo(self)) assign(rules, state, self, now, actions)
  return actions
}

function snapshot(state: ClusterState, self: Self, now: Reading): Action[] {
  const duties = self.leader
  const waited = now.monotonic - duties.snapSentAt
  const wanted = (state.need || !duties.snapped) && waited >= pace.need
  const due = state.time - state.snapTime > pace.snapshot && waited >= snapshotPatience
  if (!wanted && !due) return []
  duties.snapSentAt = now.monotonic
  duties.snapped = true
  return snapEvents(state, self.id).map(event => ({ type: 'send', event }))
}

/** Each once, in log order; the actor executes those of one connector one after the other. */
function commands(state: ClusterState, self: Self): Action[] {
  const { executing, term } = self.leader
  const actions: Action[] = []
  if (executing.size === state.commands.size && executing.size === 0) return actions
  for (const [key, command] of state.commands) {
    if (executing.has(key)) continue
    executing.add(key)
    actions.push({ type: 'execute', command, term })
  }
  for (const key of executing) if (!state.commands.has(key)) executing.delete(key)
  return actions
}

function replies(state: ClusterState, self: Self, now: Reading): Action[] {
  const actions: Action[] = []
  for (const [key, reply] of self.leader.replies) {
    if (!state.commands.has(commandKey(reply.event.id))) self.leader.replies.delete(key)
    else if (now.monotonic - reply.sentAt >= pace.resend) {
      reply.sentAt = now.monotonic
      actions.push({ type: 'send', event: reply.event })
    }
  }
  return actions
}

/** One at a time; until it is read back the same again, so that a late one and its repeat are one. */
function assign(rules: NodeRules, state: ClusterState, self: Self, now: Reading, actions: Action[]): void {
  const duties = self.leader
  const pending = duties.assign
  if (pending) {
    if (now.monotonic - pending.sentAt < pace.resend) return
    pending.sentAt = now.monotonic
    actions.push({ type: 'send', event: pending.event })
    return
  }
  const ops = self.around.epochWanted ? [] : nextOps(rules, state, self, now, actions)
  if (ops.length === 0 && !self.around.epochWanted) return
  const event = bounded({ type: 'assign', member: self.id, term: state.term, version: state.version + 1, ops })
  duties.assign = { event, sentAt: now.monotonic }
  actions.push({ type: 'send', event })
}

function nextOps(
  rules: NodeRules,
  state: ClusterState,
  self: Self,
  now: Reading,
  actions: Action[],
): readonly AssignOp[] {
  const duties = self.leader
  const { want, fencedSets } = self.around
  if (now.monotonic < self.grantsFrom) return []
  const { idle } = duties
  if (idle && idle.changes === state.derived.changes && idle.version === state.version && idle.want === want) return []
  const next = plan(state, want, {
    safe: lost => rules.isSafe(self, lost, now),
    time: logTime(state, self, now),
    after: duties.turn,
    protocol: self.identity.protocol,
    fencedSets,
  })
  duties.turn = next.turn
  duties.idle = next.idle ? { changes: state.derived.changes, version: state.version, want } : undefined
  for (const { name, generation } of next.fence) {
    if (duties.fencing.get(name) === generation) continue
    duties.fencing.set(name, generation)
    actions.push({ type: 'fence', connector: name, generation })
  }
  return next.ops
}

/** At most so many ops and bytes; what is left follows in the next. */
function bounded(event: AssignEvent): AssignEvent {
  let ops = event.ops.slice(0, assignBounds.ops)
  while (ops.length > 1 && encodeEvent({ ...event, ops }).length > assignBounds.bytes)
    ops = ops.slice(0, Math.ceil(ops.length / 2))
  return { ...event, ops }
}

import type { BeatEvent, InfoEvent } from './events.js'
import { logTime, rankOf, type NodeRules } from './node-rules.js'
import { leaseHeld, type Action, type Reading, type Self } from './self.js'
import { mayOwn, type ClusterState, type Member } from './state.js'
import { beatTimers, pace } from './timers.js'

/**
 * A node without an id asks to join, or is done. Not before everything has stopped that it ran under a former id: the new
 * lease would hold for that too (I3).
 */
export function join(state: ClusterState, self: Self, now: Reading): Action[] {
  const { leaveReason } = self
  if (self.tasks.size > 0) return []
  if (leaveReason === 'superseded' || leaveReason === 'foreign') return exit(leaveReason)
  if (self.around.leaving) return exit('left')
  self.leaveReason = undefined
  if (now.monotonic - self.joinSentAt < pace.join) return []
  if (self.incarnation === '') {
    self.joins++
    self.incarnation = `${self.identity.entropy}${self.joins.toString(16).padStart(4, '0')}`
  }
  self.joinSentAt = now.monotonic
  const { node, url, release, fingerprint, timers } = self.identity
  const { ttl } = beatTimers(timers, state.members.size + 1)
  return [
    { type: 'send', event: { type: 'join', incarnation: self.incarnation, node, url, release, ttl, fingerprint } },
  ]
}

function exit(reason: 'superseded' | 'foreign' | 'left'): Action[] {
  return [{ type: 'exit', reason }]
}

/**
 * Notes why this member has to go, if it has. A leader finds a later term than its own in the stores only if the log has
 * lost the claim (§9): nobody would read what it writes there any more, so the next leader has to have a term above.
 */
export function judge(rules: NodeRules, state: ClusterState, self: Self, member: Member): void {
  if (member.foreign) self.leaveReason = 'foreign'
  else if (member.superseded)
    self.leaveReason = 'superseded' // R4
  else if (rules.isLate(self))
    self.leaveReason ??= 'late' // R17
  else if (state.leader === self.id && self.around.storesTerm > state.term) self.leaveReason ??= 'outdated' // R16
}

export function mustGo(self: Self): boolean {
  return self.around.leaving !== undefined || self.leaveReason !== undefined
}

/** Only after all its tasks have stopped: they get other owners at once. */
export function leave(self: Self, now: Reading): Action[] {
  if (!mustGo(self) || self.tasks.size > 0) return []
  if (self.leaveSentAt !== undefined && now.monotonic - self.leaveSentAt < pace.resend) return []
  self.leaveSentAt = now.monotonic
  const back = Math.min(self.around.leaving?.back ?? 0, self.identity.maxHold)
  return [{ type: 'send', event: { type: 'leave', member: self.id, back } }]
}

export function beat(rules: NodeRules, state: ClusterState, self: Self, member: Member, now: Reading): Action[] {
  if (self.leaveSentAt !== undefined) return []
  const leads = state.leader === self.id
  const { heartbeat, ttl } = beatTimers(self.identity.timers, state.members.size)
  // only who reads can be ready: its beat has come back, in time
  const ready = self.around.storesReady && leaseHeld(self.lease, now)
  const news = ready && !member.ready && !member.foreign && !self.beatReady
  const due = now.monotonic - self.beatSentAt >= (leads ? Math.min(pace.leaderBeat, heartbeat) : heartbeat)
  if (!due && !news && !rules.isQuiet(state, self, now) && !rules.mayPoke(state, self, now)) return [] // R14, R15
  self.beatSentAt = now.monotonic
  self.beatReady = ready
  self.ttl = Math.max(self.ttl, ttl)
  const seq = ++self.beatSeq
  self.beats.set(seq, now) // R19
  const trail = { offset: state.offset, chain: state.chain }
  const event: BeatEvent = {
    type: 'beat',
    member: self.id,
    seq,
    ttl,
    ready,
    ...((leads || seq % pace.trailBeats === 0) && { trail }),
    ...(leads && { snapOffset: state.snapOffset }),
  }
  return [{ type: 'send', event }]
}

export function claim(rules: NodeRules, state: ClusterState, self: Self, member: Member, now: Reading): Action[] {
  if (self.leaderlessSince === undefined || mustGo(self)) return []
  if (!mayOwn(member) || !leaseHeld(self.lease, now)) return []
  const wait = Math.min(rankOf(state, self.id), pace.maxRank) * pace.rank
  if (now.monotonic - self.leaderlessSince < wait || now.monotonic - self.claimSentAt < pace.resend) return []
  self.claimSentAt = now.monotonic
  return [{ type: 'send', event: { type: 'claim', member: self.id, term: rules.nextTerm(state, self) } }] // R16
}

/** Loads, when they have changed by a tenth. */
export function info(self: Self, now: Reading): Action[] {
  const measured = self.around.info
  if (!measured || measured === self.infoSent || now.monotonic - self.infoSentAt < pace.info) return []
  const before = self.infoSent
  const moved = (a: number, b: number) => Math.abs(a - b) > Math.max(Math.abs(b) / 10, 1)
  const loads = [...measured.loads].filter(([task, load]) => moved(load, before?.loads.get(task) ?? 0))
  const changed = !before || moved(measured.cpu, before.cpu) || moved(measured.memory, before.memory)
  if (!changed && loads.length === 0) return []
  self.infoSentAt = now.monotonic
  self.infoSent = measured
  const event: InfoEvent = { type: 'info', member: self.id, loads, cpu: measured.cpu, memory: measured.memory }
  return [{ type: 'send', event }]
}

/** When a command sent now is not worth executing any more. */
export function commandExpiry(state: ClusterState, self: Self, now: Reading): number {
  return Math.ceil(logTime(state, self, now)) + pace.command
}

import { compareEpochs } from '../core/epoch.js'
import type { BeatEvent, ClusterRecord } from './events.js'
import { nodeRules, type NodeRules } from './node-rules.js'
import { noDuties, noLease, type Reading, type Self } from './self.js'
import type { ClusterState } from './state.js'

/** Beats under way: those that never come back must not pile up (I6). */
const maxBeats = 1_024

/** After each fold: what the record means for this node. `accepted` is what the fold said. */
export type Observe = (self: Self, state: ClusterState, record: ClusterRecord, accepted: boolean, now: Reading) => void

export function observeBy(rules: NodeRules): Observe {
  return (self, state, { offset, event }, accepted, now) => {
    self.readAt = now.monotonic
    self.trail.note(state)
    if (accepted && event?.type === 'join' && self.id === 0 && event.incarnation === self.incarnation) {
      self.id = offset + 1
      self.ttl = event.ttl
    }
    if (accepted && event?.type === 'beat') {
      self.seen.set(event.member, now.monotonic) // R18
      if (event.member === self.id) ownBeat(rules, self, state, event, now)
      if (event.trail && !agrees(self, event.trail)) self.diverged = true
    }
    if (state.offset >= self.id - 1) checkMembership(self, state)
    if (event?.type === 'assign' && accepted && event.member === self.id) {
      self.leader.assign = undefined
      if (event.ops.length === 0) {
        self.leader.epoch = { term: event.term, offset }
        self.around.epochWanted = false
      }
    }
    if (self.leader.term !== state.term) self.leader = noDuties(state.term)
    self.leaderlessSince = state.leader === 0 ? (self.leaderlessSince ?? now.monotonic) : undefined
    if (self.seen.size > 2 * state.members.size + 64) forgetSeen(self, state)
    if (self.started.size > 2 * state.tasks.size + 64) forgetStarted(self, state)
  }
}

export const observe = observeBy(nodeRules)

/** The node has loaded a state that it did not fold itself, and trusts nothing that it knew about others. */
export function adopt(self: Self, state: ClusterState, now: Reading): void {
  self.stateSince = now.monotonic
  self.readAt = now.monotonic
  self.seen.clear()
  self.trail.clear()
  self.trustFrom = Infinity
  self.trail.note(state)
  self.diverged = false
  self.leader = noDuties(state.term)
  self.leaderlessSince = state.leader === 0 ? now.monotonic : undefined
}

/** I3: nothing is known any more of what the log says: no lease until a later beat has come back. */
export function voidLease(self: Self): void {
  self.lease = noLease
  self.leaseSeq = self.beatSeq
  self.beats.clear()
}

/**
 * Own death. To be asked of a state that has folded this node's own join: one just loaded may be older. A younger member
 * of the same name is another process, which has taken this one's place (R4).
 */
export function checkMembership(self: Self, state: ClusterState): void {
  if (self.id === 0 || state.members.get(self.id)?.incarnation === self.incarnation) return
  for (const { id, node, beaten } of state.members.values())
    if (id > self.id && node === self.identity.node && beaten) self.leaveReason = 'superseded'
  forgetMembership(self)
}

/** This incarnation is over, for good (R5). */
function forgetMembership(self: Self): void {
  self.id = 0
  self.incarnation = ''
  self.beats.clear()
  self.lease = noLease
  self.leaseSeq = 0
  self.beatSentAt = -Infinity
  self.beatReady = false
  self.lateSince = undefined
  self.leaveSentAt = undefined
  self.joinSentAt = -Infinity
  self.releasedSentAt.clear()
}

/** R20: the lease counts from before the beat was sent (R19), by the longest ttl that the fold knows (R6). */
function ownBeat(rules: NodeRules, self: Self, state: ClusterState, event: BeatEvent, now: Reading): void {
  const sent = self.beats.get(event.seq)
  if (!sent) return
  for (const seq of self.beats.keys()) if (seq <= event.seq || self.beats.size > maxBeats) self.beats.delete(seq)
  const ttl = state.members.get(self.id)!.ttl
  if (event.seq > self.leaseSeq) {
    self.leaseSeq = event.seq
    self.lease = rules.leaseFrom(sent, ttl, now)
  }
  if (now.monotonic < self.lease.monotonic) {
    self.lateSince = undefined
    return
  }
  self.lateSince ??= now.monotonic
  self.lateUntil = now.monotonic
}

/** Whether the value another node had at that offset is the one this node had there, or this node cannot tell. */
function agrees(self: Self, theirs: { readonly offset: number; readonly chain: number }): boolean {
  if (theirs.offset < self.trustFrom) return true
  const mine = self.trail.at(theirs.offset)
  return mine === undefined || mine === theirs.chain
}

function forgetSeen(self: Self, state: ClusterState): void {
  const lost = new Set([...state.tasks.values()].map(task => task.lost?.member))
  for (const id of self.seen.keys()) if (!state.members.has(id) && !lost.has(id)) self.seen.delete(id)
}

function forgetStarted(self: Self, state: ClusterState): void {
  for (const [key, epoch] of self.started) {
    const task = state.tasks.get(key)
    if (!task || compareEpochs(task.epoch, epoch) > 0) self.started.delete(key)
  }
}

import { change, touch } from './chain.js'
import type { BeatEvent, ClaimEvent, InfoEvent, JoinEvent, LeaveEvent } from './events.js'
import type { FoldRules } from './fold-rules.js'
import { free } from './fold-tasks.js'
import { mayOwn, type ClusterState, type Member } from './state.js'
import { pace, protocol } from './timers.js'

export function join(rules: FoldRules, state: ClusterState, event: JoinEvent): boolean {
  if (rules.joinIsKnown(state, event)) return false // R3
  if (state.members.size === 0) state.fingerprint = event.fingerprint
  const member: Member = {
    id: state.offset + 1,
    node: event.node,
    incarnation: event.incarnation,
    url: event.url,
    release: event.release,
    ttl: event.ttl,
    deadline: state.time + event.ttl,
    beaten: false,
    ready: false,
    superseded: false,
    foreign: event.fingerprint !== state.fingerprint,
    cpu: 0,
    memory: 0,
    tasks: new Set(),
  }
  addMember(state, member)
  touch(state, change.joined, member.id)
  return true
}

/** Also what a snapshot's members go through. */
export function addMember(state: ClusterState, member: Member): void {
  state.members.set(member.id, member)
  state.derived.incarnations.set(member.incarnation, member.id)
  state.derived.reapAt = Math.min(state.derived.reapAt, member.deadline)
}

export function beat(rules: FoldRules, state: ClusterState, event: BeatEvent): boolean {
  const member = rules.renewedBy(state, event) // R5
  if (!member) return false
  member.ttl = rules.ttlAfter(member, event.ttl) // R6
  member.deadline = Math.max(member.deadline, state.time + member.ttl)
  if (!member.beaten) firstBeat(rules, state, member)
  if (event.ready && !member.ready && !member.foreign) {
    member.ready = true
    touch(state, change.ready, member.id)
    membershipChanged(state)
  }
  return true
}

/** R4 waits for the younger one's first beat: the join may be a late duplicate, of a process that is its own successor now. */
function firstBeat(rules: FoldRules, state: ClusterState, member: Member): void {
  member.beaten = true
  if (member.foreign) return
  state.missing.delete(member.node)
  for (const older of state.members.values()) {
    if (older.superseded || !rules.supersedes(member, older)) continue
    older.superseded = true
    state.derived.reapAt = Math.min(state.derived.reapAt, older.deadline)
    touch(state, change.ready, -older.id)
    membershipChanged(state)
  }
}

export function info(state: ClusterState, event: InfoEvent): boolean {
  const member = state.members.get(event.member)
  if (!member) return false
  member.cpu = event.cpu
  member.memory = event.memory
  for (const [key, load] of event.loads) {
    const task = state.tasks.get(key)
    if (task?.owner === member.id) task.load = load
  }
  return true
}

export function claim(rules: FoldRules, state: ClusterState, event: ClaimEvent): boolean {
  if (!state.members.has(event.member) || !rules.mayClaim(state, event)) return false // R7
  state.term = event.term
  state.leader = event.member
  touch(state, change.term, event.term, event.member)
  return true
}

export function leave(state: ClusterState, event: LeaveEvent): boolean {
  const member = state.members.get(event.member)
  if (!member) return false
  const hold = event.back > 0 ? { node: member.node, until: state.time + event.back } : undefined
  remove(state, member, { hold })
  if (hold) noteMissing(state, member, hold.until)
  return true
}

/** The dead: once and for good (R5). Scans only when log time has passed the earliest deadline that it knows of. */
export function reap(state: ClusterState): void {
  if (state.time <= state.derived.reapAt) return
  let next = Infinity
  for (const member of state.members.values()) {
    const mortalFrom = member.superseded ? 0 : state.grace // R2, R4
    if (member.deadline < state.time && state.time >= mortalFrom) bury(state, member)
    else next = Math.min(next, Math.max(member.deadline, mortalFrom - 1))
  }
  state.derived.reapAt = next
}

function bury(state: ClusterState, member: Member): void {
  remove(state, member, { lost: { member: member.id, ttl: member.ttl } })
  if (!member.superseded) noteMissing(state, member, 0)
}

function noteMissing(state: ClusterState, { node, url, release, foreign, beaten }: Member, back: number): void {
  if (foreign || !beaten) return
  const { missing, time } = state
  missing.delete(node)
  missing.set(node, { node, url, release, time, back })
  for (const [name, { time: since }] of missing)
    if (missing.size > protocol.maxMissing || since + protocol.missing < time) missing.delete(name)
}

function remove(state: ClusterState, member: Member, why: Parameters<typeof free>[2]): void {
  state.members.delete(member.id)
  if (state.derived.incarnations.get(member.incarnation) === member.id)
    state.derived.incarnations.delete(member.incarnation)
  for (const key of member.tasks) free(state, state.tasks.get(key)!, why)
  if (state.leader === member.id) {
    state.leader = 0
    touch(state, change.term, 0)
  }
  touch(state, change.removed, member.id)
  if (mayOwn(member)) membershipChanged(state)
}

/** A crowd of changes is taken as one: it ends when it pauses, or after a while. */
function membershipChanged(state: ClusterState): void {
  if (state.time - state.changed >= pace.crowd) state.crowd = state.time
  state.changed = state.time
}

import { deflateSync } from 'node:zlib'
import type { SnapEvent } from './events.js'
import { addCommand, rememberAnswer } from './fold-commands.js'
import { addMember } from './fold-members.js'
import { addConnector } from './fold-tasks.js'
import { Fields } from './fields.js'
import { inflate, pack, unpack } from './packing.js'
import { packTasks, unpackTasks } from './snapshot-tasks.js'
import { emptyState, type ClusterState, type Member } from './state.js'
import { packPlan, unpackPlan } from './wire-assign.js'

/** Of one record's share of a snapshot. */
const partBytes = 512 * 1024
const flags = { beaten: 1, ready: 2, superseded: 4, foreign: 8 } as const

/** The state in its one form: the same bytes from every node that has folded the same records. */
export function packState(state: ClusterState): Uint8Array {
  const { offset, time, stamp, grace, term, leader, version, fingerprint, nextConnector } = state
  const { lastReal, changed, crowd, snapTime, snapOffset, snapPart, need, chain } = state
  const scalars = [
    time,
    grace,
    term,
    leader,
    version,
    nextConnector,
    lastReal,
    changed,
    crowd,
    snapTime,
    snapOffset,
    chain,
  ]
  const members = [...state.members.values()].toSorted((a, b) => a.id - b.id)
  const index = new Map(members.map(({ id }, at) => [id, at + 1]))
  const connectors = [...state.connectors.values()].toSorted((a, b) => a.number - b.number)
  return pack([
    [offset, ...scalars],
    stamp === undefined ? [] : [stamp],
    fingerprint,
    need ? 1 : 0,
    snapPart ? [snapPart.member, snapPart.at, snapPart.first, snapPart.next] : [],
    members.flatMap(packMember),
    connectors.map(each => [
      each.number,
      each.name,
      each.plan ? packPlan(each.plan) : null,
      [each.since.term, each.since.offset],
      packTasks(state, each, index),
    ]),
    [...state.commands.values()].flatMap(({ id, op, body, expires, at }) => [id.member, id.seq, op, body, expires, at]),
    [...state.answered].flat(),
    [...state.missing.values()].flatMap(({ node, url, release, time: since, back }) => [
      node,
      url,
      release,
      since,
      back,
    ]),
  ])
}

/** The parts of a snapshot of the state as it is now, to be appended in this order. */
export function snapEvents(state: ClusterState, member: number, maxPart = partBytes): SnapEvent[] {
  const bytes = deflateSync(packState(state))
  const parts = Math.ceil(bytes.length / maxPart)
  return Array.from({ length: parts }, (_, part) => ({
    type: 'snap',
    member,
    at: state.offset,
    part,
    parts,
    bytes: bytes.subarray(part * maxPart, (part + 1) * maxPart),
  }))
}

/** The state from the joined bytes of all parts. Undefined where they are no snapshot that this release understands. */
export function loadState(parts: readonly Uint8Array[]): ClusterState | undefined {
  try {
    return unpackState(new Fields(unpack(inflate(Buffer.concat(parts)))))
  } catch {
    return undefined
  }
}

function unpackState(fields: Fields): ClusterState {
  const state = emptyState()
  const scalars = fields.list()
  state.offset = scalars.integer(-1)
  state.time = scalars.integer()
  state.grace = scalars.integer()
  state.term = scalars.integer()
  state.leader = scalars.integer()
  state.version = scalars.integer()
  state.nextConnector = scalars.integer()
  state.lastReal = scalars.integer(-1)
  state.changed = scalars.integer()
  state.crowd = scalars.integer()
  state.snapTime = scalars.integer()
  state.snapOffset = scalars.integer(-1)
  state.chain = scalars.integer(-(2 ** 31))
  const stamp = fields.list()
  if (stamp.more) state.stamp = stamp.integer(-(2 ** 52))
  state.fingerprint = fields.text()
  state.need = fields.integer() === 1
  const part = fields.list()
  if (part.more) {
    const [member, at, first, next] = [part.integer(), part.integer(), part.integer(), part.integer()]
    state.snapPart = { member, at, first, next }
  }
  const members = fields.list().all(unpackMember)
  for (const member of members) addMember(state, member)
  fields.list().all(all => {
    unpackConnector(state, all.list(), members)
  })
  fields.list().all(all => {
    unpackCommand(state, all)
  })
  fields.list().all(all => {
    const key = all.text()
    rememberAnswer(state, key, all.integer())
  })
  fields.list().all(all => {
    const [node, url, release] = [all.text(), all.text(), all.text()]
    state.missing.set(node, { node, url, release, time: all.integer(), back: all.integer() })
  })
  return state
}

function packMember(member: Member): unknown[] {
  const { id, node, incarnation, url, release, ttl, deadline, beaten, ready, superseded, foreign, cpu, memory } = member
  const bits =
    (beaten ? flags.beaten : 0) +
    (ready ? flags.ready : 0) +
    (superseded ? flags.superseded : 0) +
    (foreign ? flags.foreign : 0)
  return [id, node, incarnation, url, release, ttl, deadline, bits, cpu, memory]
}

function unpackMember(fields: Fields): Member {
  const id = fields.integer(1)
  const [node, incarnation, url, release] = [fields.text(), fields.text(), fields.text(), fields.text()]
  const [ttl, deadline, bits, cpu, memory] = Array.from({ length: 5 }, () => fields.integer()) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const set = (flag: number) => (bits & flag) !== 0
  return {
    id,
    node,
    incarnation,
    url,
    release,
    ttl,
    deadline,
    beaten: set(flags.beaten),
    ready: set(flags.ready),
    superseded: set(flags.superseded),
    foreign: set(flags.foreign),
    cpu,
    memory,
    tasks: new Set(),
  }
}

function unpackConnector(state: ClusterState, fields: Fields, members: readonly Member[]): void {
  const number = fields.integer()
  const name = fields.text()
  const plan = fields.optional()
  const set = fields.list()
  const since = { term: set.integer(), offset: set.integer(-1) }
  addConnector(state, { number, name, plan: plan && unpackPlan(plan), since, tasks: new Set() })
  unpackTasks(state, fields.list(), { number, name }, members)
}

function unpackCommand(state: ClusterState, fields: Fields): void {
  const id = { member: fields.integer(), seq: fields.integer() }
  const op = fields.text()
  const body = fields.bytes()
  const expires = fields.integer()
  addCommand(state, { id, op, body, expires, at: fields.integer() })
}

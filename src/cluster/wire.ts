import type { AssignEvent, BeatEvent, ClusterEvent, CommandId, InfoEvent, JoinEvent, ReleasedEvent } from './events.js'
import { Fields } from './fields.js'
import { deflateLarge, inflate, pack, unpack } from './packing.js'
import { packKey, packOps, unpackKey, unpackOps } from './wire-assign.js'

/** The first field of each record's body. Never used for anything else, also when a kind is given up. */
const types = {
  join: 1,
  beat: 2,
  info: 3,
  leave: 4,
  claim: 5,
  assign: 6,
  released: 7,
  command: 8,
  reply: 9,
  snap: 10,
  need: 11,
  found: 12,
} as const satisfies Record<ClusterEvent['type'], number>
const names: ReadonlyMap<number, ClusterEvent['type']> = new Map(
  Object.entries(types).map(([name, number]) => [number, name as ClusterEvent['type']]),
)

/** The body of the record that carries the event: a msgpack array, deflated where it is large. */
export function encodeEvent(event: ClusterEvent): Uint8Array {
  const body = pack([types[event.type], ...fieldsOf(event)])
  // a snapshot's bytes are deflated already
  return event.type === 'snap' ? body : deflateLarge(body)
}

/**
 * Undefined for what this release does not know and for what is malformed: such a record is skipped, it harms nobody.
 * Fields that follow the known ones are a later release's, and ignored.
 */
export function decodeEvent(body: Uint8Array): ClusterEvent | undefined {
  try {
    const fields = new Fields(unpack(inflate(body)))
    const type = names.get(fields.integer())
    return type && read(type, fields)
  } catch {
    return undefined
  }
}

function fieldsOf(event: ClusterEvent): unknown[] {
  switch (event.type) {
    case 'join': {
      const { incarnation, node, url, release, ttl, fingerprint } = event
      return [incarnation, node, url, release, ttl, fingerprint]
    }
    case 'beat': {
      const fields: unknown[] = [event.member, event.seq, event.ttl, event.ready ? 1 : 0]
      if (event.trail) fields.push(event.trail.offset, event.trail.chain)
      if (event.trail && event.snapOffset !== undefined) fields.push(event.snapOffset)
      return fields
    }
    case 'info': {
      const { member, cpu, memory, loads } = event
      return [member, cpu, memory, loads.flatMap(([task, load]) => [...packKey(task), load])]
    }
    case 'leave':
      return [event.member, event.back]
    case 'claim':
      return [event.member, event.term]
    case 'assign':
      return [event.member, event.term, event.version, ...packOps(event.ops)]
    case 'released': {
      const tasks = event.tasks.flatMap(({ task, epoch }) => [...packKey(task), epoch.term, epoch.offset])
      return [event.member, ...tasks]
    }
    case 'command': {
      const { id, op, body, expires } = event
      return [id.member, id.seq, op, body, expires]
    }
    case 'reply': {
      const { term, id, status, body, configOffset } = event
      return [term, id.member, id.seq, status, body, configOffset]
    }
    case 'snap': {
      const { member, at, part, parts, bytes } = event
      return [member, at, part, parts, bytes]
    }
    case 'need':
      return []
    case 'found':
      return [event.end, event.term]
  }
}

function read(type: ClusterEvent['type'], fields: Fields): ClusterEvent {
  switch (type) {
    case 'join':
      return readJoin(fields)
    case 'beat':
      return readBeat(fields)
    case 'info':
      return readInfo(fields)
    case 'leave': {
      const member = fields.integer()
      return { type, member, back: fields.integer() }
    }
    case 'claim': {
      const member = fields.integer()
      return { type, member, term: fields.integer() }
    }
    case 'assign':
      return readAssign(fields)
    case 'released':
      return readReleased(fields)
    case 'command': {
      const id = readId(fields)
      const op = fields.text()
      const body = fields.bytes()
      return { type, id, op, body, expires: fields.integer() }
    }
    case 'reply': {
      const term = fields.integer()
      const id = readId(fields)
      const status = fields.integer()
      const body = fields.bytes()
      return { type, term, id, status, body, configOffset: fields.integer(-1) }
    }
    case 'snap': {
      const member = fields.integer()
      const at = fields.integer()
      const part = fields.integer()
      const parts = fields.integer(1)
      return { type, member, at, part, parts, bytes: fields.bytes() }
    }
    case 'need':
      return { type }
    case 'found': {
      const end = fields.integer()
      return { type, end, term: fields.integer() }
    }
  }
}

function readJoin(fields: Fields): JoinEvent {
  const incarnation = fields.text()
  const node = fields.text()
  const url = fields.text()
  const release = fields.text()
  const ttl = fields.integer(1)
  return { type: 'join', incarnation, node, url, release, ttl, fingerprint: fields.text() }
}

function readBeat(fields: Fields): BeatEvent {
  const member = fields.integer()
  const seq = fields.integer()
  const ttl = fields.integer(1)
  const beat: BeatEvent = { type: 'beat', member, seq, ttl, ready: fields.integer() === 1 }
  if (!fields.more) return beat
  const offset = fields.integer(-1)
  const trail = { offset, chain: fields.integer(-(2 ** 31)) }
  return fields.more ? { ...beat, trail, snapOffset: fields.integer(-1) } : { ...beat, trail }
}

function readInfo(fields: Fields): InfoEvent {
  const member = fields.integer()
  const cpu = fields.integer()
  const memory = fields.integer()
  const loads = fields.list().all(all => [unpackKey(all), all.integer()] as const)
  return { type: 'info', member, cpu, memory, loads }
}

function readAssign(fields: Fields): AssignEvent {
  const member = fields.integer()
  const term = fields.integer()
  const version = fields.integer()
  return { type: 'assign', member, term, version, ops: unpackOps(fields) }
}

function readReleased(fields: Fields): ReleasedEvent {
  const member = fields.integer()
  const tasks = fields.all(all => {
    const task = unpackKey(all)
    const term = all.integer()
    return { task, epoch: { term, offset: all.integer(-1) } }
  })
  return { type: 'released', member, tasks }
}

function readId(fields: Fields): CommandId {
  const member = fields.integer()
  return { member, seq: fields.integer() }
}

import fc from 'fast-check'
import { pack } from 'msgpackr'
import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { keyOf, type AssignOp, type ClusterEvent } from '../../src/cluster/events.js'
import { packBody, unpackBody } from '../../src/cluster/packing.js'
import { decodeEvent, encodeEvent } from '../../src/cluster/wire.js'

const int = fc.nat({ max: 2 ** 40 })
const epoch = fc.record({ term: fc.nat(), offset: fc.integer({ min: -1, max: 2 ** 40 }) })
const task = fc.tuple(fc.nat({ max: 5_000 }), fc.integer({ min: -1, max: 2_000 })).map(([c, n]) => keyOf(c, n))
const name = fc.string({ minLength: 1, maxLength: 12 })
const bytes = fc.uint8Array({ maxLength: 40 })
const topic = fc.record({ topic: name, partitions: fc.nat({ max: 900 }), index: fc.nat() })
const trail = fc.record({ offset: fc.integer({ min: -1 }), chain: fc.integer() })
const id = fc.record({ member: int, seq: fc.nat() })

/** In the order in which an assign is written, and definitions by connector. */
const ops = fc
  .tuple(
    fc.array(
      fc.record({
        op: fc.constant('plan' as const),
        connector: name,
        generation: fc.nat(),
        taskCount: fc.nat(),
        topics: fc.array(topic, { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
    fc.array(fc.record({ op: fc.constant('drop' as const), task }), { maxLength: 5 }),
    fc.uniqueArray(fc.record({ op: fc.constant('grant' as const), task, member: int }), {
      maxLength: 5,
      selector: op => op.member,
    }),
    fc.array(fc.record({ op: fc.constant('move' as const), task, next: int, epoch }), { maxLength: 5 }),
  )
  .map(([plans, drops, grants, moves]): AssignOp[] => {
    const defs =
      plans.length === 0
        ? []
        : [-1, 0, 1, 5].map(n => ({ op: 'def' as const, connector: plans[0]!.connector, task: n }))
    return [...plans, ...defs, ...drops, ...grants, ...moves]
  })

const event: fc.Arbitrary<ClusterEvent> = fc.oneof(
  fc.record({
    type: fc.constant('join' as const),
    incarnation: name,
    node: name,
    url: name,
    release: name,
    ttl: fc.integer({ min: 1, max: 1e6 }),
    fingerprint: name,
  }),
  fc.record(
    {
      type: fc.constant('beat' as const),
      member: int,
      seq: fc.nat(),
      ttl: fc.integer({ min: 1, max: 1e6 }),
      ready: fc.boolean(),
      trail,
    },
    { requiredKeys: ['type', 'member', 'seq', 'ttl', 'ready'] },
  ),
  fc.record({
    type: fc.constant('beat' as const),
    member: int,
    seq: fc.nat(),
    ttl: fc.constant(9),
    ready: fc.boolean(),
    trail,
    snapOffset: fc.integer({ min: -1 }),
  }),
  fc.record({
    type: fc.constant('info' as const),
    member: int,
    cpu: fc.nat(),
    memory: int,
    loads: fc.array(fc.tuple(task, fc.nat()), { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant('leave' as const), member: int, back: fc.nat() }),
  fc.record({ type: fc.constant('claim' as const), member: int, term: fc.nat() }),
  fc.record({ type: fc.constant('assign' as const), member: int, term: fc.nat(), version: fc.nat(), ops }),
  fc.record({
    type: fc.constant('released' as const),
    member: int,
    tasks: fc.array(fc.record({ task, epoch }), { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant('command' as const), id, op: name, body: bytes, expires: int }),
  fc.record({
    type: fc.constant('reply' as const),
    term: fc.nat(),
    id,
    status: fc.nat(),
    body: bytes,
    configOffset: fc.integer({ min: -1 }),
  }),
  fc.record({
    type: fc.constant('snap' as const),
    member: int,
    at: int,
    part: fc.nat(),
    parts: fc.integer({ min: 1, max: 9 }),
    bytes,
  }),
  fc.constant({ type: 'need' as const }),
  fc.record({ type: fc.constant('found' as const), end: int, term: fc.nat() }),
)

test('every event comes back as it was', () => {
  fc.assert(
    fc.property(event, each => {
      expect(decodeEvent(encodeEvent(each))).toEqual(each)
    }),
  )
})

test('bytes of any kind decode to nothing rather than fail', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), junk => {
      decodeEvent(junk)
      decodeEvent(deflateSync(junk))
    }),
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 14 }),
      fc.array(fc.anything({ maxDepth: 2 }), { maxLength: 6 }),
      (type, fields) => {
        let body
        try {
          body = pack([type, ...fields])
        } catch {
          return // what msgpack cannot say nobody can send
        }
        decodeEvent(body)
      },
    ),
  )
})

test('a later release’s fields and events are ignored', () => {
  expect(decodeEvent(pack([5, 7, 3, 'new', { a: 1 }]))).toEqual({ type: 'claim', member: 7, term: 3 })
  expect(decodeEvent(pack([200, 1, 2]))).toBeUndefined()
  // kind 9 of an assign's lists
  expect(decodeEvent(pack([6, 1, 2, 3, 9, ['x'], 3, [1, 0]]))).toEqual({
    type: 'assign',
    member: 1,
    term: 2,
    version: 3,
    ops: [{ op: 'drop', task: keyOf(1, 0) }],
  })
})

test('a stream that inflates without bound is refused', () => {
  expect(decodeEvent(deflateSync(Buffer.alloc(65 * 2 ** 20)))).toBeUndefined()
})

test('bodies carry JSON', () => {
  const body = { name: 'c', config: { 'tasks.max': '3' }, list: [1, null, true] }
  expect(unpackBody(packBody(body))).toEqual(body)
})

const member = 80_000
const size = (each: ClusterEvent) => encodeEvent(each).length

test('records are as small as the protocol says (§11)', () => {
  const beat = { type: 'beat', member, seq: 900, ttl: 3_500, ready: true } as const
  expect(size(beat)).toBeLessThanOrEqual(16)
  expect(size({ ...beat, trail: { offset: 90_000, chain: -2e9 }, snapOffset: 90_000 })).toBeLessThanOrEqual(31)
  expect(size({ type: 'claim', member, term: 7 })).toBeLessThanOrEqual(8)
  const join = {
    incarnation: '0123456789abcdef',
    node: 'worker-17:8083',
    url: 'http://worker-17:8083',
    release: '1.0.0',
  }
  expect(size({ type: 'join', ...join, ttl: 3_500, fingerprint: '0123456789ab' })).toBeLessThanOrEqual(92)
  const tasks = Array.from({ length: 10 }, (_, n) => ({ task: keyOf(9, n), epoch: { term: 7, offset: 90_000 } }))
  expect(size({ type: 'released', member, tasks })).toBeLessThanOrEqual(98)
})

test('so are assigns', () => {
  const grants = (members: number, tasks: number): ClusterEvent => ({
    type: 'assign',
    member: 1_000,
    term: 7,
    version: 30,
    ops: Array.from({ length: tasks }, (_, t) => ({
      op: 'grant',
      task: keyOf(1 + Math.floor(t / 10), (t % 10) - 1),
      member: 1_000 + (t % members),
    })),
  })
  const one = {
    ...grants(10, 10),
    ops: Array.from({ length: 10 }, (_, t) => ({ op: 'grant' as const, task: keyOf(300 + t, 2), member: 1_000 + t })),
  } as ClusterEvent
  expect(size(one)).toBeLessThanOrEqual(105)
  expect(size(grants(3, 30))).toBeLessThanOrEqual(96)
  expect(size(grants(10, 100))).toBeLessThanOrEqual(300)
  expect(size(grants(1_000, 10_000))).toBeLessThanOrEqual(28_000)
})

import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { loadState, packState, snapEvents } from '../../src/cluster/snapshot.js'
import { History } from './history.js'

/** Everything that a state can hold. */
function full(): History {
  const history = new History()
  const [a, b, c] = [history.join('a'), history.join('b'), history.join('c')]
  history.claim(a)
  history.define(4)
  history.define(2, 'd')
  const ops = [-1, 0, 1, 2].map((n, at) => ({ op: 'grant' as const, task: history.key(n), member: [a, b, c, a][at]! }))
  history.assign(ops)
  history.assign([{ op: 'move', task: history.key(2), next: b, epoch: history.task(2).epoch }])
  history.assign([{ op: 'drop', task: history.key(-1) }])
  history.add({ type: 'info', member: b, cpu: 30, memory: 5e9, loads: [[history.key(0), 12]] })
  history.beats([a, b], 4_000)
  history.add({ type: 'leave', member: b, back: 9_000 })
  history.join('a', { incarnation: 'a-2' })
  history.join('z', { fingerprint: 'other' })
  const command = { type: 'command', op: 'put', body: new Uint8Array([1, 2]), expires: 1e9 } as const
  history.add({ ...command, id: { member: a, seq: 1 } })
  history.add({ ...command, id: { member: a, seq: 2 } })
  history.add({
    type: 'reply',
    term: 1,
    id: { member: a, seq: 1 },
    status: 200,
    body: new Uint8Array(),
    configOffset: 1,
  })
  history.add({ type: 'snap', member: a, at: 3, part: 0, parts: 2, bytes: new Uint8Array([1]) })
  history.add({ type: 'need' })
  return history
}

test('a state comes back from its snapshot as it was, and folds on the same way', () => {
  const history = full()
  const parts = snapEvents(history.state, 1)
  const loaded = loadState(parts.map(({ bytes }) => bytes))!
  expect(packState(loaded)).toEqual(packState(history.state))
  const { derived: _mine, ...mine } = history.state
  const { derived: _theirs, ...theirs } = loaded
  expect(theirs).toEqual(mine)
  const other = new History()
  Object.assign(other, { state: loaded, records: history.records, clock: history.clock })
  const survivors = [...history.state.members.keys()]
  const from = history.records.length
  history.beats(survivors.slice(0, 1), 20_000)
  for (const record of history.records.slice(from)) other.fold(loaded, record)
  expect(packState(loaded)).toEqual(packState(history.state))
})

test('large ones come in parts with the same offset', () => {
  const { state } = full()
  const parts = snapEvents(state, 7, 100)
  expect(parts.length).toBeGreaterThan(2)
  expect(
    parts.every(({ at, parts: of, bytes }) => at === state.offset && of === parts.length && bytes.length <= 100),
  ).toBe(true)
  expect(packState(loadState(parts.map(({ bytes }) => bytes))!)).toEqual(packState(state))
})

test('what is no snapshot loads as nothing', () => {
  expect(loadState([])).toBeUndefined()
  expect(loadState([new Uint8Array([1, 2, 3])])).toBeUndefined()
  expect(loadState([deflateSync(Buffer.from([0x90]))])).toBeUndefined()
})

describe('sizes (§11)', () => {
  for (const [members, tasks, packed, deflated] of [
    [3, 30, 500, 300],
    [10, 100, 1_300, 620],
    [100, 1_000, 13_000, 4_200],
    [1_000, 10_000, 153_000, 38_000],
  ] as const)
    test(`${members} members, ${tasks} tasks`, () => {
      const history = new History()
      const ids = Array.from({ length: members }, (_, at) => {
        // incarnations are random, so they do not deflate
        const incarnation = (Math.imul(at + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0').repeat(2)
        return history.join(`worker-${at}:8083`, { ttl: 60_000, incarnation })
      })
      history.claim(ids[0]!)
      for (let c = 0; c < tasks / 10; c++) history.define(9, `connector-${c}`)
      const keys = [...history.state.tasks.keys()]
      history.assign(keys.map((task, at) => ({ op: 'grant', task, member: ids[at % members]! })))
      const bytes = packState(history.state)
      expect(bytes.length).toBeLessThanOrEqual(packed)
      expect(deflateSync(bytes).length).toBeLessThanOrEqual(deflated)
    })
})

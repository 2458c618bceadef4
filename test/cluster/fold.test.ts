import { expect, test } from 'vitest'
import { packState } from '../../src/cluster/snapshot.js'
import { protocol } from '../../src/cluster/timers.js'
import { foldBy } from '../../src/cluster/fold.js'
import { foldRules } from '../../src/cluster/fold-rules.js'
import { emptyState } from '../../src/cluster/state.js'
import { History } from './history.js'

/** a leads, b owns the connector instance of c. */
function owned() {
  const history = new History()
  const [a, b] = [history.join('a'), history.join('b')]
  history.claim(a)
  history.define(0)
  history.grant(history.key(-1), b)
  return { history, a, b, key: history.key(-1) }
}

test('a handover needs one word of the leader: with the release the next member owns the task, under a new epoch', () => {
  const { history, a, b, key } = owned()
  const { epoch } = history.task(-1)
  history.assign([{ op: 'move', task: key, next: a, epoch }])
  expect(history.task(-1)).toMatchObject({ owner: b, revoking: true, next: a })
  history.add({ type: 'released', member: b, tasks: [{ task: key, epoch }] })
  expect(history.task(-1)).toMatchObject({
    owner: a,
    revoking: false,
    next: 0,
    epoch: { term: 1, offset: history.state.offset },
  })
})

test('the dead lose their tasks and their leadership; the tasks remember whose lease may still run', () => {
  const { history, a, b } = owned()
  history.beats([b], 5_000)
  expect(history.alive(a)).toBe(false)
  expect(history.state).toMatchObject({ leader: 0, term: 1 })
  history.claim(b)
  const c = history.join('c')
  history.beats([c], 5_000)
  expect(history.task(-1)).toMatchObject({ owner: 0, lost: { member: b, ttl: 3_500 } })
})

test('the member whose beat is the record that shows its deadline has passed survives it', () => {
  const history = new History()
  const a = history.join('a')
  history.beats([history.join('b')], 3_000)
  history.beat(a, { after: 600 })
  expect(history.alive(a)).toBe(true)
})

test('who leaves and will be back has its tasks held for it; who just leaves has not', () => {
  const { history, b } = owned()
  history.add({ type: 'leave', member: b, back: 60_000 })
  expect(history.task(-1)).toMatchObject({ owner: 0, lost: undefined, hold: { node: 'b' } })
})

test('a dropped task vanishes when its owner has stopped it', () => {
  const { history, b, key } = owned()
  const { epoch } = history.task(-1)
  history.assign([{ op: 'drop', task: key }])
  expect(history.task(-1)).toMatchObject({ owner: b, revoking: true, drop: true })
  history.add({ type: 'released', member: b, tasks: [{ task: key, epoch }] })
  expect(history.state.tasks.size).toBe(0)
  expect(history.state.connectors.size).toBe(0)
})

test('a task whose owner died while it was being dropped stays known, or its name could be granted before that lease is over (R18)', () => {
  const { history, a, key } = owned()
  history.assign([{ op: 'drop', task: key }])
  history.beats([a], 5_000)
  expect(history.state.tasks.get(key)).toMatchObject({ owner: 0, drop: true, lost: { ttl: 3_500 } })
  expect(history.grant(key, a)).toBe(true)
  expect(history.state.tasks.get(key)!.owner).toBe(0)
  history.assign([{ op: 'drop', task: key }])
  expect(history.state.tasks.has(key)).toBe(false)
})

test('a drop that meets a lost task only marks it: it was decided while the owner lived', () => {
  const { history, a, key } = owned()
  history.beats([a], 5_000)
  history.assign([{ op: 'drop', task: key }])
  expect(history.state.tasks.get(key)).toMatchObject({ drop: true, lost: { ttl: 3_500 } })
})

test('a set of tasks has an epoch of its own: above the grants of the former set, below its own (R25)', () => {
  const { history, a, b } = owned()
  history.grant(history.key(-1), b)
  const connector = () => history.state.connectors.get(1)!
  const first = connector().since
  history.assign([
    { op: 'plan', connector: 'c', generation: 2, taskCount: 1, topics: [] },
    { op: 'def', connector: 'c', task: 0 },
  ])
  const second = connector().since
  expect(second.offset).toBeGreaterThan(first.offset)
  history.grant(history.key(0), a)
  expect(history.task(0).epoch.offset).toBeGreaterThan(second.offset)
  // more partitions, the same tasks
  const topics = [{ topic: 't', partitions: 3, index: 0 }]
  history.assign([{ op: 'plan', connector: 'c', generation: 2, taskCount: 1, topics }])
  expect(connector()).toMatchObject({ since: second, plan: { topics } })
})

test('another cluster’s node can never be ready, and supersedes nobody', () => {
  const history = new History()
  const a = history.join('a')
  const stranger = history.join('a', { incarnation: 'x', fingerprint: 'other' })
  expect(history.state.members.get(stranger)).toMatchObject({ foreign: true, ready: false })
  expect(history.state.members.get(a)!.superseded).toBe(false)
})

const body = new Uint8Array([1])
const command = (seq: number, expires = 1e9) =>
  ({ type: 'command', id: { member: 1, seq }, op: 'put', body, expires }) as const

test('a command is kept once, until the leader of now has answered it', () => {
  const { history } = owned()
  expect(history.add(command(1))).toBe(true)
  expect(history.add(command(1))).toBe(false)
  const reply = { type: 'reply', term: 0, id: { member: 1, seq: 1 }, status: 200, body, configOffset: 3 } as const
  expect(history.add(reply)).toBe(false)
  expect(history.add({ ...reply, term: 1 })).toBe(true)
  expect(history.state.commands.size).toBe(0)
  // a duplicate that comes late is not executed again
  expect(history.add(command(1))).toBe(false)
})

test('commands expire by log time, and their ids are forgotten then', () => {
  const { history, a, b } = owned()
  const expires = history.state.time + 1_000
  history.add(command(1, expires))
  history.add(command(2, expires))
  history.add({ type: 'reply', term: 1, id: { member: 1, seq: 2 }, status: 200, body, configOffset: -1 })
  history.beats([a, b], 2_000)
  expect(history.state.commands.size).toBe(0)
  expect(history.state.answered.size).toBe(0)
  expect(history.add(command(3, expires))).toBe(false)
})

test('commands beyond the bounds are refused (I6)', () => {
  const { history } = owned()
  for (let seq = 0; seq < protocol.maxCommands; seq++) expect(history.add(command(seq), 0)).toBe(true)
  expect(history.add(command(-1), 0)).toBe(false)
  const large = { ...command(1), body: new Uint8Array(3 * 2 ** 20) }
  const other = owned().history
  expect([1, 2, 3].map(seq => other.add({ ...large, id: { member: 1, seq } }))).toEqual([true, true, false])
})

test('founded anew, the state is the same for who had one and for who had none', () => {
  const { history } = owned()
  const found = { type: 'found', end: history.records.length, term: 7 } as const
  history.add({ type: 'need' }, 9_000)
  history.add(found, 9_000)
  const newcomer = emptyState()
  foldBy(foldRules)(newcomer, history.records.at(-1)!)
  expect(packState(newcomer)).toEqual(packState(history.state))
  expect(history.state).toMatchObject({ term: 7, leader: 0, time: 0, grace: 0 })
})

test('records that nobody understands only move time', () => {
  const { history } = owned()
  const { time } = history.state
  expect(history.add(undefined, 300)).toBe(false)
  expect(history.state.time).toBe(time + 300)
  expect(history.state.lastReal).toBe(history.state.offset)
})

test('a snapshot counts when all its parts have come in order', () => {
  const { history, a } = owned()
  history.add({ type: 'need' })
  const part = (at: number) => ({ type: 'snap', member: a, at: 3, part: at, parts: 3, bytes: body }) as const
  const first = history.records.length
  history.add(part(0))
  expect(history.add(part(2))).toBe(false)
  history.beat(a)
  history.add(part(1))
  expect(history.state.need).toBe(true)
  history.add(part(2))
  expect(history.state).toMatchObject({ need: false, snapOffset: first, snapPart: undefined })
})

test('1,000 members with 10,000 tasks fold fast', () => {
  const history = new History()
  const members = Array.from({ length: 1_000 }, (_, at) => history.join(`n${at}`, { ttl: 30_000 }))
  history.claim(members[0]!)
  for (let c = 0; c < 10; c++) history.define(999, `c${c}`)
  const tasks = [...history.state.tasks.keys()]
  expect(tasks).toHaveLength(10_000)
  history.assign(tasks.map((task, at) => ({ op: 'grant', task, member: members[at % 1_000]! })))
  const began = performance.now()
  for (let round = 0; round < 20; round++) for (const member of members) history.beat(member, { ttl: 30_000, after: 2 })
  // 20,000 beats are 40 s of such a cluster
  expect(performance.now() - began).toBeLessThan(4_000)
  expect(history.state.members.size).toBe(1_000)
})

import { describe, expect, test } from 'vitest'
import { advance, bootstrapRules, newBootstrap, take, type BootstrapRules } from '../../src/cluster/bootstrap.js'
import type { ClusterRecord } from '../../src/cluster/events.js'
import { fold } from '../../src/cluster/fold.js'
import { packState, snapEvents } from '../../src/cluster/snapshot.js'
import type { ClusterState } from '../../src/cluster/state.js'
import { History } from './history.js'

const at = (ms: number) => ({ monotonic: ms, wall: ms })
const stores = { term: 0 }

/** Reads the log from `start` as a newcomer does, until it has a state or waits; then folds to the end. */
function boot(records: readonly ClusterRecord[], start: number, rules: BootstrapRules = bootstrapRules) {
  const end = records.length
  const machine = newBootstrap({ start, end }, 3_500, at(0))
  for (let turn = 0; turn < 10; turn++) {
    for (; machine.position < end && (machine.phase === 'tail' || !machine.state);)
      take(machine, records[machine.position]!, at(0), rules)
    const step = advance(machine, end, stores, at(0), rules)
    if (step.type === 'ready') {
      for (const record of records.slice(step.from)) fold(step.state, record)
      return { machine, state: step.state, from: step.from }
    }
    if (step.type === 'send') return { machine, state: undefined, from: -1 }
  }
  throw new Error('The bootstrap goes round in circles.')
}

/** A cluster with a snapshot of which the state is older than its record. */
function cluster(quiet = 0): { history: History; snapOffset: number } {
  const history = new History()
  const [a, b] = [history.join('a'), history.join('b')]
  history.claim(a)
  history.define(0)
  history.grant(history.key(-1), b)
  const [snapshot] = snapEvents(history.state, a)
  // what was on its way when the snapshot was taken
  history.join('c')
  const { epoch } = history.task(-1)
  history.assign([{ op: 'move', task: history.key(-1), next: a, epoch }])
  history.add({ type: 'released', member: b, tasks: [{ task: history.key(-1), epoch }] })
  const snapOffset = history.records.length
  history.add(snapshot)
  history.beats([a, b], quiet)
  history.add({ type: 'beat', member: a, seq: 9, ttl: 3_500, ready: true, trail: { offset: 3, chain: 0 }, snapOffset })
  return { history, snapOffset }
}

const same = (state: ClusterState | undefined, history: History) =>
  state !== undefined && Buffer.from(packState(state)).equals(packState(history.state))

describe('R21: folding goes on behind what a snapshot holds, not behind its record', () => {
  test('a newcomer comes to the state of those who read everything', () => {
    const { history } = cluster()
    expect(same(boot(history.records, 2).state, history)).toBe(true)
  })
  test('and to another one without the rule', () => {
    const { history } = cluster()
    const from = (_: number, last: number) => last + 1
    expect(same(boot(history.records, 2, { ...bootstrapRules, foldFrom: from }).state, history)).toBe(false)
  })
})

describe('R22: a log whose start is gone is not folded from nothing', () => {
  const { history, snapOffset } = cluster()
  test('the newcomer asks for a snapshot', () => {
    const { state, machine } = boot(history.records, snapOffset + 1)
    expect(state).toBeUndefined()
    expect(machine.phase).toBe('wait')
  })
  test('and is alone in a cluster of its own without the rule', () => {
    const { state } = boot(history.records, snapOffset + 1, { ...bootstrapRules, isWhole: () => true })
    expect(state?.members.size).toBe(0)
  })
})

test('a new log, and one that is whole, is folded from its start', () => {
  expect(boot([], 0)).toMatchObject({ from: 0 })
  const history = new History()
  history.claim(history.join('a'))
  expect(boot(history.records, 0).from).toBe(0)
  expect(same(boot(history.records, 0).state, history)).toBe(true)
})

test('a snapshot that lies behind the tail is found where a leader’s beat says', () => {
  const { history, snapOffset } = cluster(200_000)
  expect(history.records.length - snapOffset).toBeGreaterThan(700)
  const { state, from } = boot(history.records, 1)
  expect(from).toBeLessThan(snapOffset)
  expect(same(state, history)).toBe(true)
})

test('of several snapshots in the tail the last one counts: who wrote the first may have read what the log has lost', () => {
  const { history } = cluster()
  const [poisoned] = snapEvents({ ...history.state, term: 99 }, 2)
  history.add(poisoned)
  const [good] = snapEvents(history.state, 1)
  history.add(good)
  expect(same(boot(history.records, 2).state, history)).toBe(true)
})

test('a snapshot from before the log’s start is of no use', () => {
  const { history, snapOffset } = cluster()
  expect(boot(history.records, snapOffset).state).toBeUndefined()
})

test('one in parts is put together, with other records between them', () => {
  const { history } = cluster()
  const parts = snapEvents(history.state, 1, 60)
  expect(parts.length).toBeGreaterThan(2)
  for (const part of parts) {
    history.add(part)
    history.beat(1)
  }
  expect(same(boot(history.records, history.records.length - 2 * parts.length).state, history)).toBe(true)
})

test('a part that is missing makes the newcomer ask, and the next snapshot serves it', () => {
  const { history } = cluster()
  const parts = snapEvents(history.state, 1, 60)
  for (const part of parts.slice(0, -1)) history.add(part)
  const start = history.records.length - 1
  const { machine } = boot(history.records, start)
  expect(machine.state).toBeUndefined()
  for (const event of snapEvents(history.state, 1)) history.add(event)
  for (const record of history.records.slice(machine.position)) take(machine, record, at(50))
  const step = advance(machine, history.records.length, stores, at(50))
  expect(step).toMatchObject({ type: 'ready' })
})

describe('founding', () => {
  const { history, snapOffset } = cluster()
  const records = history.records
  const waiting = () => boot(records, snapOffset + 1).machine
  const step = (machine: ReturnType<typeof waiting>, ms: number, known = stores) =>
    advance(machine, records.length, known, at(ms))

  test('only after two ttl without anybody, and once the stores are read; with a term above all that was seen', () => {
    const machine = waiting()
    expect(step(machine, 6_900)).toMatchObject({ type: 'send', event: { type: 'need' } })
    expect(advance(machine, records.length, undefined, at(7_000))).not.toMatchObject({ event: { type: 'found' } })
    expect(step(machine, 7_100, { term: 41 })).toEqual({
      type: 'send',
      event: { type: 'found', end: records.length, term: 42 },
    })
    expect(step(machine, 7_200)).not.toMatchObject({ event: { type: 'found' } })
  })

  test('the largest ttl that was read counts', () => {
    const machine = waiting()
    const event = { type: 'beat', member: 1, seq: 1, ttl: 14_000, ready: true } as const
    take(machine, { offset: records.length, timestamp: 0, event }, at(0))
    expect(advance(machine, records.length + 1, stores, at(27_000))).not.toMatchObject({ event: { type: 'found' } })
    expect(advance(machine, records.length + 1, stores, at(28_100))).toMatchObject({ event: { type: 'found' } })
  })

  test('others who wait do not keep it from founding; anybody else does', () => {
    const machine = waiting()
    take(machine, { offset: records.length, timestamp: 0, event: { type: 'need' } }, at(6_000))
    expect(advance(machine, records.length + 1, stores, at(7_100))).toMatchObject({ event: { type: 'found' } })
    take(machine, { offset: records.length + 1, timestamp: 0, event: undefined }, at(7_200))
    expect(advance(machine, records.length + 2, stores, at(12_000))).not.toMatchObject({ event: { type: 'found' } })
  })

  test('its word counts only if nothing real came before it, for it and for others who wait (R13)', () => {
    const found = { type: 'found', end: records.length, term: 5 } as const
    const valid = waiting()
    take(valid, { offset: records.length, timestamp: 9, event: found }, at(0))
    expect(advance(valid, records.length + 1, stores, at(0))).toMatchObject({ type: 'ready', state: { term: 5 } })
    const late = waiting()
    take(late, { offset: records.length, timestamp: 9, event: { type: 'claim', member: 1, term: 3 } }, at(0))
    take(late, { offset: records.length + 1, timestamp: 9, event: found }, at(0))
    expect(late.state).toBeUndefined()
    // who has not seen everything since the founder's end cannot tell
    const blind = waiting()
    take(blind, { offset: records.length, timestamp: 9, event: { ...found, end: 2 } }, at(0))
    expect(blind.state).toBeUndefined()
  })
})

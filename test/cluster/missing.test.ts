import { expect, test } from 'vitest'
import { loadState, packState } from '../../src/cluster/snapshot.js'
import { protocol } from '../../src/cluster/timers.js'
import { History } from './history.js'

const missing = ({ state }: History): string[] => [...state.missing.keys()]

test('a node that ended without a word is missing until it has come back', () => {
  const history = new History()
  const a = history.join('a')
  history.join('b')
  history.beats([a], 5_000)
  expect(missing(history)).toEqual(['b'])
  const b = history.join('b', { incarnation: 'b-2', ready: false })
  // A join may be a late duplicate; the first beat is the word of a process that lives.
  expect(missing(history)).toEqual(['b'])
  history.beat(b)
  expect(missing(history)).toEqual([])
})

test('a node that left in order is not missing, unless it promised to be back', () => {
  const history = new History()
  const [a, b] = [history.join('a'), history.join('b')]
  history.add({ type: 'leave', member: b, back: 0 })
  expect(missing(history)).toEqual([])
  history.add({ type: 'leave', member: a, back: 60_000 })
  expect(history.state.missing.get('a')).toMatchObject({ node: 'a', url: 'http://a', release: '1' })
  expect(history.state.missing.get('a')!.back).toBeGreaterThan(history.state.time)
})

test('a process that gives way to a younger one of its name, and a stranger, are not missed', () => {
  const history = new History()
  const a = history.join('a')
  history.join('b')
  const again = history.join('b', { incarnation: 'b-2' })
  history.join('x', { fingerprint: 'other' })
  history.beats([a, again], 5_000)
  expect(missing(history)).toEqual([])
})

test('the missing are in snapshots', () => {
  const history = new History()
  const a = history.join('a')
  history.join('b')
  history.beats([a], 5_000)
  const loaded = loadState([packState(history.state)])
  expect(loaded?.missing).toEqual(history.state.missing)
})

test('they are bounded in number and in time (I6)', () => {
  const history = new History()
  const a = history.join('a')
  for (let at = 0; at < protocol.maxMissing + 5; at++)
    history.add({ type: 'leave', member: history.join(`node-${at}`), back: 1_000 })
  history.beat(a)
  expect(history.state.missing.size).toBe(protocol.maxMissing)
  expect(history.state.missing.has('node-0')).toBe(false)
  history.state.time += protocol.missing + 1
  history.add({ type: 'leave', member: history.join('last'), back: 1_000 })
  expect(missing(history)).toEqual(['last'])
})

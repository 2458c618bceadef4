import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lane, type LaneEntry } from '../../../src/adapters/kafka/lane.js'

const partition = { topic: 't', partition: 0 }

interface Tracked extends LaneEntry {
  readonly number: number
}

function entry(number: number, span = 1, deadline = 1e9): Tracked {
  return {
    number,
    unit: number,
    bytes: new Uint8Array(0),
    span,
    deadline,
    state: 'waiting',
    sequence: -1,
    lastFailure: undefined,
    resolve: () => undefined,
    reject: () => undefined,
  }
}

/** Sends what may be sent now; returns the numbers. */
function sendAll(lane: Lane, now = 0): Tracked[] {
  const sent: Tracked[] = []
  for (let next = lane.next(now); next !== undefined; next = lane.next(now)) {
    lane.sent(next)
    sent.push(next as Tracked)
  }
  return sent
}

function filled(count: number, inFlight = 5): { lane: Lane; entries: Tracked[] } {
  const lane = new Lane(partition, inFlight)
  const entries = Array.from({ length: count }, (_, i) => entry(i, 10))
  for (const one of entries) lane.add(one)
  return { lane, entries }
}

test('until something is acknowledged one batch is under way, then five, and never more than asked for', () => {
  const { lane, entries } = filled(12)
  expect(sendAll(lane)).toEqual([entries[0]])
  lane.acknowledged(entries[0]!, 0)
  expect(sendAll(lane).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5])
  lane.acknowledged(entries[1]!, 0)
  expect(sendAll(lane).map(({ number }) => number)).toEqual([6])
  const { lane: narrow, entries: few } = filled(3, 1)
  expect(sendAll(narrow)).toHaveLength(1)
  narrow.acknowledged(few[0]!, 0)
  expect(sendAll(narrow)).toHaveLength(1)
})

test('a producer that a broker may have forgotten begins with one batch again', () => {
  const { lane, entries } = filled(4)
  sendAll(lane)
  lane.acknowledged(entries[0]!, 0)
  expect(sendAll(lane, 600_000)).toHaveLength(1)
})

test('sequence numbers count records, begin anew after 2^31, and stay when a batch goes again', () => {
  const lane = new Lane(partition, 5)
  const entries = [entry(0, 2 ** 31 - 5), entry(1, 10), entry(2)]
  for (const one of entries) lane.add(one)
  sendAll(lane)
  lane.acknowledged(entries[0]!, 0)
  sendAll(lane)
  expect(entries.map(({ sequence }) => sequence)).toEqual([0, 2 ** 31 - 5, 5])
  lane.failed(entries[1]!, 'why', 0)
  lane.failed(entries[2]!, 'why', 0)
  sendAll(lane)
  expect(entries[1]).toMatchObject({ sequence: 2 ** 31 - 5, lastFailure: 'why', state: 'sent' })
})

test('after a failure nothing goes until all is back and the back-off is over; then the first goes first', () => {
  const { lane, entries } = filled(6)
  sendAll(lane)
  lane.acknowledged(entries[0]!, 0)
  sendAll(lane)
  lane.failed(entries[1]!, 'why', 100)
  expect(sendAll(lane, 200)).toEqual([])
  for (const one of entries.slice(2, 6)) lane.failed(one, 'why', 100)
  expect(lane.wakeAt()).toBe(100)
  expect(sendAll(lane, 99)).toEqual([])
  expect(sendAll(lane, 100)).toEqual([entries[1]])
})

test('what waits beyond its deadline is named, what is under way is not', () => {
  const lane = new Lane(partition, 5)
  const entries = [entry(0, 1, 10), entry(1, 1, 10), entry(2, 1, 20)]
  for (const one of entries) lane.add(one)
  sendAll(lane)
  expect(lane.overdue(10)).toEqual([entries[1]])
  lane.dropped(entries[1]!)
  lane.acknowledged(entries[0]!, 0)
  expect(lane.wakeAt()).toBe(Number.NEGATIVE_INFINITY)
  lane.hold('no leader', 15)
  expect(lane.wakeAt()).toBe(15)
  expect(lane.next(14)).toBeUndefined()
  expect(lane.overdue(20)).toEqual([entries[2]])
})

/** A partition leader's rules (ProducerStateManager): in sequence, or known from the last five, or nothing known at all. */
class Leader {
  readonly log: number[] = []
  #last = -1
  #recent: number[] = []

  append({ number, sequence, span }: Tracked): 'ok' | 'out of order' {
    if (this.#recent.includes(sequence)) return 'ok'
    if (this.#last >= 0 && sequence !== this.#last + 1) return 'out of order'
    this.log.push(number)
    this.#last = sequence + span - 1
    this.#recent = [...this.#recent, sequence].slice(-5)
    return 'ok'
  }
}

test('whatever is refused, lost on the way or lost on the way back: each batch is there once, in order', () => {
  const fates = fc.array(fc.constantFrom('good', 'refused', 'lost', 'answer lost'), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 5 }), fates, (count, inFlight, script) => {
      const { lane, entries } = filled(count, inFlight)
      const leader = new Leader()
      const fate = script.values()
      const done = new Set<number>()
      for (let round = 0; !lane.isEmpty; round++) {
        expect(round).toBeLessThan(1_000)
        // Requests of one connection arrive in order; once it is lost, so is what follows on it.
        let connected = true
        for (const one of sendAll(lane)) {
          const drawn = fate.next().value ?? 'good'
          const what = connected ? drawn : 'lost'
          if (what === 'lost' || what === 'answer lost') connected = false
          const answer = what === 'refused' || what === 'lost' ? what : leader.append(one)
          if (answer === 'ok' && what !== 'answer lost') {
            lane.acknowledged(one, 0)
            done.add(one.number)
          } else {
            // The first in line is never out of order: that would be a batch that the leader does not expect.
            expect(answer === 'out of order' && lane.isFirst(one)).toBe(false)
            lane.failed(one, what, 0)
          }
        }
      }
      expect(leader.log).toEqual(entries.map(({ number }) => number))
      expect(done.size).toBe(count)
    }),
    { numRuns: 500 },
  )
})

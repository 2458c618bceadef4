import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BoundedLane } from '../../src/actor/lane.js'
import type { WaitingSender } from '../../src/actor/waiting-senders.js'

test('a full lane refuses, and a waiting sender gets the room that a take makes', () => {
  const lane = new BoundedLane<string>(2)
  expect(lane.offer('a', 0)).toBe(true)
  expect(lane.offer('b', 0)).toBe(true)
  expect(lane.offer('c', 0)).toBe(false)
  let released = false
  lane.hold('c', 5, () => {
    released = true
  })
  expect(lane.snapshot(10)).toEqual({ depth: 2, capacity: 2, waiting: 1, oldestMs: 10 })
  expect(lane.take()).toBe('a')
  expect(released).toBe(true)
  expect(lane.take()).toBe('b')
  // The age counts from when its sender began to wait.
  expect(lane.snapshot(10)).toEqual({ depth: 1, capacity: 2, waiting: 0, oldestMs: 5 })
})

test('a drained lane is empty, and all who waited are released', () => {
  const lane = new BoundedLane<number>(1)
  lane.offer(1, 0)
  let released = 0
  lane.hold(2, 0, () => released++)
  lane.hold(3, 0, () => released++)
  expect(lane.drain()).toEqual([1, 2, 3])
  expect(released).toBe(2)
  expect(lane.snapshot(0)).toEqual({ depth: 0, capacity: 1, waiting: 0, oldestMs: 0 })
})

test('whatever is offered, held, withdrawn, put back and taken: order is kept, the bound too, and nobody is lost', () => {
  const action = fc.constantFrom('tell', 'tell', 'take', 'putBack', 'withdraw', 'discardOdd')
  fc.assert(
    fc.property(fc.array(fc.tuple(action, fc.nat(20)), { maxLength: 120 }), actions => {
      const capacity = 3
      const lane = new BoundedLane<number>(capacity)
      let inside: number[] = []
      let waiting: { n: number; sender: WaitingSender<number> }[] = []
      const released: number[] = []
      const expectedReleases: number[] = []
      const admit = (): void => {
        while (inside.length < capacity && waiting.length > 0) {
          const { n } = waiting.shift() as { n: number }
          inside.push(n)
          expectedReleases.push(n)
        }
      }
      let next = 0
      let lastTaken: number | undefined
      for (const [what, pick] of actions) {
        switch (what) {
          case 'tell': {
            const n = next++
            const fits = inside.length < capacity
            assert.equal(lane.offer(n, 0), fits)
            if (fits) inside.push(n)
            else waiting.push({ n, sender: lane.hold(n, 0, () => released.push(n)) })
            break
          }
          case 'take':
            if (inside.length === 0) break
            lastTaken = inside.shift()
            assert.equal(lane.take(), lastTaken)
            admit()
            break
          case 'putBack':
            if (lastTaken === undefined) break
            lane.putBack(lastTaken, 0)
            inside.unshift(lastTaken)
            lastTaken = undefined
            break
          case 'withdraw': {
            const gone = waiting[pick]
            if (gone === undefined) break
            assert.ok(lane.withdraw(gone.sender))
            assert.ok(!lane.withdraw(gone.sender))
            waiting = waiting.filter(other => other !== gone)
            break
          }
          case 'discardOdd':
            lane.discard(n => n % 2 === 1)
            inside = inside.filter(n => n % 2 === 0)
            admit()
            break
        }
        expect([...lane.contents()]).toEqual([...inside, ...waiting.map(({ n }) => n)])
        expect(released).toEqual(expectedReleases)
        expect(lane.snapshot(0)).toMatchObject({ depth: inside.length, waiting: waiting.length })
      }
    }),
  )
})

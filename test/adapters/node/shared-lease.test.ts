import { expect, test } from 'vitest'
import { createSharedLease, readSharedLease, writeLease } from '../../../src/adapters/node/shared-lease.js'
import type { Clock } from '../../../src/ports/clock.js'

const clockAt = (monotonic: number, wall: number): Clock => ({
  now: () => monotonic,
  wallTime: () => wall,
  setTimer: () => ({}),
  clearTimer: () => undefined,
})

test('a new lease is over', () => {
  expect(readSharedLease(createSharedLease(), clockAt(0, 0)).held()).toBe(false)
})

test('a lease is held while both clocks are below its deadlines, and ends by whichever is first', () => {
  const shared = createSharedLease()
  writeLease(shared, { monotonic: 100, wall: 5_000 })
  expect(readSharedLease(shared, clockAt(99, 4_999)).held()).toBe(true)
  expect(readSharedLease(shared, clockAt(100, 4_999)).held()).toBe(false)
  // A machine that was suspended: its monotonic clock stood still.
  expect(readSharedLease(shared, clockAt(99, 5_000)).held()).toBe(false)
})

test('who waits hears of a lease that another thread has renewed, and of its own end', async () => {
  const shared = createSharedLease()
  const lease = readSharedLease(shared, clockAt(0, 0))
  const waiting = lease.whenHeld(new AbortController().signal)
  writeLease(shared, { monotonic: 1, wall: 1 })
  await waiting
  expect(lease.held()).toBe(true)

  writeLease(shared, { monotonic: -Infinity, wall: -Infinity })
  const stop = new AbortController()
  const stopped = lease.whenHeld(stop.signal)
  stop.abort()
  await stopped
  expect(lease.held()).toBe(false)
})

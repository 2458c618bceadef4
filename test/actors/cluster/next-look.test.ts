import { expect, test } from 'vitest'
import { NextLook } from '../../../actors/cluster/next-look.js'
import { ManualClock } from '../../../src/testkit/manual-clock.js'

function bench() {
  const clock = new ManualClock()
  const looks: number[] = []
  const next = new NextLook(clock, ms => {
    const timer = clock.setTimer(() => {
      looks.push(clock.now())
      next.over()
    }, ms)
    return () => clock.clearTimer(timer)
  })
  return { clock, next, looks }
}

test('who waits for something looks every 25 ms, who rests when it is time', async () => {
  const { clock, next, looks } = bench()
  next.within(0)
  await clock.advance(30)
  next.within(200)
  await clock.advance(500)
  expect(looks).toEqual([25, 230])
})

test('what comes up while it rests brings the next look forward, and nothing puts it off', async () => {
  const { clock, next, looks } = bench()
  next.within(200)
  await clock.advance(50)
  next.within(0)
  await clock.advance(10)
  next.within(250)
  await clock.advance(500)
  expect(looks).toEqual([75])
  expect(clock.pendingTimers).toBe(0)
})

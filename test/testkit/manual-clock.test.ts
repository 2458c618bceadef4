import { expect, test } from 'vitest'
import { sleep } from '../../src/ports/clock.js'
import { ManualClock } from '../../src/testkit/index.js'

test('time stands still until it is moved', async () => {
  const clock = new ManualClock(1_000)
  const fired: number[] = []
  clock.setTimer(() => fired.push(clock.now()), 10)
  await clock.settle()
  expect([clock.now(), clock.wallTime(), fired]).toEqual([0, 1_000, []])
  await clock.advance(9)
  expect(fired).toEqual([])
  await clock.advance(1)
  expect([clock.now(), clock.wallTime(), fired]).toEqual([10, 1_010, [10]])
})

test('timers fire in the order in which they are due, those of one moment in the order set', async () => {
  const clock = new ManualClock()
  const fired: string[] = []
  clock.setTimer(() => fired.push('late'), 20)
  clock.setTimer(() => fired.push('first'), 10)
  clock.setTimer(() => fired.push('second'), 10)
  await clock.advance(100)
  expect(fired).toEqual(['first', 'second', 'late'])
})

test('all that follows from one timer happens before the next', async () => {
  const clock = new ManualClock()
  const log: string[] = []
  const step = async (name: string): Promise<void> => {
    for (let n = 0; n < 50; n++) await Promise.resolve()
    log.push(`${name} at ${clock.now()}`)
  }
  clock.setTimer(() => void step('a'), 10)
  clock.setTimer(() => void step('b'), 11)
  await clock.advance(11)
  expect(log).toEqual(['a at 10', 'b at 11'])
})

test('a timer set by a timer fires within the same advance', async () => {
  const clock = new ManualClock()
  const woke: number[] = []
  void (async () => {
    for (let n = 0; n < 3; n++) {
      await sleep(clock, 10)
      woke.push(clock.now())
    }
  })()
  await clock.advance(25)
  expect(woke).toEqual([10, 20])
  expect(clock.now()).toBe(25)
  await clock.runUntilIdle()
  expect(woke).toEqual([10, 20, 30])
})

test('a cleared timer does not fire', async () => {
  const clock = new ManualClock()
  let fired = false
  clock.clearTimer(clock.setTimer(() => (fired = true), 1))
  await clock.advance(10)
  expect(fired).toBe(false)
  expect(clock.pendingTimers).toBe(0)
})

test('running until idle fails where something goes on for ever', async () => {
  const clock = new ManualClock()
  const again = (): void => void clock.setTimer(again, 1_000)
  again()
  await expect(clock.runUntilIdle(10_000)).rejects.toThrow('does not hold after 10000 ms')
})

test('advancing until a condition stops at the moment it holds, or fails', async () => {
  const clock = new ManualClock()
  let done = false
  clock.setTimer(() => (done = true), 30)
  clock.setTimer(() => {}, 50)
  await clock.advanceUntil(() => done)
  expect(clock.now()).toBe(30)
  await expect(clock.advanceUntil(() => false)).rejects.toThrow('does not hold')
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nodeClock } from '../../../src/adapters/node/clock.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const dayMs = 86_400_000

test('a timer fires once, after its time', () => {
  const fired = vi.fn()
  nodeClock.setTimer(fired, 100)
  vi.advanceTimersByTime(99)
  expect(fired).not.toHaveBeenCalled()
  vi.advanceTimersByTime(10_000)
  expect(fired).toHaveBeenCalledTimes(1)
})

test('a timer longer than setTimeout takes fires after its time, not at once', () => {
  const fired = vi.fn()
  nodeClock.setTimer(fired, 60 * dayMs)
  vi.advanceTimersByTime(59 * dayMs)
  expect(fired).not.toHaveBeenCalled()
  vi.advanceTimersByTime(dayMs)
  expect(fired).toHaveBeenCalledTimes(1)
})

test('a cleared timer never fires, also in a later part of a long wait', () => {
  const fired = vi.fn()
  const [short, long] = [nodeClock.setTimer(fired, 100), nodeClock.setTimer(fired, 60 * dayMs)]
  nodeClock.clearTimer(short)
  vi.advanceTimersByTime(30 * dayMs)
  nodeClock.clearTimer(long)
  vi.advanceTimersByTime(100 * dayMs)
  expect(fired).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})

test('now is monotonic, wall time is the system clock’s', () => {
  vi.setSystemTime(1_000)
  const before = nodeClock.now()
  expect(nodeClock.wallTime()).toBe(1_000)
  vi.setSystemTime(0)
  expect(nodeClock.now()).toBeGreaterThanOrEqual(before)
})

test('a moment is the same in every thread', async () => {
  vi.useRealTimers()
  const { Worker } = await import('node:worker_threads')
  const code = `import('${new URL('../../../dist/src/adapters/node/clock.js', import.meta.url).href}').then(
    ({ nodeClock }) => require('node:worker_threads').parentPort.postMessage(nodeClock.now()))`
  const before = nodeClock.now()
  const worker = new Worker(code, { eval: true })
  const there = await new Promise<number>(resolve => worker.once('message', resolve))
  const after = nodeClock.now()
  await worker.terminate()
  expect(there).toBeGreaterThan(before)
  expect(there).toBeLessThan(after)
})

import { expect, test } from 'vitest'
import { Crowd } from './simulation/crowd.js'

test('1,000 nodes with 10,000 tasks: 10 that crash are replaced within 15 s, and a node reads less than 50 kB/s at rest', () => {
  const { healed, bytesPerSecond, movedInVain } = Crowd.measure(1_000, 10_000, 10)
  expect(healed).toBeLessThan(15_000)
  expect(bytesPerSecond).toBeLessThan(50_000)
  expect(movedInVain).toBe(0)
}, 120_000)

test('10 nodes with 100 tasks, of which one crashes', () => {
  const { cold, healed, bytesPerSecond, movedInVain } = Crowd.measure(10, 100, 1)
  expect(cold).toBeLessThan(4_000)
  expect(healed).toBeLessThan(4_200)
  expect(bytesPerSecond).toBeLessThan(20_000)
  expect(movedInVain).toBeLessThanOrEqual(10)
})

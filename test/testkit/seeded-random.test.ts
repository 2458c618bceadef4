import { expect, test } from 'vitest'
import { seededRandom } from '../../src/testkit/index.js'

const draw = (seed: number, count: number): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

test('the same seed gives the same numbers, another seed others', () => {
  expect(draw(42, 10)).toEqual(draw(42, 10))
  expect(draw(42, 10)).not.toEqual(draw(43, 10))
})

test('numbers are in [0, 1) and spread evenly', () => {
  const numbers = draw(7, 100_000)
  expect(Math.min(...numbers.slice(0, 10_000))).toBeGreaterThanOrEqual(0)
  const tenths = Array.from({ length: 10 }, () => 0)
  for (const number of numbers) {
    expect(number < 1).toBe(true)
    tenths[Math.floor(number * 10)]!++
  }
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

import { expect, test } from 'vitest'
import { SizeHistory } from '../src/size-history.js'

test('what stands behind the size at a look has come since', () => {
  const sizes = new SizeHistory()
  expect(sizes.waitedMs(0, 0)).toBeUndefined()
  sizes.note(100, 1_000)
  // It was there before anybody looked.
  expect(sizes.waitedMs(50, 1_000)).toBeUndefined()
  sizes.note(300, 6_000)
  sizes.note(700, 11_000)
  expect(sizes.waitedMs(100, 12_000)).toBe(11_000)
  expect(sizes.waitedMs(299, 12_000)).toBe(11_000)
  expect(sizes.waitedMs(300, 12_000)).toBe(6_000)
  expect(sizes.waitedMs(700, 12_000)).toBe(1_000)
})

test('a file that is cut, or another one, begins anew', () => {
  const sizes = new SizeHistory()
  sizes.note(100, 1_000)
  sizes.note(10, 2_000)
  expect(sizes.waitedMs(5, 3_000)).toBeUndefined()
  expect(sizes.waitedMs(10, 3_000)).toBe(1_000)
})

test('however long it is behind, it keeps a bounded number of looks, and stays right within a few', () => {
  const sizes = new SizeHistory()
  for (let look = 0; look < 100_000; look++) sizes.note(look, look)
  const waited = sizes.waitedMs(50_000, 100_000)!
  expect(waited).toBeGreaterThanOrEqual(50_000)
  expect(waited).toBeLessThan(53_000)
})

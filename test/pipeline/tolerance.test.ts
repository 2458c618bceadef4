import { expect, test } from 'vitest'
import { retryDelayMs } from '../../src/pipeline/tolerance.js'

const half = { next: () => 0.5 }
const policy = { retryTimeoutMs: -1, retryDelayMaxMs: 2_000 }

test('pauses double from 300 ms, and above the cap are random below it', () => {
  expect([1, 2, 3, 4, 5, 100].map(attempt => retryDelayMs(policy, attempt, 0, half))).toEqual([
    300, 600, 1_200, 1_000, 1_000, 1_000,
  ])
})

test('the last try is at the deadline, and then there is none; 0 means never, -1 for ever', () => {
  const limited = { ...policy, retryTimeoutMs: 1_000 }
  expect(retryDelayMs(limited, 1, 0, half)).toBe(300)
  expect(retryDelayMs(limited, 3, 900, half)).toBe(100)
  expect(retryDelayMs(limited, 4, 1_000, half)).toBeUndefined()
  expect(retryDelayMs({ ...policy, retryTimeoutMs: 0 }, 1, 0, half)).toBeUndefined()
  expect(retryDelayMs(policy, 9, 1e12, half)).toBe(1_000)
})

test('what the plugin asks for is the least, within the deadline', () => {
  expect(retryDelayMs(policy, 1, 0, half, 5_000)).toBe(5_000)
  expect(retryDelayMs({ ...policy, retryTimeoutMs: 1_000 }, 1, 0, half, 5_000)).toBe(1_000)
})

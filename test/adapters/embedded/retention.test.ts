import { expect, test } from 'vitest'
import { expiredSegments } from '../../../src/adapters/embedded/retention.js'

const segment = (length: number, maxTimestamp = -1, writtenAt = 0) => ({ length, maxTimestamp, writtenAt })
const none = { retentionMs: -1, retentionBytes: -1 }

test('nothing expires without limits', () => {
  expect(expiredSegments([segment(10), segment(10)], none, 1e15)).toBe(0)
  expect(expiredSegments([], { retentionMs: 0, retentionBytes: 0 }, 1e15)).toBe(0)
})

test('by age the newest record of a segment counts, and the time of writing where records have none', () => {
  const settings = { ...none, retentionMs: 100 }
  expect(expiredSegments([segment(1, 899), segment(1, 900)], settings, 1000)).toBe(1)
  expect(expiredSegments([segment(1, -1, 899), segment(1, -1, 900)], settings, 1000)).toBe(1)
  expect(expiredSegments([segment(1, 0), segment(1, 0)], settings, 1000)).toBe(2)
})

test('a segment that stays keeps those behind it', () => {
  expect(expiredSegments([segment(1, 950), segment(1, 0)], { ...none, retentionMs: 100 }, 1000)).toBe(0)
})

test('by size at least retention.bytes stay', () => {
  const list = [segment(10), segment(10), segment(10)]
  const expired = (retentionBytes: number): number => expiredSegments(list, { ...none, retentionBytes }, 0)
  expect([31, 30, 21, 20, 11, 10, 1].map(expired)).toEqual([0, 0, 0, 1, 1, 2, 2])
})

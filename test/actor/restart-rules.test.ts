import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, charge, costOf, retryAfterOf } from '../../src/actor/restart-rules.js'
import { MillraceError } from '../../src/core/error.js'

const backoff = { minMs: 1_000, maxMs: 60_000, jitter: 0.2, resetMs: 300_000 }

describe('what a failure costs', () => {
  test.each([
    ['an ordinary error', new Error('x'), 'budget'],
    ['whatever else was thrown', 'x', 'budget'],
    ['a fatal error', new MillraceError('a.b', 'x', { disposition: 'fatal' }), 'budget'],
    ['an error to retry', new MillraceError('a.b', 'x', { disposition: 'retry' }), 'time'],
    ['an error to retry from another copy of the class', { disposition: 'retry' }, 'time'],
    ['a lost thread', new MillraceError('thread.lost', 'x'), 'nothing'],
    ['a lost thread, rebuilt from fields', { code: 'thread.lost', disposition: 'retry' }, 'nothing'],
  ])('%s', (_name, error, cost) => {
    expect(costOf(error)).toBe(cost)
  })
})

describe('back-off', () => {
  test('doubles from the least to the most', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 100, 2_000].map(failures => backoffMs(backoff, failures, 0))
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000])
  })

  test('jitter only shortens it, by its share at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const full = backoffMs(backoff, failures, 0)
          const wait = backoffMs(backoff, failures, random)
          expect(wait).toBeLessThanOrEqual(full)
          expect(wait).toBeGreaterThanOrEqual(full * 0.8)
        },
      ),
    )
  })

  test('is never shorter than the error asks for', () => {
    expect(backoffMs(backoff, 1, 0.9, 90_000)).toBe(90_000)
    expect(backoffMs(backoff, 4, 0, 5)).toBe(8_000)
  })

  test('only a positive number of milliseconds is a wish', () => {
    expect(retryAfterOf(new MillraceError('a.b', 'x', { disposition: 'retry', retryAfterMs: 250 }))).toBe(250)
    for (const wish of [undefined, null, '5', -1, NaN]) expect(retryAfterOf({ retryAfterMs: wish })).toBe(0)
    for (const error of [undefined, null, 'x', new Error('x')]) expect(retryAfterOf(error)).toBe(0)
  })
})

describe('charging a budget', () => {
  const intensity = { max: 2, periodMs: 1_000 }

  test('up to max in a period, then refused', () => {
    const first = charge([], intensity, 0)
    expect(first).toEqual([0])
    const second = charge(first ?? [], intensity, 500)
    expect(second).toEqual([0, 500])
    expect(charge(second ?? [], intensity, 999)).toBeUndefined()
  })

  test('what is a period old counts no more', () => {
    expect(charge([0, 500], intensity, 1_000)).toEqual([500, 1_000])
  })

  test('a budget of none refuses the first', () => {
    expect(charge([], { max: 0, periodMs: 1_000 }, 0)).toBeUndefined()
  })
})

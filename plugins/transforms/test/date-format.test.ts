import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileDateFormat } from '../src/date-format/index.js'
import { dateOf, dayOf } from '../src/date-format/calendar.js'

const now = new Date('2026-03-15T12:00:00Z')
const compile = (pattern: string) => compileDateFormat(pattern, now)

const instant = fc.integer({ min: Date.UTC(1, 0, 10) - 1900 * 365 * 86_400_000, max: Date.UTC(9999, 11, 31) })

describe('what is written is read back', () => {
  test.each([
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    'yyyyMMddHHmmssSSS',
    'EEEE, dd MMMM yyyy hh:mm:ss.SSS a zzzz',
    'yyyy DDD kk:mm:ss.SSS Z',
    'd/M/y K:m:s.S a',
    'd LLLL yyyy G HH:mm:ss.SSS',
    'yyyy MM W u HH:mm:ss.SSS',
    'yyyy MM F E HH:mm:ss.SSS',
  ])('by %s', pattern => {
    const format = compile(pattern)
    fc.assert(
      fc.property(instant, millis => {
        // A year of two digits is taken for one of this century, so none before 100 by `y`.
        fc.pre(pattern.includes('yyyy') || dateOf(Math.floor(millis / 86_400_000)).year >= 100)
        expect(format.parse(format.format(millis))).toBe(millis)
      }),
    )
  })
})

test('days and dates are each other’s inverse over the change of calendars', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), day => {
      expect(dayOf(dateOf(day))).toBe(day)
    }),
  )
  expect(dateOf(-141_427)).toEqual({ year: 1582, month: 9, day: 15 })
  expect(dateOf(-141_428)).toEqual({ year: 1582, month: 9, day: 4 })
})

describe('a year of two digits', () => {
  const read = (text: string): string => new Date(compile('yy-MM-dd').parse(text) ?? NaN).toISOString().slice(0, 10)

  test.each([
    ['45-12-31', '2045-12-31'],
    ['47-01-01', '1947-01-01'],
    // The year in which the hundred years begin, on either side of their first day.
    ['46-03-14', '2046-03-14'],
    ['46-03-17', '1946-03-17'],
    ['00-01-01', '2000-01-01'],
  ])('%s is %s', (text, date) => {
    expect(read(text)).toBe(date)
  })
})

describe('a pattern that cannot be used is refused', () => {
  test.each([
    ["yyyy'T", 'Unterminated quote'],
    ['yyyy-bb', "Illegal pattern character 'b'"],
    ['XXXX', 'invalid ISO 8601 format: length=4'],
    ['I', "Illegal pattern character 'I'"],
  ])('%s', (pattern, message) => {
    expect(() => compile(pattern)).toThrow(message)
  })
})

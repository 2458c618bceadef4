import { expect, test } from 'vitest'
import { adjusted, asWritten, daysOfDate, instantText, isNoDate, timeOf, wallOf } from '../src/temporal.js'

test.each([
  ['0000-00-00', true],
  ['0000-00-00 00:00:00', true],
  ['2026-00-10', true],
  ['2026-02-00 01:02:03', true],
  ['0000-01-01', false],
  ['2000-10-20 00:00:00', false],
])('%s is no date: %s', (text, isNone) => {
  expect(isNoDate(text)).toBe(isNone)
})

test.each([
  [0, 2000],
  [69, 2069],
  [70, 1970],
  [99, 1999],
  [100, 100],
  [2026, 2026],
])('year %i, written with two digits, is %i', (year, meant) => {
  expect(adjusted(year)).toBe(meant)
  expect(asWritten(year)).toBe(year)
})

test.each([
  ['1970-01-01', 0],
  ['1969-12-31', -1],
  ['2024-02-29', 19_782],
  ['9999-12-31', 2_932_896],
  ['1000-01-01', -354_285],
])('%s is day %i', (text, days) => {
  expect(daysOfDate(text, asWritten)).toBe(days)
})

test.each([
  ['00:00:00', 0, 0],
  ['838:59:59', 3_020_399, 0],
  ['-838:59:59', -3_020_399, 0],
  ['-00:00:00.1', -1, 900_000_000],
  ['-00:00:00.000001', -1, 999_999_000],
  ['-01:00:00.000000', -3_600, 0],
  ['23:59:59.999999', 86_399, 999_999_000],
])('time %s', (text, seconds, nanos) => {
  expect(timeOf(text)).toEqual({ seconds, nanos })
})

test.each([
  ['1970-01-01 00:00:00', 0, 0],
  ['1969-12-31 23:59:59.9', -1, 900_000_000],
  ['9999-12-31 23:59:59.999999', 253_402_300_799, 999_999_000],
])('wall clock %s', (text, seconds, nanos) => {
  expect(wallOf(text, asWritten)).toEqual({ seconds, nanos })
})

test.each([
  ['2026-03-29 01:30:00', 0, '2026-03-29T01:30:00Z'],
  ['2026-03-29 01:30:00.12', 2, '2026-03-29T01:30:00.12Z'],
  ['2026-03-29 01:30:00.120', 3, '2026-03-29T01:30:00.120Z'],
  ['2026-03-29 01:30:00', 6, '2026-03-29T01:30:00.000000Z'],
])('instant %s with %i digits', (text, digits, shown) => {
  expect(instantText(text, digits)).toBe(shown)
})

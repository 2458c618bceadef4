import { Decimal } from 'millrace/plugin'
import { describe, expect, test } from 'vitest'
import { storedBytes, storedType, type StoredMetadata } from '../src/stored-values.js'
import { asWritten, daysOfDate, instantText, timeOf, timeText, wallOf } from '../src/temporal.js'
import { columnType } from '../src/types.js'

function read(code: number, hex: string, metadata: StoredMetadata = {}) {
  const type = storedType(code, metadata)!
  const bytes = Buffer.from(hex, 'hex')
  expect(bytes.length).toBe(type.bytes)
  return type.read(bytes)
}

test('types of other sizes, and what is no fixed size, are not read here', () => {
  for (const code of [1, 2, 3, 8, 9, 13, 15, 16, 245, 247, 248, 252, 254, 255, 7, 11, 12]) {
    expect(storedBytes(code, { decimals: 2 })).toBeUndefined()
    expect(storedType(code, { decimals: 2 })).toBeUndefined()
  }
})

test('floats of both sizes', () => {
  expect(read(4, 'cdcc8c3f')).toBe(Math.fround(1.1))
  expect(read(5, '9a9999999999f13f')).toBe(1.1)
  expect(read(5, '0100000000000080')).toBe(-5e-324)
})

describe('decimals are their unscaled numbers', () => {
  // The first two are those of the server's own documentation of the format.
  test.each([
    [14, 4, '810dfb38d204d2', 12_345_678_901_234n],
    [14, 4, '7ef204c72dfb2d', -12_345_678_901_234n],
    [12, 2, '800000000000', 0n],
    [1, 0, '89', 9n],
    [1, 0, '76', -9n],
    [2, 2, 'e3', 99n],
    [2, 2, '1c', -99n],
    [9, 0, 'bb9ac9ff', 999_999_999n],
    [10, 0, '893b9ac9ff', 9_999_999_999n],
    [18, 9, 'bb9ac9ff3b9ac9ff', 999_999_999_999_999_999n],
    [18, 9, '44653600c4653600', -999_999_999_999_999_999n],
  ])('decimal(%i,%i) %s', (precision, decimals, hex, unscaled) => {
    expect(read(246, hex, { precision, decimals })).toBe(unscaled)
  })

  test.each([
    ['precise', new Decimal(-1_250n, 2)],
    ['string', '-12.50'],
    ['double', -12.5],
  ] as const)('and become what decimal.handling.mode=%s says', (mode, value) => {
    const modes = {
      'decimal.handling.mode': mode,
      'time.precision.mode': 'adaptive_time_microseconds',
      'binary.handling.mode': 'bytes',
      'bigint.unsigned.handling.mode': 'long',
      'enable.time.adjuster': true,
    } as const
    const type = columnType({ columnType: 'decimal(5,2)' }, modes)!
    expect(type.read(-1_250n)).toEqual(value)
    expect(type.read('-12.50')).toEqual(value)
  })
})

describe('dates', () => {
  test.each([
    ['61d40f', 20_513],
    ['9f630f', -1],
    ['40d40f', null],
    ['000000', null],
  ])('%s', (hex, days) => {
    expect(read(10, hex)).toBe(days)
  })

  test('years of two digits follow the rule, as those of texts do', () => {
    const days = daysOfDate('0026-03-01', asWritten)
    expect(daysOfDate(days, year => year + 2_000)).toBe(20_513)
    expect(daysOfDate(20_513, year => year + 2_000)).toBe(20_513)
  })
})

describe('wall clocks', () => {
  test.each([
    ['99b942c8b8', 0, 1_772_368_496_000_000],
    ['99b942c8b80c', 2, 1_772_368_496_120_000],
    ['99b942c8b804ce', 4, 1_772_368_496_123_000],
    ['99b942c8b801e240', 6, 1_772_368_496_123_456],
    ['99027f7efb0f423f', 6, -1],
    ['fef3ff7efb0f423f', 6, '9999-12-31 23:59:59.999999'],
    ['99b8940000', 0, null],
    ['8000000000', 0, null],
  ])('%s with %i digits', (hex, decimals, micros) => {
    expect(read(18, hex, { decimals })).toBe(micros)
  })

  test.each(['2026-03-01 12:34:56.120000', '1969-12-31 23:59:59.999999', '2255-01-01 00:00:00.000000'])(
    'as numbers mean what they mean as texts: %s',
    text => {
      const micros = Date.parse(`${text.replace(' ', 'T').slice(0, 23)}Z`) * 1_000 + Number(text.slice(23))
      expect(wallOf(micros, asWritten)).toEqual(wallOf(text, asWritten))
    },
  )

  test('years of two digits follow the rule', () => {
    const { seconds } = wallOf('0026-03-01 12:34:56', asWritten)
    const rule = (year: number): number => year + 2_000
    expect(wallOf(seconds * 1_000_000, rule)).toEqual(wallOf('2026-03-01 12:34:56', asWritten))
  })
})

describe('instants', () => {
  test.each([
    ['69a43270', 0, 1_772_368_496_000_000, '2026-03-01T12:34:56Z'],
    ['69a4327004ce', 3, 1_772_368_496_123_000, '2026-03-01T12:34:56.123Z'],
    ['69a4327001e240', 6, 1_772_368_496_123_456, '2026-03-01T12:34:56.123456Z'],
    ['ffffffff', 0, 4_294_967_295_000_000, '2106-02-07T06:28:15Z'],
  ])('%s with %i digits', (hex, decimals, micros, text) => {
    expect(read(17, hex, { decimals })).toBe(micros)
    expect(instantText(micros, decimals)).toBe(text)
  })

  test('zero is none', () => {
    expect(read(17, '00000000')).toBeNull()
  })
})

describe('times', () => {
  // Those with two digits are the server's own examples of the format.
  test.each([
    ['80000000', 2, 0, '00:00:00.00'],
    ['7fffffff', 2, -10_000, '-00:00:00.01'],
    ['7fffff9d', 2, -990_000, '-00:00:00.99'],
    ['7fffff00', 2, -1_000_000, '-00:00:01.00'],
    ['7ffffeff', 2, -1_010_000, '-00:00:01.01'],
    ['b46efb', 0, 3_020_399_000_000, '838:59:59'],
    ['4b9105', 0, -3_020_399_000_000, '-838:59:59'],
    ['80c8b801e240', 6, 45_296_123_456, '12:34:56.123456'],
  ])('%s with %i digits', (hex, decimals, micros, text) => {
    expect(read(19, hex, { decimals })).toBe(micros)
    expect(timeText(micros, decimals)).toBe(text)
    expect(timeOf(micros)).toEqual(timeOf(text))
  })
})

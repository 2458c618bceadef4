import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bigintBytes, bigintFromBytes, parseDecimal } from '../../../src/core/json/number.js'
import { Decimal } from '../../../src/core/value.js'

describe('parseDecimal', () => {
  test.each([
    ['0', 0n, 0],
    ['-0.00', 0n, 2],
    ['12.50', 1_250n, 2],
    ['-12.5', -125n, 1],
    ['.5', 5n, 1],
    ['5.', 5n, 0],
    ['+7', 7n, 0],
    ['1e3', 1n, -3],
    ['999999999999999', 999_999_999_999_999n, 0],
    ['-9999999999999999', -9_999_999_999_999_999n, 0],
    ['-99999999999999.9', -999_999_999_999_999n, 1],
    ['12345678901234567890.12', 1_234_567_890_123_456_789_012n, 2],
  ])('%s', (text, unscaled, scale) => {
    expect(parseDecimal(text)).toStrictEqual(new Decimal(unscaled, scale))
  })

  test.each(['', '-', '.', '-.', '1.2.3', '1-', 'a', ' 1', '1 ', '0x1', 'NaN', '１'])('%j is none', text => {
    expect(parseDecimal(text)).toBeUndefined()
  })

  test('short and long texts are read alike', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(8), (unscaled, scale) => {
        const value = new Decimal(unscaled, scale)
        expect(parseDecimal(value.toString())).toStrictEqual(value)
      }),
    )
  })
})

describe('bigintBytes', () => {
  test.each([
    [0n, '00'],
    [127n, '7f'],
    [128n, '0080'],
    [-128n, '80'],
    [-129n, 'ff7f'],
    [255n, '00ff'],
    [-1n, 'ff'],
    [2n ** 47n - 1n, '7fffffffffff'],
    [2n ** 47n, '00800000000000'],
    [-(2n ** 47n), '800000000000'],
    [-(2n ** 47n) - 1n, 'ff7fffffffffff'],
    [2n ** 53n + 1n, '20000000000001'],
  ])('%s has the fewest bytes that keep its sign', (value, hex) => {
    expect(bigintBytes(value).toString('hex')).toBe(hex)
  })

  test('what was written is read again', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), value => {
        expect(bigintFromBytes(bigintBytes(value))).toBe(value)
      }),
    )
  })
})

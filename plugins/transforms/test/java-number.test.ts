import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Decimal, Float64, parseDecimal } from 'millrace/plugin'
import { compareWith, floatOf, narrowed } from '../src/java-number.js'

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true })

describe('floatOf', () => {
  test('gives a float back', () => {
    fc.assert(
      fc.property(float32, float => {
        expect(floatOf(float)).toBe(float)
        if (Number.isSafeInteger(float)) expect(floatOf(BigInt(float))).toBe(float + 0)
      }),
    )
  })

  /** The middle between 1 and the next float, and a digit so far behind that the nearest double does not show it. */
  test.each([
    ['1.000000059604644775390625', 1],
    ['1.00000005960464477539062500000000000001', 1.0000001192092896],
    ['1.00000005960464477539062499999999999999', 1],
    ['-1.00000005960464477539062500000000000001', -1.0000001192092896],
  ])('rounds %s once', (text, float) => {
    expect(floatOf(parseDecimal(text) ?? 0)).toBe(float)
  })

  test('rounds 64-bit integers once', () => {
    // Between 2^60 and the next float, by one more than the middle; as a double it is the middle.
    const middle = 2n ** 60n + 2n ** 36n
    expect(floatOf(middle + 1n)).toBe(2 ** 60 + 2 ** 37)
    expect(floatOf(middle)).toBe(2 ** 60)
    expect(floatOf(-middle - 1n)).toBe(-(2 ** 60) - 2 ** 37)
  })
})

test('compareWith is exact', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat(60), fc.nat(20), (whole, halvings, zeros) => {
      // whole / 2^halvings, which is also whole × 5^halvings / 10^halvings
      const unscaled = BigInt(whole) * 5n ** BigInt(halvings) * 10n ** BigInt(zeros)
      const compared = (off: bigint) =>
        compareWith(new Decimal(unscaled + off, halvings + zeros), whole / 2 ** halvings)
      expect([compared(-1n), compared(0n), compared(1n)]).toEqual([-1, 0, 1])
    }),
  )
})

test('narrowed wraps integers and cuts floats', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), value => {
      expect(narrowed(value, 'int8')).toBe(BigInt.asIntN(8, value))
      expect(narrowed(value, 'int64')).toBe(value)
    }),
  )
  expect(narrowed(new Float64(2 ** 40), 'int32')).toBe(2n ** 31n - 1n)
  expect(narrowed(2 ** 40, 'int32')).toBe(0n)
  expect(narrowed(NaN, 'int64')).toBe(0n)
  expect(narrowed(-Infinity, 'int64')).toBe(-(2n ** 63n))
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimalText, parseDecimal } from '../../../src/core/json/number.js'
import { JsonNumber, parseExact, parseJson } from '../../../src/core/json/parse.js'
import { stringifyJson } from '../../../src/core/json/schemaless.js'
import { Decimal, Float64 } from '../../../src/core/value.js'
import type { Value } from '../../../src/core/value.js'

const malformed = (message: string) =>
  expect.objectContaining({
    code: 'json.malformed',
    disposition: 'reject',
    message: expect.stringContaining(message) as string,
  }) as Error

describe('parseJson', () => {
  test.each([
    ['1', 1],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
    ['2.0', new Float64(2)],
    ['-2.00', new Float64(-2)],
    ['1e3', new Float64(1000)],
    ['1E+300', new Float64(1e300)],
    ['1152921504606846976', 1152921504606846976n],
    ['1152921504606846976.0', new Float64(2 ** 60)],
    ['99.99999999999999999999', new Float64(100)],
    ['1e-400', new Float64(0)],
    ['1e400', Infinity],
    ['-0', 0],
    ['0.10', 0.1],
    ['0.1234567890123456789', 0.12345678901234568],
    ['[1.0,"2.0",{"3.0":4.0}]', [new Float64(1), '2.0', { '3.0': new Float64(4) }]],
    ['{"a\\"1.0":1.0}', { 'a"1.0': new Float64(1) }],
    ['["\\\\",1.0]', ['\\', new Float64(1)]],
  ])('reads %s without loss', (text, value) => {
    expect(parseJson(text)).toStrictEqual(value)
  })

  test.each(['', '{', '[1.0', '"1.0', '1.0.0', '01.0', '00000000000000000000', '1.0e', '--1', '[1.0 2.0]', 'x1.0'])(
    'refuses %j',
    text => {
      expect(() => parseJson(text)).toThrow(malformed('The text is not JSON: '))
    },
  )

  test('refuses a number of more than a thousand digits before it computes with it', () => {
    expect(() => parseJson('9'.repeat(1001))).toThrow(malformed('over the limit of 1000'))
  })

  test('refuses nesting that would overflow the stack of whoever walks it', () => {
    expect(parseJson('['.repeat(1000) + ']'.repeat(1000))).toHaveLength(1)
    expect(() => parseJson(`[1.0,${'['.repeat(100_000)}${']'.repeat(100_000)}]`)).toThrow(malformed('nested'))
  })

  test('keeps __proto__ as data, beside numbers that need care', () => {
    const read = parseJson('{"__proto__":{"a":1.0},"b":2.0}') as Record<string, unknown>
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect(Object.getOwnPropertyDescriptor(read, '__proto__')?.value).toStrictEqual({ a: new Float64(1) })
  })

  test('is JSON.parse for whatever JavaScript can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
        const text = JSON.stringify(value)
        fc.pre(!/\de|-0|\.0|\d{16}/.test(text))
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('parseExact', () => {
  test.each(['12.30', '1e3', '0.1234567890123456789', '2.0', '-0.0'])('keeps the text of %s', text => {
    expect(parseExact(`[${text}]`)).toStrictEqual([new JsonNumber(text)])
  })

  test('leaves a number alone that says the same as text', () => {
    expect(parseExact('[12.35,1.5e0]')).toStrictEqual([12.35, new JsonNumber('1.5e0')])
  })

  test('gives every decimal back digit for digit', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: -20, max: 40 }), (unscaled, scale) => {
        const text = decimalText(new Decimal(unscaled, scale))
        const node = parseExact(text) as number | bigint | JsonNumber
        const read = parseDecimal(node instanceof JsonNumber ? node.text : String(node))
        expect(read && decimalText(read)).toBe(decimalText(parseDecimal(text) as Decimal))
        expect(read).toStrictEqual(new Decimal(unscaled, scale))
      }),
    )
  })
})

/** Schemaless values as records hold them. */
const { value: schemaless } = fc.letrec<{ value: Value }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter(of => !Number.isSafeInteger(Number(of))),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(of => (Number.isInteger(of) ? new Float64(of + 0) : of)),
    fc.array(tie('value')),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value')).map(of => ({ ...of })),
  ),
}))

test('schemaless data leaves as JSON and comes back as it was', () => {
  fc.assert(
    fc.property(schemaless, value => {
      expect(parseJson(stringifyJson(value))).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compactReader } from '../../../src/core/json/compact.js'
import { createJsonEncoder } from '../../../src/core/json/encode.js'
import { parseExact } from '../../../src/core/json/parse.js'
import { jsonReader } from '../../../src/core/json/reader.js'
import { schema, type Schema } from '../../../src/core/schema.js'
import type { Value } from '../../../src/core/value.js'

const options = { replaceNullWithDefault: true }
const { payloadText } = createJsonEncoder({ decimalFormat: 'NUMERIC', replaceNullWithDefault: true })

/** As an envelope has it: something follows. */
const compact = (of: Schema, text: string): Value | undefined => compactReader(of, options)?.(`${text}}`, 0)
const whole = (of: Schema, text: string): Value => jsonReader(of, options)(parseExact(text))

/** Mostly without what JSON escapes. */
const texts = fc.oneof({ weight: 4, arbitrary: fc.stringMatching(/^[ a-zé]*$/) }, fc.string({ unit: 'binary' }))

const scalars: readonly (readonly [Schema, fc.Arbitrary<Value>])[] = [
  [schema.int8(), fc.integer({ min: -128, max: 127 })],
  [schema.int32({ optional: true }), fc.option(fc.integer(), { nil: null })],
  [schema.int64(), fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))],
  [schema.float64(), fc.double({ noNaN: true, noDefaultInfinity: true })],
  [schema.float32({ optional: true, default: 1.5 }), fc.float({ noNaN: true, noDefaultInfinity: true })],
  [schema.boolean(), fc.boolean()],
  [schema.string({ optional: true }), fc.option(texts, { nil: null })],
  [schema.bytes(), fc.uint8Array({ maxLength: 8 })],
  [schema.timestamp(), fc.integer({ min: -1e12, max: 1e13 }).map(at => new Date(at))],
]

const scalar = fc.constantFrom(...scalars)
const name = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'constructor', 'a'))
const structOf = (depth: number): fc.Arbitrary<readonly [Schema, fc.Arbitrary<Value>]> =>
  fc
    .uniqueArray(fc.tuple(name, depth === 0 ? scalar : fc.oneof(scalar, structOf(depth - 1))), {
      minLength: 1,
      maxLength: 4,
      selector: ([of]) => of,
    })
    .map(fields => [
      schema.struct(fields.map(([name, [of]]) => ({ name, schema: of }))),
      fc.tuple(...fields.map(([, [, value]]) => value)).map(values => {
        const struct: Record<string, Value> = {}
        for (const [index, [name]] of fields.entries())
          Object.defineProperty(struct, name, {
            value: values[index],
            enumerable: true,
            writable: true,
            configurable: true,
          })
        return struct
      }),
    ])

test('what it reads is what the parser gives', () => {
  let read = 0
  fc.assert(
    fc.property(
      structOf(2).chain(([of, values]) => fc.tuple(fc.constant(of), values)),
      ([of, value]) => {
        const text = payloadText(of, value)
        const found = compact(of, text)
        if (found === undefined) return
        read++
        // Vitest's own comparison is confused by fields named as what objects inherit.
        expect(isDeepStrictEqual(found, whole(of, text))).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
  expect(read).toBeGreaterThan(20)
})

const pair = schema.struct({ a: schema.float64(), b: schema.string({ optional: true }) })

describe('it reads', () => {
  test.each([
    ['{"a":1,"b":"x"}', { a: 1, b: 'x' }],
    ['{"a":-1.25,"b":null}', { a: -1.25, b: null }],
    ['{"a":0,"b":"é😀"}', { a: 0, b: 'é😀' }],
    ['{"a":123456789012345,"b":""}', { a: 123456789012345, b: '' }],
  ])('%s', (text, value) => {
    expect(compact(pair, text)).toEqual(value)
  })
})

describe('it leaves to the parser', () => {
  test.each([
    '{"b":"x","a":1}',
    '{"a":1}',
    '{"a":1,"b":"x","c":1}',
    '{"a": 1,"b":"x"}',
    '{"a":1,"b":"x"} ',
    '{"a":1,"b":"x"}}',
    '{"a":1e3,"b":"x"}',
    '{"a":1.5E3,"b":"x"}',
    '{"a":1.50,"b":"x"}',
    '{"a":0.0000001,"b":"x"}',
    '{"a":-0,"b":"x"}',
    '{"a":01,"b":"x"}',
    '{"a":1.,"b":"x"}',
    '{"a":-,"b":"x"}',
    '{"a":+1,"b":"x"}',
    '{"a":1234567890123456,"b":"x"}',
    '{"a":NaN,"b":"x"}',
    '{"a":nul,"b":"x"}',
    '{"a":1,"b":"\\n"}',
    '{"a":1,"b":"\n"}',
    '{"a":1,"b":"x',
    '{"a":1,"b":x}',
    '[1]',
    'null',
    '',
  ])('%j', text => {
    expect(compact(pair, text)).toBeUndefined()
  })

  test('whatever holds arrays or maps, or nothing', () => {
    for (const of of [schema.array(schema.string()), schema.map(schema.string(), schema.string())])
      expect(compactReader(schema.struct({ of }), options)).toBeUndefined()
    for (const of of [schema.struct({}), schema.string()]) expect(compactReader(of, options)).toBeUndefined()
  })
})

test('a null where there may be none is refused as by the parser', () => {
  const text = '{"a":null,"b":"x"}'
  expect(() => compact(pair, text)).toThrow('Invalid null value for required FLOAT64 field')
  expect(() => whole(pair, text)).toThrow('Invalid null value for required FLOAT64 field')
})

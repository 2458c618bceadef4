import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createJsonDecoder } from '../../../src/core/json/decode.js'
import { createJsonEncoder, envelopeText } from '../../../src/core/json/encode.js'
import { schema, withSchema } from '../../../src/core/schema.js'
import type { Schema } from '../../../src/core/schema.js'
import { Decimal } from '../../../src/core/value.js'
import type { Value } from '../../../src/core/value.js'

const refused = (code: string, message: string) =>
  expect.objectContaining({ code, disposition: 'reject', message }) as Error

const decoder = (cacheSize = 1000) => createJsonDecoder({ cacheSize, replaceNullWithDefault: true })

interface Data {
  readonly schema: Schema
  readonly value: Value
}

const of = <T extends Value>(schema: Schema, values: fc.Arbitrary<T>): fc.Arbitrary<Data> =>
  values.map(value => ({ schema, value }))

const day = 86_400_000
const plain = fc.oneof(
  of(schema.int8(), fc.integer({ min: -128, max: 127 })),
  of(schema.int16(), fc.integer({ min: -32768, max: 32767 })),
  of(schema.int32(), fc.integer()),
  of(
    schema.int64(),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map(long => (Number.isSafeInteger(Number(long)) ? Number(long) : long)),
  ),
  of(
    schema.float32(),
    fc.float({ noNaN: true, noDefaultInfinity: true }).map(float => float + 0),
  ),
  of(
    schema.float64(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(double => double + 0),
  ),
  of(schema.boolean(), fc.boolean()),
  of(schema.string(), fc.string({ unit: 'binary' })),
  of(
    schema.bytes(),
    fc.uint8Array().map(bytes => Buffer.from(bytes)),
  ),
  of(
    schema.date(),
    fc.integer({ min: -100_000, max: 100_000 }).map(days => new Date(days * day)),
  ),
  of(
    schema.time(),
    fc.integer({ min: 0, max: day }).map(millis => new Date(millis)),
  ),
  of(schema.timestamp(), fc.date({ noInvalidDate: true })),
  of(
    schema.decimal(2),
    fc.bigInt().map(unscaled => new Decimal(unscaled, 2)),
  ),
)

const withNull = fc.oneof(
  plain,
  plain.map(data => ({ schema: withSchema(data.schema, { optional: true }), value: null })),
  plain.map(data => ({ schema: withSchema(data.schema, { optional: true, default: data.value }), value: data.value })),
)

const data = fc.oneof(
  withNull,
  withNull.map(item => ({ schema: schema.array(item.schema), value: [item.value, item.value] })),
  withNull.map(item => ({ schema: schema.map(schema.string(), item.schema), value: new Map([['k', item.value]]) })),
  fc.tuple(plain, withNull).map(([key, item]) => ({
    schema: schema.map(key.schema, item.schema),
    value: new Map<Value, Value>([[key.value, item.value]]),
  })),
  fc.dictionary(fc.string(), withNull).map(fields => {
    const entries = Object.entries(fields)
    return {
      schema: schema.struct(
        entries.map(([name, field]) => ({ name, schema: field.schema })),
        { name: 'a.B', version: 3 },
      ),
      value: Object.fromEntries(entries.map(([name, field]) => [name, field.value])),
    }
  }),
)

describe('an envelope', () => {
  test('gives back the schema and the value that went in', () => {
    const read = decoder()
    fc.assert(
      fc.property(data, ({ schema, value }) => {
        expect(read.readEnvelope(envelopeText(schema, value))).toEqual({ schema, value })
      }),
      { numRuns: 500 },
    )
  })

  test('gives back decimals written as numbers', () => {
    const encoder = createJsonEncoder({ decimalFormat: 'NUMERIC', replaceNullWithDefault: true })
    const price = schema.struct({ price: schema.decimal(3) })
    fc.assert(
      fc.property(fc.bigInt(), unscaled => {
        const value = { price: new Decimal(unscaled, 3) }
        expect(decoder().readEnvelope(encoder.envelopeText(price, value)).value).toEqual(value)
      }),
    )
  })

  test('is read the same in any layout', () => {
    const read = decoder()
    const written = envelopeText(schema.struct({ a: schema.int32() }), { a: 1 })
    const layouts = [
      written,
      JSON.stringify(JSON.parse(written), null, 2),
      `${written}\n`,
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(written) as object).toReversed())),
    ]
    const values = layouts.map(text => read.readEnvelope(text))
    expect(values).toEqual(layouts.map(() => ({ schema: schema.struct({ a: schema.int32() }), value: { a: 1 } })))
  })

  test('of the same schema gives the same schema instance, so that caches by schema hold', () => {
    const read = decoder()
    const text = (a: number) => envelopeText(schema.struct({ a: schema.int32() }), { a })
    const other = read.readEnvelope(envelopeText(schema.int8(), 1)).schema
    const first = read.readEnvelope(text(1)).schema
    expect(read.readEnvelope(envelopeText(schema.int8(), 2)).schema).toBe(other)
    expect(read.readEnvelope(text(2)).schema).toBe(first)
    expect(read.readEnvelope(text(3)).schema).toBe(first)
  })

  test('of a schema long unused is read anew: the cache is bounded', () => {
    const read = decoder(2)
    const envelope = (name: string) => envelopeText(schema.int8({ name }), 1)
    const [a, b] = [read.readEnvelope(envelope('a')).schema, read.readEnvelope(envelope('b')).schema]
    expect(read.readEnvelope(envelope('a')).schema).toBe(a)
    read.readEnvelope(envelope('c'))
    expect(read.readEnvelope(envelope('a')).schema).toBe(a)
    expect(read.readEnvelope(envelope('b')).schema).not.toBe(b)
  })

  test('with more members after the payload is refused, also where its schema is known', () => {
    const read = decoder()
    const text = envelopeText(schema.int32(), 1)
    read.readEnvelope(text)
    expect(() => read.readEnvelope(`${text.slice(0, -1)},"x":1}`)).toThrow('may not contain additional fields')
  })
})

describe('a value that does not fit its schema', () => {
  test.each<[string, Schema, Value]>([
    ['Invalid type for INT8: number', schema.int8(), 128],
    ['Invalid type for INT16: number', schema.int16(), -32769],
    ['Invalid type for INT32: number', schema.int32(), 2 ** 31],
    ['Invalid type for INT32: number', schema.int32(), 1.5],
    ['Invalid type for INT64: number', schema.int64(), 2 ** 53],
    ['Invalid type for INT64: bigint', schema.int64(), 2n ** 63n],
    ['Invalid type for FLOAT64: string', schema.float64(), '1'],
    ['Invalid type for STRING: number', schema.string(), 1],
    ['Invalid type for BYTES: array', schema.bytes(), [1]],
    ['Invalid type for ARRAY: object', schema.array(schema.int8()), {}],
    ['Invalid type for MAP: object', schema.map(schema.int8(), schema.int8()), {}],
    ['Invalid type for STRUCT: Map', schema.struct({}), new Map()],
    ['Invalid type for Date, expected Date but was number', schema.date(), 1],
    ['Invalid type for Decimal, expected Decimal but was number', schema.decimal(0), 1],
    ['Kafka Connect Date type should not have any time fields set to non-zero values.', schema.date(), new Date(1)],
    ['Kafka Connect Time type should not have any date fields set to non-zero values.', schema.time(), new Date(-1)],
    ['The timestamp is not a valid date.', schema.timestamp(), new Date(Number.NaN)],
    [
      'Conversion error: null value for field that is required and has no default value',
      schema.struct({ a: schema.int8() }),
      {},
    ],
  ])('is refused: %s', (message, schema, value) => {
    expect(() => envelopeText(schema, value)).toThrow(refused('data.value_invalid', message))
  })
})

test('a field named as something that every object inherits is read as what it is: absent, or its own', () => {
  const odd = schema.struct({
    constructor: schema.string({ optional: true }),
    toString: schema.string({ optional: true }),
  })
  expect(envelopeText(odd, { toString: 'x' })).toMatch(/"payload":\{"constructor":null,"toString":"x"\}\}$/)
})

test('NaN and the infinities of doubles and floats are written as strings', () => {
  const of = schema.array(schema.float64())
  expect(envelopeText(of, [Number.NaN, Infinity, -Infinity])).toContain('["NaN","Infinity","-Infinity"]')
  expect(envelopeText(schema.float32(), 1e39)).toContain('"payload":"Infinity"')
})

import { expect, test } from 'vitest'
import { createJsonEncoder } from '../../../src/core/json/encode.js'
import { schema } from '../../../src/core/schema.js'

const inner = schema.struct({ n: schema.int32() }, { optional: true })
const outer = schema.struct({ a: inner, b: inner, n: schema.int32() })
const encoder = createJsonEncoder({ decimalFormat: 'BASE64', replaceNullWithDefault: true })

test('a frozen struct that many records share is written the same in each, beside others', () => {
  const shared = Object.freeze({ n: 1 })
  const texts = [
    { a: shared, b: { n: 2 }, n: 0 },
    { a: shared, b: shared, n: 1 },
    { a: null, b: shared, n: 2 },
    { a: { n: 3 }, b: Object.freeze({ n: 4 }), n: 3 },
    { a: shared, b: null, n: 4 },
  ].map(value => encoder.payloadText(outer, value))
  expect(texts).toEqual([
    '{"a":{"n":1},"b":{"n":2},"n":0}',
    '{"a":{"n":1},"b":{"n":1},"n":1}',
    '{"a":null,"b":{"n":1},"n":2}',
    '{"a":{"n":3},"b":{"n":4},"n":3}',
    '{"a":{"n":1},"b":null,"n":4}',
  ])
})

test('one that may change is written anew', () => {
  const changing = { n: 1 }
  expect(encoder.payloadText(inner, changing)).toBe('{"n":1}')
  changing.n = 2
  expect(encoder.payloadText(inner, changing)).toBe('{"n":2}')
})

import { describe, expect, test } from 'vitest'
import { schema } from 'millrace/plugin'
import type { Schema } from 'millrace/plugin'
import { JsonPayloads } from '../src/outbox/json-payload.js'
import { change, columns, router } from './outbox-rows.js'

const optional = { optional: true } as const
const text = schema.string(optional)
const int32 = schema.int32(optional)
const struct = (name: string | undefined, fields: Readonly<Record<string, Schema>>): Schema =>
  schema.struct(fields, { optional: true, ...(name !== undefined && { name }) })
const list = (items: Schema): Schema => schema.array(items, optional)

const expanded = (json: string, keepsNulls = false) => new JsonPayloads('payload', keepsNulls).expanded(json)

describe('an object', () => {
  test.each<[string, Schema, unknown]>([
    ['"x"', text, 'x'],
    ['true', schema.boolean(optional), true],
    ['2147483647', int32, 2_147_483_647],
    ['-2147483648', int32, -2_147_483_648],
    ['2147483648', schema.int64(optional), 2_147_483_648],
    ['9223372036854775807', schema.int64(optional), 9_223_372_036_854_775_807n],
    ['1.0', schema.float64(optional), 1],
    ['1e2', schema.float64(optional), 100],
    ['0.1', schema.float64(optional), 0.1],
    ['["a",null]', list(text), ['a', null]],
    ['[[1],[]]', list(list(int32)), [[1], []]],
    ['{"b":1}', struct('payload.a', { b: int32 }), { b: 1 }],
    ['[{"b":1}]', list(struct('payload.a', { b: int32 })), [{ b: 1 }]],
    ['[[{"b":{"c":1}}]]', list(list(struct(undefined, { b: struct('b', { c: int32 }) }))), [[{ b: { c: 1 } }]]],
    ['{}', struct('payload.a', {}), {}],
  ])('with %s in it', (json, of, value) => {
    const { schema: found, value: data } = expanded(`{"a": ${json}}`)!
    expect(found).toEqual(struct('payload', { a: of }))
    expect(data).toEqual({ a: value })
  })

  test('has no field for null and for an empty array', () => {
    expect(expanded('{"a": null, "b": [], "c": 1}')).toEqual({
      schema: struct('payload', { c: int32 }),
      value: { c: 1 },
    })
  })

  test('keeps null where that is wanted', () => {
    const found = expanded('{"a": null, "b": [null]}', true)
    const bytes = schema.bytes(optional)
    expect(found).toEqual({ schema: struct('payload', { a: bytes, b: list(bytes) }), value: { a: null, b: [null] } })
  })

  test('has names that every object inherits as data', () => {
    const { value } = expanded('{"__proto__": 1, "constructor": "x"}')!
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', 1],
      ['constructor', 'x'],
    ])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('objects of one array', () => {
  test('have the fields of all of them, at every depth', () => {
    const { schema: found, value } = expanded('[{"a":{"x":1}},null,{"b":"t","a":{"y":[]}},{"a":{"y":[2]}}]')!
    const inner = struct('payload.a', { x: int32, y: list(int32) })
    expect(found).toEqual(list(struct('payload', { a: inner, b: text })))
    expect(value).toEqual([{ a: { x: 1 } }, null, { b: 't', a: { y: [] } }, { a: { y: [2] } }])
  })

  test('take the type that one of them knows for what is null in another', () => {
    const { schema: found } = expanded('[{"a":null},{"a":1},{"a":null}]', true)!
    expect(found).toEqual(list(struct('payload', { a: int32 })))
  })
})

test.each([
  ['', 'nothing'],
  ['plain', 'no JSON'],
  ['"text"', 'JSON that is no object'],
  [' {"a":1}', 'space before it'],
  ['{"a":1', 'cut off'],
  ['{"a":1} x', 'something behind it'],
  ['[]', 'nothing in it'],
  ['{"a":[null]}', 'an array of nulls'],
  ['{"a":[[],[1]]}', 'an array that begins with an empty one'],
  ['{"a":[1,"x"]}', 'an array of several types'],
  ['{"a":[1,2147483648]}', 'an array of several integers'],
  ['{"a":[{"b":1},{"b":"x"}]}', 'a field of several types'],
  ['{"a":[[1],["x"]]}', 'arrays of several types'],
  ['{"a":9223372036854775808}', 'an integer that is too large'],
  ['{"a":1e999}', 'a number that is too large'],
  [`${'['.repeat(1_001)}1${']'.repeat(1_001)}`, 'more nesting than anybody means'],
])('text stays text: %j (%s)', json => {
  expect(expanded(json)).toBeUndefined()
})

test('equal payloads share their schema', () => {
  const payloads = new JsonPayloads('payload', false)
  const [one, two, other] = ['{"a":1}', '{"a":2}', '{"b":1}'].map(json => payloads.expanded(json)!.schema)
  expect(one).toBe(two)
  expect(one).not.toBe(other)
})

describe('the router', () => {
  const apply = router({ 'table.expand.json.payload': 'true' })

  test('expands payloads, named by their column', () => {
    expect(apply(change())).toMatchObject({ value: { a: 1 }, valueSchema: { name: 'payload', type: 'struct' } })
  })

  test('puts what it expands into an envelope', () => {
    const config = { 'table.expand.json.payload': 'true', 'table.fields.additional.placement': 'type:envelope' }
    const routed = router(config)(change())
    expect(routed?.value).toEqual({ payload: { a: 1 }, type: 'OrderCreated' })
    expect(routed?.valueSchema?.fields?.[0]?.schema).toEqual(struct('payload', { a: int32 }))
  })

  test.each([['no JSON'], [null]])('leaves %j under its own schema', payload => {
    expect(apply(change({ payload }))).toMatchObject({ value: payload, valueSchema: columns['payload'] })
  })
})

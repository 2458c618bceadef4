import { expect, test } from 'vitest'
import { javaToString } from '../../../src/core/json/java-string.js'
import { stringifyJson } from '../../../src/core/json/schemaless.js'
import { schema } from '../../../src/core/schema.js'
import { Decimal, Float64 } from '../../../src/core/value.js'
import type { Value } from '../../../src/core/value.js'

test.each<[string, Value]>([
  ['null', null],
  ['1', 1],
  ['1.5', 1.5],
  ['1.0E10', new Float64(1e10)],
  ['9007199254740993', 9007199254740993n],
  ['1000000000000000000000', 1e21],
  ['[1, a, null]', [1, 'a', null]],
  ['{a=1, b={c=true}}', { a: 1, b: { c: true } }],
  ['{1=x}', new Map<Value, Value>([[1, 'x']])],
  ['YWJj', Buffer.from('abc')],
  ['12.30', new Decimal(1230n, 2)],
  ['Thu Jan 02 03:04:05 UTC 2020', new Date('2020-01-02T03:04:05.678Z')],
])('a value without a schema is %s', (text, value) => {
  expect(javaToString(undefined, value)).toBe(text)
})

test('under a schema floats and structs have their own text', () => {
  const of = schema.struct({ f: schema.float32(), d: schema.float64(), s: schema.string({ optional: true }) })
  expect(javaToString(of, { f: 0.10000000149011612, d: 2, s: null })).toBe('Struct{f=0.1,d=2.0}')
})

test.each<[string, Value | undefined]>([
  ['null', undefined],
  ['{"a":1}', new Map<Value, Value>([['a', 1]])],
  ['[[1,2.0]]', new Map<Value, Value>([[1, new Float64(2)]])],
  ['"AQID"', Buffer.from([1, 2, 3])],
  ['1E-10', new Decimal(1n, 10)],
  ['5', new Date(5)],
  ['1000000000000000000000', 1e21],
  ['"NaN"', Number.NaN],
  [String.raw`"\uD83D\uDE00\u001F"`, '😀\u001f'],
  [String.raw`"\uD800"`, '\ud800'],
])('as JSON a value without a schema is %s', (text, value) => {
  expect(stringifyJson(value)).toBe(text)
})

test('what is no value of a record has no form in JSON', () => {
  const foreign = expect.objectContaining({ code: 'data.value_invalid', disposition: 'reject' }) as Error
  expect(() => stringifyJson((() => 1) as unknown as Value)).toThrow(foreign)
  expect(() => stringifyJson({ a: new URL('x:y') } as unknown as Value)).toThrow(foreign)
})

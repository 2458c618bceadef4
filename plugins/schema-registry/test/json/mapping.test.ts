import { Decimal, dispositionOf, schema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { describe, expect, test } from 'vitest'
import { SchemaDocument } from '../../src/json/document.js'
import { jsonFormat } from '../../src/json/format.js'
import { isJsonNull } from '../../src/json/names.js'
import { connectSchemaOf } from '../../src/json/to-connect.js'
import { jsonConfig } from './config.js'

type Given = Readonly<Record<string, unknown>>
type Imports = readonly { readonly name: string; readonly text: string }[]
const resolved = (json: unknown, imports: Imports = []) => ({
  kind: 'JSON' as const,
  text: typeof json === 'string' ? json : JSON.stringify(json),
  references: [],
  imports,
})
const jsonOf = (of: Schema, given: Given = {}): unknown => JSON.parse(jsonFormat(jsonConfig(given)).describe(of).text)
const schemaOf = (json: unknown, given: Given = {}, imports: Imports = [], version?: number): Schema =>
  connectSchemaOf(new SchemaDocument(resolved(json, imports)), version, jsonConfig(given))
const write = (of: Schema, value: Value, given: Given = {}): string => {
  const format = jsonFormat(jsonConfig(given))
  return format
    .writer(of, resolved(format.describe(of).text))(value, 1)
    .toString('utf8', 5)
}
const read = (json: unknown, text: string, given: Given = {}, imports: Imports = []): Value =>
  jsonFormat(jsonConfig(given)).reader(
    resolved(json, imports),
    undefined,
    undefined,
  )(Buffer.from(`\0\0\0\0\u0001${text}`)).value

function rejection(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (dispositionOf(error) !== 'reject') throw error
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

const nullable = (of: unknown) => ({ oneOf: [{ type: 'null' }, of] })

describe('what Connect’s schemas become, and become again', () => {
  // As JsonSchemaData writes them.
  test.each<[string, Schema, unknown]>([
    ['int8', schema.int8(), { type: 'integer', 'connect.type': 'int8' }],
    ['int16', schema.int16(), { type: 'integer', 'connect.type': 'int16' }],
    ['int32', schema.int32(), { type: 'integer', 'connect.type': 'int32' }],
    ['int64', schema.int64(), { type: 'integer', 'connect.type': 'int64' }],
    ['float32', schema.float32(), { type: 'number', 'connect.type': 'float32' }],
    ['float64', schema.float64(), { type: 'number', 'connect.type': 'float64' }],
    ['boolean', schema.boolean(), { type: 'boolean' }],
    ['string', schema.string(), { type: 'string' }],
    ['bytes', schema.bytes(), { type: 'string', 'connect.type': 'bytes' }],
    ['an optional', schema.string({ optional: true }), nullable({ type: 'string' })],
    [
      'name, version, doc, default, parameters',
      schema.int32({ name: 'a.B', version: 2, doc: 'd', default: 7, parameters: { x: 'y' } }),
      {
        title: 'a.B',
        description: 'd',
        default: 7,
        type: 'integer',
        'connect.type': 'int32',
        'connect.version': 2,
        'connect.parameters': { x: 'y' },
      },
    ],
    [
      'decimal',
      schema.decimal(2),
      {
        title: 'org.apache.kafka.connect.data.Decimal',
        type: 'string',
        'connect.type': 'bytes',
        'connect.version': 1,
        'connect.parameters': { scale: '2' },
      },
    ],
    [
      'timestamp',
      schema.timestamp(),
      {
        title: 'org.apache.kafka.connect.data.Timestamp',
        type: 'integer',
        'connect.type': 'int64',
        'connect.version': 1,
      },
    ],
    ['array', schema.array(schema.string({ optional: true })), { type: 'array', items: nullable({ type: 'string' }) }],
    [
      'map',
      schema.map(schema.string(), schema.string()),
      { type: 'object', additionalProperties: { type: 'string' }, 'connect.type': 'map' },
    ],
    [
      'map with other keys',
      schema.map(schema.int32(), schema.string({ optional: true })),
      {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            key: { type: 'integer', 'connect.type': 'int32', 'connect.index': 0 },
            value: { ...nullable({ type: 'string' }), 'connect.index': 1 },
          },
        },
        'connect.type': 'map',
      },
    ],
    [
      'struct',
      schema.struct(
        {
          b: schema.string(),
          a: schema.struct({ x: schema.boolean() }, { name: 'n.T', optional: true }),
        },
        { name: 'n.S', version: 3 },
      ),
      {
        title: 'n.S',
        type: 'object',
        properties: {
          b: { type: 'string', 'connect.index': 0 },
          a: {
            ...nullable({ title: 'n.T', type: 'object', properties: { x: { type: 'boolean', 'connect.index': 0 } } }),
            'connect.index': 1,
          },
        },
        'connect.version': 3,
      },
    ],
  ])('%s', (_, of, json) => {
    expect(jsonOf(of)).toEqual(json)
    expect(schemaOf(json)).toEqual(of)
  })

  test('fields stand by connect.index, whatever the order of the properties', () => {
    const of = schemaOf({
      type: 'object',
      properties: { b: { type: 'string', 'connect.index': 1 }, a: { type: 'string', 'connect.index': 0 } },
    })
    expect(of.fields!.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('object.additional.properties, use.optional.for.nonrequired, decimal.format', () => {
    const of = schema.struct({ d: schema.decimal(1) }, { name: 'S' })
    expect(jsonOf(of, { 'object.additional.properties': false })).toMatchObject({ additionalProperties: false })
    const json = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, required: ['a'] }
    expect(
      schemaOf(json, { 'use.optional.for.nonrequired': true }).fields!.map(field => field.schema.optional),
    ).toEqual([false, true])
    expect(write(of, { d: new Decimal(125n, 1) })).toBe('{"d":"fQ=="}')
    expect(write(of, { d: new Decimal(125n, 1) }, { 'decimal.format': 'numeric' })).toBe('{"d":12.5}')
    expect(jsonOf(of, { 'decimal.format': 'numeric' })).toMatchObject({
      properties: { d: { type: 'number', 'connect.type': 'bytes' } },
    })
  })
})

describe('what JSON Schemas of others become', () => {
  test('types without Connect’s attributes', () => {
    expect(schemaOf({ type: 'integer' })).toEqual(schema.int64())
    expect(schemaOf({ type: 'number' })).toEqual(schema.float64())
    expect(schemaOf({ type: ['string', 'null'] })).toEqual(schema.string({ optional: true }))
    expect(schemaOf({ properties: { a: { minLength: 1 } } })).toEqual(schema.struct({ a: schema.string() }))
    expect(schemaOf({ title: 'T', description: 'd', type: 'string' }, {}, [], 4)).toEqual(
      schema.string({ name: 'T', doc: 'd', version: 4 }),
    )
  })

  test('a oneOf or anyOf is a struct with a field for each', () => {
    for (const word of ['oneOf', 'anyOf']) {
      const json = {
        [word]: [
          { type: 'null' },
          { type: 'integer' },
          { type: 'string' },
          { title: 'R', type: 'object', properties: { a: { type: 'string' } } },
        ],
      }
      const of = schemaOf(json)
      expect(of).toMatchObject({ type: 'struct', name: 'io.confluent.connect.json.OneOf', optional: true })
      expect(of.fields!.map(({ name }) => name)).toEqual(
        [0, 1, 2].map(at => `io.confluent.connect.json.OneOf.field.${at}`),
      )
      expect(read(json, '5')).toEqual({ 'io.confluent.connect.json.OneOf.field.0': 5 })
      expect(read(json, '{"a":"x"}')).toEqual({ 'io.confluent.connect.json.OneOf.field.2': { a: 'x' } })
      expect(write(of, { 'io.confluent.connect.json.OneOf.field.1': 'x' })).toBe('"x"')
      expect(rejection(() => read(json, 'true'))).toMatch(/matching oneof field/)
    }
  })

  test('an allOf of objects is one struct, an enum a string with its symbols', () => {
    const json = {
      allOf: [{ $ref: '#/definitions/A' }, { type: 'object', properties: { b: { type: 'integer' } } }],
      definitions: { A: { type: 'object', properties: { a: { type: 'string' } } } },
    }
    expect(schemaOf(json).fields!.map(({ name }) => name)).toEqual(['a', 'b'])
    const symbols = {
      'io.confluent.connect.json.Enum': '',
      'io.confluent.connect.json.Enum.x': 'x',
      'io.confluent.connect.json.Enum.y': 'y',
    }
    for (const of of [{ enum: ['x', 'y'] }, { type: 'string', enum: ['x', 'y'] }])
      expect(schemaOf(of)).toEqual(schema.string({ parameters: symbols }))
    expect(jsonOf(schemaOf({ enum: ['x', 'y'] }))).toEqual({ enum: ['x', 'y'] })
  })

  test('references within the schema, to others, and to itself', () => {
    const zip = JSON.stringify({
      $id: 'http://x/zip.json',
      definitions: { Zip: { type: 'object', properties: { code: { type: 'string' } } } },
    })
    const person = { type: 'object', properties: { zip: { $ref: 'zip.json#/definitions/Zip' } } }
    expect(read(person, '{"zip":{"code":"1"}}', {}, [{ name: 'zip.json', text: zip }])).toEqual({ zip: { code: '1' } })
    const node = {
      title: 'Node',
      type: 'object',
      properties: { v: { type: 'integer' }, next: { oneOf: [{ type: 'null' }, { $ref: '#' }] } },
    }
    const of = schemaOf(node)
    expect(of.fields![1]!.schema).toMatchObject({
      optional: true,
      name: 'Node',
      parameters: { 'io.confluent.connect.json.Id': '#id1' },
    })
    expect(read(node, '{"v":1,"next":{"v":2,"next":null}}')).toEqual({ v: 1, next: { v: 2, next: null } })
    expect(jsonOf(of)).toMatchObject({
      $id: '#id1',
      properties: { next: { oneOf: [{ type: 'null' }, { $ref: '#id1' }] } },
    })
    expect(schemaOf(jsonOf(of))).toEqual(of)
    expect(rejection(() => schemaOf({ $ref: '#/nowhere' }))).toMatch(/refers to #\/nowhere, which there is not/)
    expect(rejection(() => schemaOf({ $ref: 'other.json' }))).toMatch(/not among its references/)
  })

  test('what has no type in Connect is told', () => {
    expect(rejection(() => schemaOf({ type: 'null' }))).toMatch(/null alone/)
    expect(rejection(() => schemaOf({}))).toMatch(/names no type/)
    expect(rejection(() => schemaOf({ type: 'array' }))).toMatch(/items type/)
    expect(rejection(() => schemaOf('{'))).toMatch(/no JSON/)
  })
})

describe('data', () => {
  test('integers keep all their digits, doubles and decimals too', () => {
    const of = schema.struct({ l: schema.int64(), d: schema.float64(), f: schema.float32() }, { name: 'S' })
    const text = '{"l":9223372036854775807,"d":2.0,"f":0.1}'
    expect(write(of, { l: 2n ** 63n - 1n, d: 2, f: Math.fround(0.1) })).toBe(text)
    expect(read(jsonOf(of), text)).toEqual({ l: 2n ** 63n - 1n, d: 2, f: Math.fround(0.1) })
    const numeric = { 'decimal.format': 'NUMERIC' }
    const decimal = schema.decimal(20)
    const value = new Decimal(123456789012345678901234567890n, 20)
    expect(write(decimal, value, numeric)).toBe('1234567890.12345678901234567890')
    expect(read(jsonOf(decimal, numeric), '1234567890.12345678901234567890')).toEqual(value)
    expect(read(jsonOf(decimal, numeric), '1.5')).toEqual(new Decimal(150000000000000000000n, 20))
  })

  test('a null that is not optional is left out, an optional one is null', () => {
    const of = schema.struct(
      { a: schema.int32(), b: schema.int32({ optional: true }), c: schema.int32({ optional: true, default: 5 }) },
      { name: 'S' },
    )
    expect(write(of, { a: null, b: null, c: null })).toBe('{"b":null,"c":5}')
    expect(write(of, { a: 1, b: null, c: null }, { 'ignore.default.for.nullables': true })).toBe(
      '{"a":1,"b":null,"c":null}',
    )
    expect(read(jsonOf(of), '{}')).toEqual({ a: null, b: null, c: 5 })
  })

  test('nulls alone', () => {
    expect([undefined, schema.string(), schema.string({ optional: true })].map(of => isJsonNull(of))).toEqual([
      false,
      false,
      true,
    ])
    expect(write(schema.string({ optional: true }), null)).toBe('null')
    expect(read(nullable({ type: 'string' }), 'null')).toBeNull()
  })

  test.each<[string, unknown, string, RegExp]>([
    [
      'text for a number',
      { type: 'integer' },
      '"1"',
      /Invalid type for INT64: the JSON has a value of the type string/,
    ],
    ['a fraction for a whole number', { type: 'integer' }, '1.5', /1\.5 is no INT64/],
    ['too large a number', { type: 'integer', 'connect.type': 'int8' }, '128', /128 is no INT8/],
    ['no base64', { type: 'string', 'connect.type': 'bytes' }, '"?"', /Invalid type for BYTES/],
    ['null for what is not optional', { type: 'string' }, 'null', /Invalid null value for required STRING field/],
    ['broken JSON', { type: 'string' }, '{', /JSON/],
    [
      'a field, by its path',
      { type: 'object', properties: { a: { type: 'object', properties: { b: { type: 'string' } } } } },
      '{"a":{"b":1}}',
      /^Field a\.b: Invalid type for STRING/,
    ],
  ])('%s is the record’s fault', (_, json, text, message) => {
    expect(() => read(json, text)).toThrow(message)
  })

  test('data without a schema is refused', () => {
    expect(rejection(() => jsonFormat(jsonConfig()).describe(undefined))).toMatch(/without a schema/)
  })

  test('json.fail.invalid.schema holds data to the JSON Schema, both ways', () => {
    const strict = { 'json.fail.invalid.schema': true }
    const json = { type: 'object', properties: { a: { type: 'string', minLength: 3 } } }
    expect(read(json, '{"a":"abc"}', strict)).toEqual({ a: 'abc' })
    expect(rejection(() => read(json, '{"a":"ab"}', strict))).toMatch(/not what its JSON Schema allows: #\/a .*short/)
    const format = jsonFormat(jsonConfig(strict))
    const writer = format.writer(schema.struct({ a: schema.string() }), resolved(json))
    expect(rejection(() => writer({ a: 'ab' }, 1))).toMatch(/not what its JSON Schema allows/)
  })
})

test('whether registered data and own data go together is told with the reason', () => {
  const { whyIncompatible } = jsonFormat(jsonConfig())
  const object = (properties: unknown) => resolved({ type: 'object', properties })
  const [text, whole] = [{ type: 'string' }, { type: 'integer' }]
  expect(whyIncompatible(object({ a: text, b: nullable(text) }), object({ a: text }))).toBeUndefined()
  expect(whyIncompatible(object({ a: { type: 'number' } }), object({ a: whole, more: text }))).toBeUndefined()
  expect(whyIncompatible(object({ a: text, b: text }), object({ a: text }))).toMatch(/registered field b is missing/)
  expect(whyIncompatible(object({ a: text }), object({ a: whole }))).toMatch(
    /field a is a int64, and a string is registered/,
  )
  expect(whyIncompatible(object({ a: text }), object({ a: nullable(text) }))).toMatch(/field a may be null/)
})

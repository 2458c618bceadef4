import { Decimal, Float64, dispositionOf, schema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { describe, expect, test } from 'vitest'
import { avroFormat } from '../../src/avro/format.js'
import { parseAvro } from '../../src/avro/model.js'
import { connectSchemaOf } from '../../src/avro/to-connect.js'
import { avroConfig } from './config.js'

type Given = Readonly<Record<string, unknown>>
const resolved = (text: string, imports: readonly { name: string; text: string }[] = []) => ({
  kind: 'AVRO' as const,
  text,
  references: [],
  imports,
})
const textOf = (of: Schema | undefined, given: Given = {}): unknown =>
  JSON.parse(avroFormat(avroConfig(given)).describe(of).text)
const schemaOf = (json: unknown, given: Given = {}, version?: number): Schema =>
  connectSchemaOf(parseAvro(typeof json === 'string' ? json : JSON.stringify(json)), version, avroConfig(given))

function write(of: Schema | undefined, value: Value, given: Given = {}, registered?: string): Buffer {
  const format = avroFormat(avroConfig(given))
  return format
    .writer(of, resolved(registered ?? format.describe(of).text))(value, 1)
    .subarray(5)
}
function read(text: unknown, bytes: Buffer, given: Given = {}, wanted?: unknown): Value {
  const format = avroFormat(avroConfig(given))
  const reader = format.reader(
    resolved(JSON.stringify(text)),
    wanted === undefined ? undefined : resolved(JSON.stringify(wanted)),
    undefined,
  )
  return reader(Buffer.concat([Buffer.alloc(5), bytes])).value
}

/** The message of an error that blames the record. */
function rejection(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (dispositionOf(error) !== 'reject') throw error
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

const date = 'org.apache.kafka.connect.data.Date'

describe('what Connect’s schemas become, and become again', () => {
  // As AvroData writes them.
  test.each<[string, Schema, unknown]>([
    ['int8', schema.int8(), { type: 'int', 'connect.type': 'int8' }],
    ['int16', schema.int16(), { type: 'int', 'connect.type': 'int16' }],
    ['int32', schema.int32(), 'int'],
    ['int64', schema.int64(), 'long'],
    ['float32', schema.float32(), 'float'],
    ['float64', schema.float64(), 'double'],
    ['boolean', schema.boolean(), 'boolean'],
    ['string', schema.string(), 'string'],
    ['bytes', schema.bytes(), 'bytes'],
    ['an optional', schema.int32({ optional: true }), ['null', 'int']],
    [
      'an optional with a default',
      schema.int32({ optional: true, default: 7 }),
      [{ type: 'int', 'connect.default': 7 }, 'null'],
    ],
    [
      'name, version, doc, parameters',
      schema.int32({ name: 'a.B', version: 2, doc: 'd', parameters: { x: 'y' } }),
      {
        type: 'int',
        'connect.doc': 'd',
        'connect.version': 2,
        'connect.parameters': { x: 'y' },
        'connect.name': 'a.B',
      },
    ],
    ['date', schema.date(), { type: 'int', 'connect.version': 1, 'connect.name': date, logicalType: 'date' }],
    [
      'time',
      schema.time(),
      {
        type: 'int',
        'connect.version': 1,
        'connect.name': 'org.apache.kafka.connect.data.Time',
        logicalType: 'time-millis',
      },
    ],
    [
      'timestamp',
      schema.timestamp(),
      {
        type: 'long',
        'connect.version': 1,
        'connect.name': 'org.apache.kafka.connect.data.Timestamp',
        logicalType: 'timestamp-millis',
      },
    ],
    [
      'decimal',
      schema.decimal(2),
      {
        type: 'bytes',
        scale: 2,
        precision: 64,
        'connect.version': 1,
        'connect.parameters': { scale: '2' },
        'connect.name': 'org.apache.kafka.connect.data.Decimal',
        logicalType: 'decimal',
      },
    ],
    ['array', schema.array(schema.string({ optional: true })), { type: 'array', items: ['null', 'string'] }],
    ['map', schema.map(schema.string(), schema.int64()), { type: 'map', values: 'long' }],
    [
      'map with other keys',
      schema.map(schema.int32(), schema.string({ optional: true })),
      {
        type: 'array',
        items: {
          type: 'record',
          name: 'MapEntry',
          namespace: 'io.confluent.connect.avro',
          fields: [
            { name: 'key', type: 'int' },
            { name: 'value', type: ['null', 'string'], default: null },
          ],
        },
      },
    ],
    [
      'struct',
      schema.struct({ a: schema.int32(), b: schema.string({ optional: true }) }, { name: 'n.S', version: 3 }),
      {
        type: 'record',
        name: 'S',
        namespace: 'n',
        fields: [
          { name: 'a', type: 'int' },
          { name: 'b', type: ['null', 'string'], default: null },
        ],
        'connect.version': 3,
        'connect.name': 'n.S',
      },
    ],
    [
      'structs without names',
      schema.struct({
        a: schema.struct({ b: schema.int32() }),
        c: schema.struct({ b: schema.int32() }, { optional: true }),
      }),
      {
        type: 'record',
        name: 'ConnectDefault',
        namespace: 'io.confluent.connect.avro',
        fields: [
          { name: 'a', type: { type: 'record', name: 'ConnectDefault2', fields: [{ name: 'b', type: 'int' }] } },
          { name: 'c', type: ['null', 'ConnectDefault2'], default: null },
        ],
      },
    ],
    [
      'a struct used twice, written out once',
      schema.struct(
        {
          a: schema.struct({ b: schema.int32() }, { name: 'x.Y' }),
          c: schema.struct({ b: schema.int32() }, { name: 'x.Y' }),
        },
        { name: 'n.S' },
      ),
      {
        type: 'record',
        name: 'S',
        namespace: 'n',
        fields: [
          {
            name: 'a',
            type: {
              type: 'record',
              name: 'Y',
              namespace: 'x',
              fields: [{ name: 'b', type: 'int' }],
              'connect.name': 'x.Y',
            },
          },
          { name: 'c', type: 'x.Y' },
        ],
        'connect.name': 'n.S',
      },
    ],
  ])('%s', (_, of, json) => {
    expect(textOf(of)).toEqual(json)
    expect(schemaOf(JSON.stringify(json))).toEqual(of)
  })

  test('defaults stand with the field, and with its type', () => {
    const of = schema.struct(
      {
        i: schema.int32({ default: 3 }),
        b: schema.bytes({ default: Buffer.from([0xff, 1]) }),
        d: schema.decimal(1, { default: new Decimal(12n, 1) }),
        l: schema.int64({ default: 2n ** 62n }),
        f: schema.float64({ default: 2 }),
        o: schema.string({ optional: true, default: 'x' }),
      },
      { name: 'S' },
    )
    const { text } = avroFormat(avroConfig()).describe(of)
    const { fields } = JSON.parse(text) as { fields: { default: unknown; type: unknown }[] }
    expect(fields.map(field => field.default)).toEqual([3, 'ÿ\u0001', '\f', 2 ** 62, 2, 'x'])
    expect(text).toContain('"default":4611686018427387904')
    // A double says that it is one, as Jackson has it: registries that compare texts would see another schema.
    expect(text).toContain('"default":2.0')
    expect(fields[5]!.type).toEqual([{ type: 'string', 'connect.default': 'x' }, 'null'])
    expect(schemaOf(text)).toEqual(of)
  })

  test('a struct that holds itself', () => {
    const json = {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'v', type: 'int' },
        { name: 'next', type: ['null', 'Node'], default: null },
      ],
    }
    const of = schemaOf(json)
    const next = of.fields![1]!.schema
    expect(next).toMatchObject({ type: 'struct', optional: true, name: 'Node' })
    expect(next.fields).toBe(of.fields)
    expect(read(json, Buffer.from([2, 2, 4, 0]))).toEqual({ v: 1, next: { v: 2, next: null } })
    expect(textOf(of)).toMatchObject({ fields: [{}, { type: ['null', 'Node'] }] })
    expect(write(of, { v: 1, next: { v: 2, next: null } })).toEqual(Buffer.from([2, 2, 4, 0]))
  })
})

describe('what Avro’s own schemas become', () => {
  test('a union is a struct with a field for each type', () => {
    const json = ['null', 'int', 'string', { type: 'record', name: 'a.R', fields: [] }]
    expect(schemaOf(json)).toEqual({
      type: 'struct',
      optional: true,
      name: 'io.confluent.connect.avro.Union',
      fields: [
        { name: 'int', schema: schema.int32({ optional: true }) },
        { name: 'string', schema: schema.string({ optional: true }) },
        { name: 'R', schema: schema.struct([], { optional: true, name: 'a.R' }) },
      ],
    })
    for (const value of [null, { int: 5 }, { string: 'x' }, { R: {} }] as const)
      expect(read(json, write(schemaOf(json), value, {}, JSON.stringify(json)))).toEqual(value)
    expect(
      textOf(schemaOf(json, { 'enhanced.avro.schema.support': true }), { 'enhanced.avro.schema.support': true }),
    ).toEqual([
      'null',
      'int',
      'string',
      { type: 'record', name: 'R', namespace: 'a', fields: [], 'connect.name': 'a.R' },
    ])
  })

  test('an enum is a string that keeps its symbols, and an enum again with enhanced.avro.schema.support', () => {
    const json = { type: 'enum', name: 'a.Suit', symbols: ['HEARTS', 'SPADES'] }
    const of = schemaOf(json)
    expect(of).toEqual(
      schema.string({
        name: 'a.Suit',
        parameters: {
          'io.confluent.connect.avro.Enum': 'a.Suit',
          'io.confluent.connect.avro.Enum.HEARTS': 'HEARTS',
          'io.confluent.connect.avro.Enum.SPADES': 'SPADES',
        },
      }),
    )
    expect(read(json, Buffer.from([2]))).toBe('SPADES')
    expect(textOf(of)).toMatchObject({ type: 'string', 'connect.name': 'a.Suit' })
    const enhanced = { 'enhanced.avro.schema.support': true }
    expect(textOf(of, enhanced)).toMatchObject({
      type: 'enum',
      name: 'Suit',
      namespace: 'a',
      symbols: ['HEARTS', 'SPADES'],
    })
    expect(write(of, 'SPADES', enhanced)).toEqual(Buffer.from([2]))
    expect(rejection(() => write(of, 'CLUBS', enhanced))).toBe('"CLUBS" is no symbol of a.Suit.')
  })

  test('fixed bytes keep their length', () => {
    const json = { type: 'fixed', name: 'a.Hash', size: 2 }
    const of = schemaOf(json)
    expect(of).toEqual(schema.bytes({ name: 'a.Hash', parameters: { 'connect.fixed.size': '2' } }))
    expect(read(json, write(of, Buffer.from([1, 2])))).toEqual(Buffer.from([1, 2]))
    expect(textOf(of)).toMatchObject({ type: 'fixed', name: 'Hash', namespace: 'a', size: 2 })
    expect(rejection(() => write(of, Buffer.from([1])))).toBe('1 bytes do not fit the 2 of a.Hash.')
  })

  test('docs and defaults of a record are kept in parameters, for the way back', () => {
    const json = {
      type: 'record',
      name: 'S',
      doc: 'all',
      fields: [{ name: 'i', type: 'int', doc: 'one', default: 3 }],
    }
    const of = schemaOf(json, {}, 4)
    expect(of).toMatchObject({
      version: 4,
      parameters: { 'io.confluent.connect.avro.record.doc': 'all', 'io.confluent.connect.avro.field.doc.i': 'one' },
    })
    expect(of.fields![0]!.schema).toEqual(
      schema.int32({ default: 3, parameters: { 'io.confluent.connect.avro.field.default': 'true' } }),
    )
    expect(textOf(of)).toMatchObject({ doc: 'all', fields: [{ name: 'i', type: 'int', doc: 'one', default: 3 }] })
  })

  test('a schema that refers to another one', () => {
    const address = JSON.stringify({ type: 'record', name: 'a.Address', fields: [{ name: 'zip', type: 'string' }] })
    const text = JSON.stringify({ type: 'record', name: 'P', fields: [{ name: 'at', type: 'a.Address' }] })
    const reader = avroFormat(avroConfig()).reader(
      resolved(text, [{ name: 'a.Address', text: address }]),
      undefined,
      undefined,
    )
    expect(reader(Buffer.from([0, 0, 0, 0, 1, 2, 0x39])).value).toEqual({ at: { zip: '9' } })
  })

  test('what cannot be read is told', () => {
    expect(rejection(() => schemaOf('"null"'))).toBe('Standalone null schemas are not supported by this converter.')
    expect(rejection(() => schemaOf('"nothing"'))).toBe(
      'The Avro schema cannot be read: The type nothing is not defined.',
    )
    expect(
      rejection(() =>
        schemaOf([
          { type: 'record', name: 'a.R', fields: [] },
          { type: 'record', name: 'b.R', fields: [] },
        ]),
      ),
    ).toMatch(/both called R/)
  })
})

describe('keys', () => {
  const of = schema.struct({ a: schema.int8({ doc: 'd' }) }, { name: 'S', version: 2 })

  test('connect.meta.data=false leaves Connect’s attributes out', () => {
    expect(textOf(of, { 'connect.meta.data': false })).toEqual({
      type: 'record',
      name: 'S',
      fields: [{ name: 'a', type: 'int' }],
    })
    expect(textOf(schema.date(), { 'connect.meta.data': false })).toEqual({ type: 'int', logicalType: 'date' })
  })

  test('names that Avro does not allow are refused, or scrubbed with scrub.invalid.names', () => {
    const odd = schema.struct({ 'a-b': schema.int32(), '1 c': schema.int32() }, { name: 'my-ns.S$' })
    expect(rejection(() => textOf(odd))).toMatch(/does not allow the name "my-ns\.S\$"; scrub\.invalid\.names=true/)
    const scrub = { 'scrub.invalid.names': true }
    // As URLEncoder and the underscore have it.
    expect(textOf(odd, scrub)).toMatchObject({
      name: 'S_24',
      namespace: 'my_ns',
      fields: [{ name: 'a_b' }, { name: 'x1_c' }],
    })
    expect(write(odd, { 'a-b': 1, '1 c': 2 }, scrub)).toEqual(Buffer.from([2, 4]))
  })

  test('allow.optional.map.keys', () => {
    const map = schema.map(schema.string({ optional: true }), schema.int32())
    expect(textOf(map)).toMatchObject({ type: 'array' })
    expect(textOf(map, { 'allow.optional.map.keys': true })).toEqual({ type: 'map', values: 'int' })
  })

  test('flatten.singleton.unions', () => {
    expect(schemaOf(['int'])).toEqual(schema.int32())
    expect(schemaOf(['int'], { 'flatten.singleton.unions': false })).toMatchObject({ type: 'struct' })
  })

  test('ignore.default.for.nullables', () => {
    const field = schema.struct({ a: schema.int32({ optional: true, default: 7 }) }, { name: 'S' })
    expect(write(field, { a: null })).toEqual(Buffer.from([0, 14]))
    expect(write(field, { a: null }, { 'ignore.default.for.nullables': true })).toEqual(Buffer.from([2]))
  })

  test('avro.fail.on.trailing.data', () => {
    expect(read('int', Buffer.from([2, 9]))).toBe(1)
    const strict = { 'avro.fail.on.trailing.data': true }
    expect(read('int', Buffer.from([2]), strict)).toBe(1)
    expect(rejection(() => read('int', Buffer.from([2, 9]), strict))).toMatch(/more bytes than its schema/)
  })

  test('discard.type.doc.default keeps docs with fields', () => {
    const discard = { 'discard.type.doc.default': true }
    expect(textOf(of, discard)).toMatchObject({ fields: [{ name: 'a', doc: 'd' }] })
    expect(
      schemaOf({ type: 'record', name: 'S', fields: [{ name: 'a', type: 'int', doc: 'd' }] }, discard).fields![0]!
        .schema.doc,
    ).toBe('d')
  })
})

describe('data', () => {
  test('without a schema it is Anything, and comes back', () => {
    for (const value of [
      true,
      'x',
      5,
      2n ** 60n,
      1.5,
      new Float64(2),
      Buffer.from([1]),
      [1, null, 'a'],
      { a: { b: [] } },
      new Map<Value, Value>([[1, 2]]),
    ]) {
      const text = textOf(undefined)
      expect(read(text, write(undefined, value))).toEqual(value)
    }
    expect(textOf(undefined)).toMatchObject({ name: 'Anything', namespace: 'io.confluent.connect.avro' })
    expect(rejection(() => write(undefined, new Date()))).toBe('A Date without a schema has no form in Avro.')
  })

  test('bytes alone have no length before them', () => {
    expect(write(schema.bytes(), Buffer.from('abc'))).toEqual(Buffer.from('abc'))
    expect(read('bytes', Buffer.from('abc'))).toEqual(Buffer.from('abc'))
    expect(write(schema.bytes({ optional: true }), Buffer.from('a'))).toEqual(Buffer.from([2, 2, 0x61]))
  })

  test('a decimal in fixed bytes is filled up to their length', () => {
    const json = { type: 'fixed', name: 'D', size: 4, logicalType: 'decimal', precision: 9, scale: 2 }
    for (const unscaled of [0n, 1234n, -1n]) {
      const value = new Decimal(unscaled, 2)
      expect(read(json, write(schema.decimal(2), value, {}, JSON.stringify(json)))).toEqual(value)
    }
  })

  test.each<[string, Schema, Value, RegExp]>([
    ['null', schema.int32(), null, /^Found null value for non-optional schema$/],
    ['a wrong type', schema.int32(), 'x', /^Invalid type for INT32: string\.$/],
    ['too large an integer', schema.int8(), 200, /^Invalid type for INT8/],
    ['a fraction', schema.int64(), 1.5, /^Invalid type for INT64/],
    ['a decimal of another scale', schema.decimal(2), new Decimal(1n, 3), /has the scale 3, but the schema has 2/],
    ['a date with a time', schema.date(), new Date(1), /midnight/],
    ['a time on another day', schema.time(), new Date(86_400_000), /1 January 1970/],
    [
      'a field, by its path',
      schema.struct({ a: schema.struct({ b: schema.int32() }, { name: 'x.A' }) }, { name: 'x.S' }),
      { a: { b: 'no' } },
      /^Field a\.b: Invalid type for INT32: string\.$/,
    ],
  ])('%s is the record’s fault', (_, of, value, message) => {
    expect(rejection(() => write(of, value))).toMatch(message)
  })

  test('bytes that end early or say too much are an error, not a value', () => {
    const json = {
      type: 'record',
      name: 'S',
      fields: [
        { name: 's', type: 'string' },
        { name: 'a', type: { type: 'array', items: 'long' } },
      ],
    }
    expect(rejection(() => read(json, Buffer.from([6, 0x61])))).toMatch(/ends before/)
    expect(rejection(() => read(json, Buffer.from([2, 0x61])))).toMatch(/ends in the middle/)
    expect(rejection(() => read(json, Buffer.from([0, ...Array.from({ length: 12 }, () => 0xff)])))).toMatch(
      /does not end/,
    )
    expect(rejection(() => read(['null', 'int'], Buffer.from([8])))).toMatch(/branch 4 of a union of 2/)
  })
})

describe('written by one schema, read or registered by another', () => {
  const old = {
    type: 'record',
    name: 'S',
    fields: [
      { name: 'a', type: 'int' },
      { name: 'gone', type: 'string' },
    ],
  }
  const young = {
    type: 'record',
    name: 'S',
    fields: [
      { name: 'added', type: ['null', 'string'], default: null },
      { name: 'level', type: 'int', default: 9 },
      { name: 'a', type: 'long' },
    ],
  }

  test('fields go by name, those that are gone are passed over, those that came have their defaults', () => {
    expect(read(old, Buffer.from([2, 2, 0x61]), {}, young)).toEqual({ added: null, level: 9, a: 1 })
  })

  test('data is written as the registered schema has it', () => {
    const own = schema.struct({ a: schema.int32() }, { name: 'S' })
    expect(write(own, { a: 1 }, {}, JSON.stringify(young))).toEqual(Buffer.from([0, 18, 2]))
    expect(rejection(() => write(own, { a: 1 }, {}, JSON.stringify(old)))).toMatch(/field gone without a default/)
  })

  test('whether one can be read by another is told with the reason', () => {
    const { whyIncompatible } = avroFormat(avroConfig())
    const of = (json: unknown) => resolved(JSON.stringify(json))
    expect(whyIncompatible(of(young), of(old))).toBeUndefined()
    expect(whyIncompatible(of({ ...old, fields: [old.fields[1]] }), of(young))).toMatch(/no field gone/)
    expect(whyIncompatible(of('int'), of('string'))).toMatch(/written as the Avro type string cannot be read as int/)
  })
})

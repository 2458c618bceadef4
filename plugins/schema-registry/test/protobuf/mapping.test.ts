import { Decimal, dispositionOf, schema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import { protobufFormat } from '../../src/protobuf/format.js'
import { parseProto } from '../../src/protobuf/model.js'
import { connectSchemaOf } from '../../src/protobuf/to-connect.js'
import { protobufConfig } from './config.js'

type Given = Readonly<Record<string, unknown>>
type Imports = readonly { readonly name: string; readonly text: string }[]
const resolved = (text: string, imports: Imports = []) => ({ kind: 'PROTOBUF' as const, text, references: [], imports })
const textOf = (of: Schema, given: Given = {}): string => protobufFormat(protobufConfig(given)).describe(of).text
const schemaOf = (text: string, given: Given = {}, path: readonly number[] = [0], imports: Imports = []): Schema =>
  connectSchemaOf(parseProto(resolved(text, imports)).messageAt(path), undefined, protobufConfig(given))
function write(of: Schema, value: Value, given: Given = {}, registered?: string): Buffer {
  const format = protobufFormat(protobufConfig(given))
  return format
    .writer(of, resolved(registered ?? format.describe(of).text))(value, 1)
    .subarray(5)
}
/** `data`: the message indexes and the payload. */
const read = (text: string, data: Uint8Array, given: Given = {}, imports: Imports = []): Value =>
  protobufFormat(protobufConfig(given)).reader(
    resolved(text, imports),
    undefined,
    undefined,
  )(Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), data])).value
/** What another encoder makes of an object, behind the index of the first message. */
function encoded(text: string, type: string, value: object): Buffer {
  const found = protobuf.parse(text, new protobuf.Root(), { keepCase: true }).root.lookupType(type)
  return Buffer.concat([Buffer.from([0]), found.encode(found.fromObject(value)).finish()])
}
const tag = (number: number) => ({ 'io.confluent.connect.protobuf.Tag': String(number) })

function rejection(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (dispositionOf(error) !== 'reject') throw error
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

const all = schema.struct(
  {
    b: schema.int8(),
    i: schema.int32({ optional: true }),
    l: schema.int64(),
    f: schema.float32(),
    d: schema.float64(),
    t: schema.boolean(),
    s: schema.string(),
    raw: schema.bytes(),
    price: schema.decimal(2),
    day: schema.date(),
    time: schema.time(),
    at: schema.timestamp(),
    tags: schema.array(schema.string()),
    counts: schema.map(schema.string(), schema.int64(), { name: 'counts' }),
    line: schema.struct({ x: schema.string() }, { name: 'shop.Line' }),
  },
  { name: 'shop.Order' },
)

describe('what Connect’s schemas become', () => {
  test('a struct is a message of a file, with what it needs', () => {
    expect(textOf(all)).toBe(`syntax = "proto3";
package shop;

import "confluent/meta.proto";
import "confluent/type/decimal.proto";
import "google/protobuf/timestamp.proto";
import "google/type/date.proto";
import "google/type/timeofday.proto";

message Order {
  int32 b = 1 [(confluent.field_meta) = {
    params: [
      { key: "connect.type", value: "int8" }
    ]
  }];
  int32 i = 2;
  int64 l = 3;
  float f = 4;
  double d = 5;
  bool t = 6;
  string s = 7;
  bytes raw = 8;
  .confluent.type.Decimal price = 9 [(confluent.field_meta) = {
    params: [
      { key: "scale", value: "2" }
    ]
  }];
  .google.type.Date day = 10;
  .google.type.TimeOfDay time = 11;
  .google.protobuf.Timestamp at = 12;
  repeated string tags = 13;
  message countsEntry {
    string key = 1;
    int64 value = 2;
  }
  repeated countsEntry counts = 14;
  message Line {
    string x = 1;
  }
  Line line = 15;
}
`)
  })

  test('and again: every field is optional and keeps its number', () => {
    const back = schemaOf(textOf(all))
    expect(back).toMatchObject({ type: 'struct', optional: false, name: 'Order' })
    expect(back.fields!.map(({ name, schema: of }) => [name, of.type, of.optional])).toEqual(
      all.fields!.map(({ name, schema: of }) => [name, of.type, true]),
    )
    expect(back.fields![0]!.schema).toEqual(schema.int8({ optional: true, parameters: tag(1) }))
    expect(back.fields![8]!.schema).toEqual(
      schema.decimal(2, { optional: true, parameters: { scale: '2', ...tag(9) } }),
    )
    expect(schemaOf(textOf(all), { 'enhanced.protobuf.schema.support': true }).name).toBe('shop.Order')
  })

  test('optional.for.nullables and wrapper.for.nullables', () => {
    const of = schema.struct({ i: schema.int32({ optional: true }), s: schema.string() }, { name: 'S' })
    expect(textOf(of, { 'optional.for.nullables': true })).toContain('  optional int32 i = 1;\n  string s = 2;')
    const wrapped = textOf(of, { 'wrapper.for.nullables': true })
    expect(wrapped).toContain('  .google.protobuf.Int32Value i = 1;\n  string s = 2;')
    for (const key of ['optional.for.nullables', 'wrapper.for.nullables']) {
      const back = schemaOf(textOf(of, { [key]: true }), { [key]: true })
      expect(back.fields!.map(field => field.schema.optional)).toEqual([true, false])
      expect(
        read(textOf(of, { [key]: true }), write(of, { i: null, s: '' }, { [key]: true }), { [key]: true }),
      ).toEqual({ i: null, s: '' })
      expect(read(textOf(of, { [key]: true }), write(of, { i: 0, s: '' }, { [key]: true }), { [key]: true })).toEqual({
        i: 0,
        s: '',
      })
    }
  })

  test.each<[string, Schema, Value, readonly number[]]>([
    ['a string', schema.string(), 'k', [2, 14, 0x0a, 1, 0x6b]],
    ['an int32', schema.int32(), 5, [2, 8, 8, 5]],
    ['an int64', schema.int64(), -1, [2, 4, 8, ...Array.from({ length: 9 }, () => 0xff), 1]],
    ['a zero', schema.int64(), 0, [2, 4]],
  ])('%s alone is a wrapper message, told by its place in the file', (_, of, value, bytes) => {
    expect([...write(of, value)]).toEqual(bytes)
    expect(textOf(of)).toContain('package google.protobuf;')
    expect(read(textOf(of), Buffer.from(bytes))).toEqual(value)
  })

  test('names that Protobuf does not allow are refused, or scrubbed', () => {
    const odd = schema.struct({ 'a-b': schema.int32() }, { name: 'my-ns.S' })
    expect(rejection(() => textOf(odd))).toMatch(/does not allow the name "my-ns"; scrub\.invalid\.names=true/)
    expect(textOf(odd, { 'scrub.invalid.names': true })).toContain('package my_ns;\n\nmessage S {\n  int32 a_b = 1;')
    expect([...write(odd, { 'a-b': 1 }, { 'scrub.invalid.names': true })]).toEqual([0, 8, 1])
  })

  test.each<[string, Schema]>([
    ['a list of lists', schema.struct({ a: schema.array(schema.array(schema.int32())) }, { name: 'S' })],
    ['a map of lists', schema.struct({ a: schema.map(schema.string(), schema.array(schema.int32())) }, { name: 'S' })],
    ['a list alone', schema.array(schema.int32())],
    ['a timestamp alone', schema.timestamp()],
  ])('%s is refused, with what to do', (_, of) => {
    expect(rejection(() => textOf(of))).toMatch(/struct/)
  })
})

describe('what Protobuf’s own schemas become', () => {
  const text = `syntax = "proto3";
package shop;
message Other { string y = 1; }
message Order {
  oneof pick { string word = 1; Other other = 2; }
  Color color = 3;
  enum Color { RED = 0; BLUE = 5; }
  map<string, Other> others = 4;
  uint32 u = 5;
  fixed64 big = 6;
  repeated sint64 zig = 7;
  optional string note = 8;
  message Inner { Order back = 1; repeated Order more = 2; }
  Inner inner = 9;
}`
  const order = [1]
  const at = (data: Buffer): Buffer => Buffer.concat([Buffer.from([2, 2]), data.subarray(1)])
  const value = {
    word: 'x',
    color: 5,
    others: { k: { y: 'z' } },
    u: 4_000_000_000,
    big: '18446744073709551615',
    zig: [-1, '-9007199254740993'],
  }

  test('oneofs, enums, maps, unsigned numbers', () => {
    const of = schemaOf(text, {}, order)
    expect(of.fields!.map(({ name }) => name)).toEqual([
      'pick_0',
      'color',
      'others',
      'u',
      'big',
      'zig',
      'note',
      'inner',
    ])
    const [pick, color, others, u] = of.fields!.map(field => field.schema)
    expect(pick).toMatchObject({ type: 'struct', optional: true, name: 'io.confluent.connect.protobuf.Union.pick' })
    expect(color).toEqual(
      schema.string({
        optional: true,
        name: 'Color',
        parameters: {
          'io.confluent.connect.protobuf.Enum': 'Color',
          'io.confluent.connect.protobuf.Enum.RED': '0',
          'io.confluent.connect.protobuf.Enum.BLUE': '5',
          ...tag(3),
        },
      }),
    )
    expect(others).toMatchObject({
      type: 'map',
      name: 'others',
      keys: { type: 'string' },
      items: { type: 'struct', name: 'Other' },
    })
    expect(u).toMatchObject({ type: 'int64', parameters: { 'io.confluent.connect.protobuf.Type': 'uint32' } })
    expect(read(text, at(encoded(text, 'shop.Order', value)))).toEqual({
      pick_0: { word: 'x' },
      color: 'BLUE',
      others: new Map([['k', { y: 'z' }]]),
      u: 4_000_000_000,
      big: -1,
      zig: [-1, -9_007_199_254_740_993n],
      note: null,
      inner: null,
    })
  })

  test('what was read is written as it was', () => {
    const bytes = at(encoded(text, 'shop.Order', value))
    const back = read(text, bytes)
    expect(
      read(text, write(schemaOf(text, { 'enhanced.protobuf.schema.support': true }, order), back, {}, text)),
    ).toEqual(back)
  })

  test('a message that holds itself, alone and in a list', () => {
    const of = schemaOf(text, {}, order)
    const inner = of.fields!.at(-1)!.schema
    const [back, more] = inner.fields!.map(field => field.schema)
    expect(back!.fields).toBe(of.fields)
    expect(more!.items!.fields).toBe(of.fields)
    const nested = { inner: { back: { word: 'a' }, more: [{ u: 1 }] } }
    expect(read(text, at(encoded(text, 'shop.Order', nested)))).toMatchObject({
      inner: { back: { pick_0: { word: 'a' } }, more: [{ u: 1 }] },
    })
    expect(textOf(of)).toContain('repeated Order more = 2;')
  })

  test('keys: int.for.enums, generate.index.for.unions, flatten.unions, generate.struct.for.nulls', () => {
    const bytes = at(encoded(text, 'shop.Order', value))
    expect(read(text, bytes, { 'int.for.enums': true })).toMatchObject({ color: 5 })
    expect(read(text, bytes, { 'generate.index.for.unions': false })).toMatchObject({ pick: { word: 'x' } })
    expect(read(text, bytes, { 'flatten.unions': true })).toMatchObject({ word: 'x', other: null })
    const small = 'syntax = "proto3"; message A { B b = 1; } message B { int32 i = 1; }'
    expect(read(small, Buffer.from([0]))).toEqual({ b: null })
    expect(read(small, Buffer.from([0]), { 'generate.struct.for.nulls': true })).toEqual({ b: { i: 0 } })
  })

  test('proto2, where what is optional may be missing', () => {
    const old = 'syntax = "proto2"; message A { optional int32 i = 1; required string s = 2; }'
    expect(read(old, Buffer.from([0, 0x12, 0]))).toEqual({ i: null, s: '' })
    expect(read(old, Buffer.from([0, 0x12, 0]), { 'optional.for.proto2': false })).toEqual({ i: 0, s: '' })
  })

  test('a schema that imports another one', () => {
    const person = 'syntax = "proto3"; import "address.proto"; message P { a.Address at = 1; }'
    const address = 'syntax = "proto3"; package a; message Address { string zip = 1; }'
    const imports = [{ name: 'address.proto', text: address }]
    expect(read(person, Buffer.from([0, 0x0a, 3, 0x0a, 1, 0x39]), {}, imports)).toEqual({ at: { zip: '9' } })
    expect(rejection(() => schemaOf(person))).toMatch(/imports address\.proto, which is not among its references/)
  })

  test('numbers packed or one by one, fields that nobody knows, symbols that are new', () => {
    const list = 'syntax = "proto3"; message A { repeated int32 l = 1; E e = 2; enum E { X = 0; } }'
    expect(read(list, Buffer.from([0, 0x08, 1, 0x0a, 2, 2, 3, 0x10, 7, 0x7a, 1, 0x41]))).toEqual({
      l: [1, 2, 3],
      e: 'UNKNOWN_ENUM_VALUE_E_7',
    })
  })
})

describe('data', () => {
  test('comes back with every digit', () => {
    const value = {
      b: -128,
      i: 7,
      l: -(2n ** 63n),
      f: Math.fround(0.1),
      d: -0,
      t: true,
      s: 'é',
      raw: Buffer.from([0]),
      price: new Decimal(-123456789012345678901234567890n, 2),
      day: new Date(Date.UTC(2024, 1, 29)),
      time: new Date(86_399_999),
      at: new Date(-1),
      tags: ['', 'x'],
      counts: new Map([['a', 2n ** 62n]]),
      line: { x: '' },
    }
    expect(read(textOf(all), write(all, value))).toEqual(value)
  })

  test.each<[string, Schema, Value, RegExp]>([
    [
      'a wrong type',
      schema.struct({ a: schema.int32() }, { name: 'S' }),
      { a: 'x' },
      /^Field a: Invalid type for INT32/,
    ],
    [
      'null in a list',
      schema.struct({ a: schema.array(schema.string({ optional: true })) }, { name: 'S' }),
      { a: [null] },
      /holds null/,
    ],
  ])('%s is the record’s fault', (_, of, value, message) => {
    expect(rejection(() => write(of, value))).toMatch(message)
  })

  test('bytes that end early are an error, not a value', () => {
    const text = 'syntax = "proto3"; message A { string s = 1; B b = 2; } message B { int32 i = 1; }'
    for (const bytes of [[0, 0x0a, 5, 0x61], [0, 0x12, 9, 8, 1], [0, 0x12, 1, 8], [0, 0x08], [2], [], [40, 1]])
      expect(
        rejection(() => read(text, Buffer.from(bytes))),
        bytes.join(),
      ).toMatch(/./)
    expect(rejection(() => read(text, Buffer.from([2, 18])))).toMatch(/no message at 9/)
  })

  test('a registered schema needs every field of the data', () => {
    const of = schema.struct({ a: schema.int32(), b: schema.int32() }, { name: 'S' })
    expect(rejection(() => write(of, { a: 1, b: 2 }, {}, 'syntax = "proto3"; message S { int32 a = 7; }'))).toMatch(
      /has no field b/,
    )
    expect([
      ...write(
        schema.struct({ a: schema.int32() }, { name: 'S' }),
        { a: 1 },
        {},
        'syntax = "proto3"; message S { int32 a = 7; }',
      ),
    ]).toEqual([0, 0x38, 1])
  })

  test('whether messages go together is told with the reason', () => {
    const { whyIncompatible } = protobufFormat(protobufConfig())
    const of = (fields: string) => resolved(`syntax = "proto3"; message A { ${fields} }`)
    expect(whyIncompatible(of('int64 a = 1; string b = 2;'), of('int32 a = 1;'))).toBeUndefined()
    expect(whyIncompatible(of('string a = 1;'), of('int32 a = 1;'))).toMatch(
      /field 1 of A is a int32, and a string is registered/,
    )
    expect(whyIncompatible(of('repeated int32 a = 1;'), of('int32 a = 1;'))).toMatch(/repeated in one/)
  })
})

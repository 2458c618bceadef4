import { describe, expect, test } from 'vitest'
import { Float64, dispositionOf, schema } from 'millrace/plugin'
import type { Converter, ConverterPlugin, SchemaAndValue, Value } from 'millrace/plugin'
import plugins from '../src/index.js'

function plugin(alias: string): ConverterPlugin {
  const found = plugins.find(of => of.aliases?.includes(alias))
  if (found?.kind !== 'converter') throw new Error(`no converter ${alias}`)
  return found
}

const create = (alias: string, config: Readonly<Record<string, unknown>> = {}): Converter =>
  plugin(alias).create(config, 'value')

const read = (converter: Converter, bytes: Buffer | null) => converter.toData('t', bytes, []) as SchemaAndValue
const write = (converter: Converter, value: Value, of = undefined as Parameters<Converter['fromData']>[1]) =>
  converter.fromData('t', of, value, [])

/** The message of an error that blames the record, not the task. */
function rejection(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (dispositionOf(error) !== 'reject') throw error
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

test('every converter goes by its class name and by both of its short names', () => {
  for (const of of plugins) {
    const className = of.aliases?.[0] ?? ''
    const simple = className.slice(className.lastIndexOf('.') + 1)
    expect(className).toMatch(/^org\.apache\.kafka\.connect\.(?:storage|json|converters)\./)
    expect(of.aliases?.slice(1)).toEqual([simple, simple.replace(/(?:Header)?Converter$/, '')])
  }
})

describe('StringConverter', () => {
  const string = (encoding = 'UTF-8') => create('String', { 'converter.encoding': encoding })

  test('hands text over as text, to be encoded straight into the batch', () => {
    expect(write(string(), 'é😀')).toBe('é😀')
    expect(write(string(), { a: 1 })).toBe('{a=1}')
    expect(write(string(), null)).toBeNull()
  })

  test('reads bytes as an optional string, and null as null under the same schema', () => {
    expect(read(string(), Buffer.from('é😀'))).toEqual({ schema: schema.string({ optional: true }), value: 'é😀' })
    expect(read(string(), null)).toEqual({ schema: schema.string({ optional: true }), value: null })
  })

  // As `new String(bytes, charset)` and `getBytes(charset)` give it in Java.
  test.each([
    ['ISO-8859-1', 'aé€😀', '61e93f3f', 'aé??'],
    ['US-ASCII', 'aé😀', '613f3f', 'a??'],
    ['UTF-16BE', 'a😀', '0061d83dde00', 'a😀'],
    ['UTF-16LE', 'a😀', '61003dd800de', 'a😀'],
    ['utf-16', 'a', 'feff0061', 'a'],
  ])('writes and reads %s', (encoding, text, hex, back) => {
    const bytes = write(string(encoding), text) as Buffer
    expect(bytes.toString('hex')).toBe(hex)
    expect(read(string(encoding), bytes).value).toBe(back)
  })

  test.each([
    ['US-ASCII', '61e9', 'a\ufffd'],
    ['UTF-16', '0061', 'a'],
    ['UTF-16', 'fffe6100', 'a'],
    ['UTF-16BE', 'feff0061', '\ufeffa'],
  ])('reads %s %s', (encoding, hex, text) => {
    expect(read(string(encoding), Buffer.from(hex, 'hex')).value).toBe(text)
  })

  test('refuses an encoding that it does not know, by name', () => {
    const check = plugin('String').config['converter.encoding']?.options.check as (name: string) => string | undefined
    expect(check('UTF-8')).toBeUndefined()
    expect(check('EBCDIC')).toBe('Encoding EBCDIC is not supported')
  })
})

describe('ByteArrayConverter', () => {
  const bytes = create('ByteArray')

  test('passes bytes through', () => {
    const raw = Buffer.from([0, 255])
    expect(write(bytes, raw, schema.bytes())).toBe(raw)
    expect(write(bytes, null)).toBeNull()
    expect(read(bytes, null)).toEqual({ schema: schema.bytes({ optional: true }), value: null })
  })

  test('copies what it reads, for the batch may be gone before the record is', () => {
    const batch = Buffer.from([1, 2, 3])
    const { value } = read(bytes, batch.subarray(1))
    batch.fill(0)
    expect(value).toEqual(Buffer.from([2, 3]))
  })

  test('refuses other types and schemas', () => {
    expect(rejection(() => write(bytes, 'x'))).toBe('ByteArrayConverter is not compatible with objects of type string')
    expect(rejection(() => write(bytes, 'x', schema.string()))).toBe(
      'Invalid schema type for ByteArrayConverter: STRING',
    )
  })
})

describe('the converters of plain types', () => {
  test.each<[string, string, Value]>([
    ['Short', '8000', -32768],
    ['Integer', '7fffffff', 2147483647],
    ['Long', '0000000000000005', 5],
    ['Long', '7fffffffffffffff', 9223372036854775807n],
    ['Long', 'ffe0000000000001', -9007199254740991],
    ['Float', '3fc00000', 1.5],
    ['Double', '400921fb54442d18', Math.PI],
    ['Boolean', '01', true],
    ['Boolean', '00', false],
  ])('%s: %s', (alias, hex, value) => {
    const converter = create(alias)
    const { schema, value: back } = read(converter, Buffer.from(hex, 'hex'))
    expect(back).toBe(value)
    expect(schema?.optional).toBe(true)
    expect(write(converter, value, schema)).toEqual(Buffer.from(hex, 'hex'))
    expect(write(converter, null, schema)).toBeNull()
    expect(read(converter, null)).toEqual({ schema, value: null })
  })

  test('a boxed double is written as what it is', () => {
    expect(write(create('Double'), new Float64(2))).toEqual(Buffer.from('4000000000000000', 'hex'))
  })

  test.each<[string, Value]>([
    ['Short', 32768],
    ['Integer', 1.5],
    ['Integer', 2147483648],
    ['Long', 2 ** 53],
    ['Long', 2n ** 63n],
    ['Float', '1'],
    ['Boolean', 1],
  ])('%s refuses what it cannot hold', (alias, value) => {
    expect(rejection(() => write(create(alias), value))).toMatch(`Failed to serialize to ${alias.toLowerCase()} (was `)
  })

  test('a schema of another type is refused though the number would fit', () => {
    expect(rejection(() => write(create('Integer'), 5, schema.int64()))).toBe(
      'Failed to serialize to integer (was int64)',
    )
  })

  test.each([
    ['Short', '00'],
    ['Long', '00000000'],
    ['Boolean', '02'],
    ['Boolean', ''],
  ])('%s refuses the bytes %s', (alias, hex) => {
    expect(rejection(() => read(create(alias), Buffer.from(hex, 'hex')))).toMatch('Failed to deserialize')
  })
})

describe('JsonConverter', () => {
  const json = (config: Readonly<Record<string, unknown>>) =>
    create('Json', {
      'schemas.enable': true,
      'schemas.cache.size': 1000,
      'decimal.format': 'BASE64',
      'replace.null.with.default': true,
      ...config,
    })

  test('a null without a schema is a tombstone; with a schema it is not', () => {
    expect(write(json({}), null)).toBeNull()
    expect(write(json({ 'schemas.enable': false }), null)).toBeNull()
    expect(write(json({ 'schemas.enable': false }), null, schema.string({ optional: true }))).toBe('null')
    expect(read(json({}), null)).toEqual({ value: null })
  })

  test('refuses bytes that are not UTF-8, and passes over a byte order mark', () => {
    const bare = json({ 'schemas.enable': false })
    expect(rejection(() => read(bare, Buffer.from('22ff22', 'hex')))).toBe('The bytes are not UTF-8 text.')
    expect(read(bare, Buffer.from('"\ufffd"')).value).toBe('\ufffd')
    expect(read(bare, Buffer.from('\ufeff[1]')).value).toEqual([1])
  })

  test('checks its configuration by itself', () => {
    const check = (key: string) => plugin('Json').config[key]?.options.check as (text: string) => string | undefined
    expect(check('decimal.format')('numeric')).toBeUndefined()
    expect(check('decimal.format')('hex')).toBe('String must be one of (case insensitive): NUMERIC, BASE64')
    expect(check('schema.content')('{"type":"int32"}')).toBeUndefined()
    expect(check('schema.content')('{"type":"nope"}')).toBe('Unknown schema type: nope')
    expect(check('schema.content')('{')).toMatch('The text is not JSON')
  })
})

test('a header that cannot be read as anything stays as bytes', () => {
  const deep = Buffer.from('['.repeat(50_000))
  expect(read(create('SimpleHeaderConverter'), deep)).toEqual({ schema: schema.bytes(), value: deep })
})

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { schema } from 'millrace/plugin'
import type { Converter, ConverterPlugin, Schema, SchemaAndValue, Value } from 'millrace/plugin'
import { textEncoding } from '../src/encoding.js'
import plugins from '../src/index.js'

function create(alias: string, config: Readonly<Record<string, unknown>> = {}): Converter {
  const plugin = plugins.find(of => of.aliases?.includes(alias)) as ConverterPlugin
  return plugin.create(config, 'value')
}

const bytesOf = (converter: Converter, of: Schema | undefined, value: Value): Buffer =>
  Buffer.from(converter.fromData('t', of, value, []) as Uint8Array)
const read = (converter: Converter, bytes: Buffer): SchemaAndValue => converter.toData('t', bytes, []) as SchemaAndValue

const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
const long = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map(value => (Number.isSafeInteger(Number(value)) ? Number(value) : value))
const plain: readonly (readonly [string, Schema, fc.Arbitrary<Value>])[] = [
  ['Short', schema.int16(), int(16)],
  ['Integer', schema.int32(), int(32)],
  ['Long', schema.int64(), long],
  ['Float', schema.float32(), fc.float({ noNaN: true })],
  ['Double', schema.float64(), fc.double({ noNaN: true })],
  ['Boolean', schema.boolean(), fc.boolean()],
]

test.each(plain)('every value of %s comes back, and so do its bytes', (alias, of, values) => {
  const converter = create(alias)
  fc.assert(
    fc.property(values, value => {
      const bytes = bytesOf(converter, of, value)
      expect(read(converter, bytes).value).toBe(value)
      expect(bytesOf(converter, of, read(converter, bytes).value)).toEqual(bytes)
    }),
  )
})

test.each(plain)('%s refuses bytes, or reads them to a value that gives them again', (alias, of) => {
  const converter = create(alias)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 10 }), raw => {
      let value: Value
      try {
        value = read(converter, Buffer.from(raw)).value
      } catch {
        return
      }
      // Of the many bytes that stand for NaN one is written.
      if (Number.isNaN(value)) return
      expect(new Uint8Array(bytesOf(converter, of, value))).toEqual(raw)
    }),
  )
})

test.each(['UTF-8', 'UTF-16', 'UTF-16BE', 'UTF-16LE'])('every text comes back in %s', encoding => {
  const converter = create('String', { 'converter.encoding': encoding })
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      // Which order its bytes have is what a mark at the start says.
      fc.pre(!(encoding === 'UTF-16' && /^[\ufeff\ufffe]/.test(text)))
      expect(read(converter, bytesOf(converter, schema.string(), text)).value).toBe(text)
    }),
  )
})

test.each([
  'ISO-8859-1',
  'ISO-8859-2',
  'ISO-8859-15',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'Cp850',
  'KOI8-R',
])('bytes that are text in %s come back', name => {
  const encoding = textEncoding(name)!
  fc.assert(
    fc.property(fc.uint8Array(), raw => {
      const text = encoding.decode(Buffer.from(raw))
      fc.pre(!text.includes('\ufffd'))
      expect(new Uint8Array(Buffer.from(encoding.encode(text) as Uint8Array))).toEqual(raw)
    }),
  )
})

test('bytes pass ByteArrayConverter as they are', () => {
  const converter = create('ByteArray')
  fc.assert(
    fc.property(fc.uint8Array(), raw => {
      const bytes = Buffer.from(raw)
      expect(bytesOf(converter, schema.bytes(), read(converter, bytes).value)).toEqual(bytes)
    }),
  )
})

/** What the text of a header is made of, and so what finds its way into the corners. */
const headerText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '[',
        ']',
        '{',
        '}',
        ',',
        ':',
        '"',
        '\\',
        ' ',
        'null',
        'true',
        'false',
        '1',
        '-',
        '.',
        'e',
        'a',
        'é',
      ),
      fc.constantFrom('2020-01-02', '03:04:05.678Z', '2020-01-02T03:04:05.678Z', '[1,2]', '{"a":1}', '""', '\\"'),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map(parts => parts.join(''))

test('no text of a header fails, and what was found in it is found again in what is written of it', () => {
  const converter = create('SimpleHeaderConverter')
  fc.assert(
    fc.property(headerText, text => {
      const found = read(converter, Buffer.from(text))
      if (found.value === null) return
      const again = read(converter, bytesOf(converter, found.schema, found.value))
      expect(read(converter, bytesOf(converter, again.schema, again.value))).toEqual(again)
    }),
    { numRuns: 2_000 },
  )
})

test.each<readonly [string, Schema, fc.Arbitrary<Value>]>([
  ['whole numbers', schema.int64(), long],
  ['truths', schema.boolean(), fc.boolean()],
  [
    'dates',
    schema.date(),
    fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }).map(midnight),
  ],
])('%s in headers come back', (_, of, values) => {
  const converter = create('SimpleHeaderConverter')
  fc.assert(
    fc.property(values, value => {
      expect(read(converter, bytesOf(converter, of, value)).value).toEqual(value)
    }),
  )
})

function midnight(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 86_400_000) * 86_400_000)
}

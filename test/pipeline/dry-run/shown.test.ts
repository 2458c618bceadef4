import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hiding } from '../../../src/core/config/hidden.js'
import { schema } from '../../../src/core/schema.js'
import { Decimal, Float64 } from '../../../src/core/value.js'
import { changesBetween } from '../../../src/pipeline/dry-run/changes.js'
import { schemaText } from '../../../src/pipeline/dry-run/schema-text.js'
import { Showing } from '../../../src/pipeline/dry-run/shown-data.js'
import { RecordShowing } from '../../../src/pipeline/dry-run/shown-record.js'

const hide = hiding([{ value: 'hunter2', shown: '${env:PW}' }])
const showing = new Showing(hide)

test('every kind of value has a form in JSON, and what JSON cannot hold keeps its digits', () => {
  const value = {
    text: 'a',
    number: 1.5,
    whole: new Float64(2),
    big: 9_007_199_254_740_993n,
    small: 7n,
    nan: NaN,
    decimal: new Decimal(1230n, 2),
    date: new Date(0),
    broken: new Date(NaN),
    bytes: new Uint8Array([0, 255]),
    map: new Map([['k', 1]]),
    pairs: new Map([[1, 'x']]),
    list: [null, undefined, true],
    odd: Symbol('s'),
    thing: new URL('http://x'),
  }
  expect(showing.data(value)).toEqual({
    text: 'a',
    number: 1.5,
    whole: 2,
    big: { $int64: '9007199254740993' },
    small: 7,
    nan: { $float: 'NaN' },
    decimal: { $decimal: '12.30' },
    date: { $date: '1970-01-01T00:00:00.000Z' },
    broken: { $date: null },
    bytes: { $bytes: 'AP8=' },
    map: { k: 1 },
    pairs: { $map: [[1, 'x']] },
    list: [null, null, true],
    odd: { $other: 'symbol' },
    thing: { $other: 'URL' },
  })
  expect(JSON.parse(JSON.stringify(showing.data(JSON.parse('{"__proto__":{"a":1}}'))))).toEqual(
    JSON.parse('{"__proto__":{"a":1}}'),
  )
})

test('long values are cut, and say how long they are', () => {
  expect(showing.data('x'.repeat(2_000))).toBe('x'.repeat(2_000))
  expect(showing.data('x'.repeat(5_000_000))).toEqual({ $text: 'x'.repeat(2_000), length: 5_000_000 })
  expect(showing.data(new Uint8Array(1 << 20))).toMatchObject({ $bytes: expect.any(String), length: 1 << 20 })
  const wide = showing.data(Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`f${at}`, at])))
  const { $more, ...shown } = wide as Record<string, number>
  expect(Object.keys(shown).length + $more!).toBe(100_000)
  const long = showing.data(Array.from({ length: 100_000 }, (_, at) => at)) as readonly unknown[]
  expect(long.at(-1)).toEqual({ $more: 100_000 - (long.length - 1) })
  for (const value of [wide, long]) expect(JSON.stringify(value).length).toBeLessThan(40_000)
  let deep: unknown = 1
  for (let at = 0; at < 10_000; at++) deep = [deep]
  expect(JSON.stringify(showing.data(deep)).length).toBeLessThan(200)
  // Not within a pair of surrogates.
  expect(showing.data(`${'x'.repeat(1_999)}😀${'y'.repeat(9)}`)).toEqual({ $text: 'x'.repeat(1_999), length: 2_010 })
})

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: true,
  withUnicodeString: true,
  withObjectString: true,
})

test('whatever a plugin makes can be shown, compared and sent', () => {
  const records = new RecordShowing(hide)
  fc.assert(
    fc.property(anything, anything, anything, (key, value, other) => {
      const record = (of: unknown) =>
        records.record({
          topic: other,
          key,
          value: of,
          timestamp: other,
          headers: [{ key: 'h', value: other }],
        } as never)
      const [before, after] = [record(value), record(other)]
      for (const shown of [before, changesBetween(before, after)])
        expect(JSON.parse(JSON.stringify(shown))).toBeDefined()
      expect(changesBetween(before, record(value))).toEqual([])
    }),
  )
})

test('secrets are hidden in text, names and bytes, and before anything is cut', () => {
  expect(showing.data({ a: 'my hunter2', hunter2: 1 })).toEqual({ a: 'my ${env:PW}', '${env:PW}': 1 })
  expect(showing.bytes(Buffer.from('hunter2'))).toBe('${env:PW}')
  expect(JSON.stringify(showing.bytes(Buffer.from('\u0000\u0001\ufffdhunter2\u0000')))).not.toContain('aHVudGVyMg')
  expect(JSON.stringify(showing.bytes(Buffer.concat([Buffer.from([0xff]), Buffer.from('hunter2')])))).toContain(
    '${env:PW}',
  )
  const around = `${'x'.repeat(1_997)}hunter2${'y'.repeat(2_000_000)}`
  expect(JSON.stringify(showing.data(around))).not.toMatch(/hunter|hunt/)
  const raw = Buffer.concat([Buffer.from([0xff, 0]), Buffer.from('hunter2')])
  expect(showing.data({ raw })).toEqual({ raw: '\ufffd\u0000${env:PW}' })
})

test('bytes are shown as text where they are some', () => {
  expect(showing.bytes(Buffer.from('grün\n'))).toBe('grün\n')
  expect(showing.bytes(Buffer.from([0xff, 0xfe]))).toEqual({ $bytes: '//4=' })
  expect(showing.bytes(Buffer.from([0, 0, 0, 0, 7]))).toEqual({ $bytes: 'AAAAAAc=' })
  expect(showing.bytes(null)).toBeNull()
})

test('a schema is told in short', () => {
  const order = schema.struct(
    {
      id: schema.int64(),
      note: schema.string({ optional: true }),
      at: schema.timestamp(),
      price: schema.decimal(2, { optional: true }),
      tags: schema.array(schema.string()),
      more: schema.map(schema.string(), schema.float64()),
    },
    { name: 'Order', version: 2 },
  )
  expect(schemaText(order)).toBe(
    'struct Order v2 {id: int64, note: string?, at: timestamp, price: decimal(2)?, tags: array<string>, more: map<string, float64>}',
  )
})

test('changes are a JSON patch that says what was there', () => {
  const records = new RecordShowing(hide)
  const before = records.record({ topic: 't', value: { a: 1, 'b/c~': { d: [1, 2] }, gone: 'x', big: 2n ** 60n } })
  const after = records.record({ topic: 't', value: { a: 2, 'b/c~': { d: [1, 3, 4] }, added: null, big: 2n ** 60n } })
  expect(changesBetween(before, after)).toEqual([
    { op: 'replace', path: '/value/data/a', value: 2, was: 1 },
    { op: 'replace', path: '/value/data/b~1c~0/d/1', value: 3, was: 2 },
    { op: 'add', path: '/value/data/b~1c~0/d/2', value: 4 },
    { op: 'remove', path: '/value/data/gone', was: 'x' },
    { op: 'add', path: '/value/data/added', value: null },
  ])
  expect(changesBetween(before, before)).toEqual([])
  const typed = records.record({ topic: 't', value: 1, valueSchema: schema.int32() })
  const cast = records.record({ topic: 't', value: 1, valueSchema: schema.int64() })
  expect(changesBetween(typed, cast)).toEqual([{ op: 'replace', path: '/value/schema', value: 'int64', was: 'int32' }])
})

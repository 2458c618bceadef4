import { describe, expect, test } from 'vitest'
import { schema, withSchema } from 'millrace/plugin'
import type { DataRecord, PredicatePlugin, SinkRecord, Transform, TransformPlugin, Value } from 'millrace/plugin'
import plugins from '../src/index.js'

const prefix = 'org.apache.kafka.connect.transforms.'

function plugin(kind: 'transform', className: string): TransformPlugin
function plugin(kind: 'predicate', className: string): PredicatePlugin
function plugin(kind: string, className: string) {
  const found = plugins.find(of => of.kind === kind && of.aliases?.includes(prefix + className))
  if (found === undefined) throw new Error(`no ${kind} ${className}`)
  return found
}

/** With the defaults that the runtime fills in. */
const create = (className: string, config: Readonly<Record<string, unknown>> = {}): Transform =>
  plugin('transform', className).create({
    'replace.null.with.default': true,
    'field.syntax.version': 'V1',
    exclude: [],
    include: [],
    renames: [],
    delimiter: '.',
    field: '',
    format: '',
    'unix.precision': 'milliseconds',
    'topic.format': '${topic}-${timestamp}',
    ...config,
  }) as Transform

const of = schema.struct({ a: schema.int32(), b: schema.string({ optional: true }) }, { name: 'rec' })
const struct: DataRecord = { topic: 't', value: { a: 1, b: 'x' }, valueSchema: of }

const transforms: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['InsertField$Value', { 'topic.field': 'topic' }],
  ['ReplaceField$Value', { exclude: ['a'] }],
  ['HoistField$Value', { field: 'all' }],
  ['Cast$Value', { spec: ['a:string'] }],
  ['MaskField$Value', { fields: ['a'] }],
  ['SetSchemaMetadata$Value', { 'schema.version': 2 }],
  ['ExtractField$Value', { field: 'a' }],
  ['ValueToKey', { fields: ['a'] }],
  ['RegexRouter', { regex: '(.*)', replacement: 'x-$1' }],
]

describe.each(transforms)('%s', (className, config) => {
  test('returns a new record and leaves the one it was given', () => {
    const before = structuredClone(struct)
    const after = create(className, config)(struct)
    expect(after).not.toBe(struct)
    expect(after).not.toEqual(struct)
    expect(struct).toEqual(before)
  })

  test('keeps whatever else a record carries', () => {
    const record: SinkRecord = {
      ...struct,
      key: null,
      kafkaPartition: 3,
      kafkaOffset: 42,
      timestamp: 5,
      timestampType: 'append',
      headers: [{ key: 'h', value: 1 }],
      originalTopic: 'o',
      originalKafkaPartition: 7,
      originalKafkaOffset: 41,
    }
    expect(create(className, config)(record)).toMatchObject({
      kafkaPartition: 3,
      kafkaOffset: 42,
      timestamp: 5,
      timestampType: 'append',
      headers: [{ key: 'h', value: 1 }],
      originalTopic: 'o',
      originalKafkaPartition: 7,
      originalKafkaOffset: 41,
    })
  })

  test('gives records of one schema one schema', () => {
    const apply = create(className, config)
    const [first, second] = [apply(struct), apply({ ...struct, value: { a: 2, b: null } })]
    expect(second?.valueSchema).toBe(first?.valueSchema)
    expect(second?.keySchema).toBe(first?.keySchema)
  })
})

describe('schemaless maps whose keys are not all strings', () => {
  const value = new Map<Value, Value>([
    [1, 'one'],
    ['a', 2],
  ])
  const record: DataRecord = { topic: 't', value }

  test.each<[string, Readonly<Record<string, unknown>>, Value]>([
    ['InsertField$Value', { 'topic.field': 'a' }, new Map<Value, Value>([...value, ['a', 't']])],
    [
      'ReplaceField$Value',
      { renames: ['a:b'] },
      new Map<Value, Value>([
        [1, 'one'],
        ['b', 2],
      ]),
    ],
    ['ReplaceField$Value', { include: ['a'] }, new Map<Value, Value>([['a', 2]])],
    ['ExtractField$Value', { field: 'a' }, 2],
    ['Cast$Value', { spec: ['a:string'] }, new Map<Value, Value>([...value, ['a', '2']])],
    ['MaskField$Value', { fields: ['a'] }, new Map<Value, Value>([...value, ['a', 0]])],
    ['HeaderFrom$Value', { fields: ['a'], headers: ['h'], operation: 'move' }, new Map<Value, Value>([[1, 'one']])],
  ])('stay maps under %s', (className, config, expected) => {
    expect(create(className, config)(record)?.value).toEqual(expected)
  })
})

describe('headers', () => {
  const record: DataRecord = { ...struct, headers: [{ key: 'h', value: 1 }] }

  test.each<[string, Readonly<Record<string, unknown>>, unknown]>([
    ['DropHeaders', { headers: ['h'] }, []],
    ['InsertHeader', { header: 'i', 'value.literal': 'x' }, [{ key: 'h' }, { key: 'i', value: 'x' }]],
    [
      'HeaderFrom$Value',
      { fields: ['b'], headers: ['i'], operation: 'copy' },
      [{ key: 'h' }, { key: 'i', value: 'x', schema: of.fields?.[1]?.schema }],
    ],
  ])('%s gives a new record other headers', (className, config, expected) => {
    const before = structuredClone(record)
    expect(create(className, config)(record)?.headers).toMatchObject(expected as object[])
    expect(record).toEqual(before)
  })

  test('of a record that has none', () => {
    expect(create('DropHeaders', { headers: ['h'] })(struct)?.headers).toEqual([])
    expect(create('InsertHeader', { header: 'i', 'value.literal': '1' })(struct)?.headers).toHaveLength(1)
  })

  test('HeaderFrom blames a record without the field', () => {
    const apply = create('HeaderFrom$Value', { fields: ['z'], headers: ['h'], operation: 'copy' })
    expect(() => apply(struct)).toThrow('Field does not exist: z')
  })
})

describe('Flatten', () => {
  const inner = schema.struct({ a: schema.int32(), b: schema.int32({ default: 5 }) }, { default: { a: 7 } })
  const outer = schema.struct({ in: withSchema(inner, { optional: true }) })

  test('inherits defaults and optionality of the structs around a field', () => {
    const after = create('Flatten$Value')({ topic: 't', value: { in: null }, valueSchema: outer })
    expect(after?.valueSchema).toEqual(
      schema.struct({
        'in.a': schema.int32({ optional: true, default: 7 }),
        'in.b': schema.int32({ optional: true, default: 5 }),
      }),
    )
    expect(after?.value).toEqual({ 'in.a': 7, 'in.b': 5 })
  })

  test('refuses a key that is no string', () => {
    const record: DataRecord = { topic: 't', value: { a: new Map<Value, Value>([[1, 2]]) } }
    expect(() => create('Flatten$Value')(record)).toThrow('maps whose keys are strings, found: number')
  })
})

test('a field named __proto__ is data', () => {
  const record: DataRecord = { topic: 't', value: JSON.parse('{"__proto__":1,"a":2}') as Value }
  const kept = create('ReplaceField$Value', { exclude: ['a'] })(record)?.value as object
  expect(Object.entries(kept)).toEqual([['__proto__', 1]])
  expect(create('ExtractField$Value', { field: '__proto__' })(record)?.value).toBe(1)
  expect(create('ExtractField$Value', { field: 'constructor' })(record)?.value).toBeNull()
})

test('a record that cannot be transformed is at fault, not its task', () => {
  const rejection = expect.objectContaining({ disposition: 'reject', message: 'Unknown field: z' }) as Error
  expect(() => create('ExtractField$Value', { field: 'z' })(struct)).toThrow(rejection)
})

test('RegexRouter checks pattern and replacement before anything runs', () => {
  const { config, validate } = plugin('transform', 'RegexRouter')
  const check = config['regex']?.options.check as (pattern: string) => string | undefined
  expect(check('(a)')).toBeUndefined()
  expect(check('(a')).toMatch('a ( is not closed')
  expect(validate?.({ regex: '(a)', replacement: '$1' })).toEqual([])
  expect(validate?.({ regex: '(a)', replacement: '$2' })).toEqual([
    { key: 'replacement', message: expect.stringContaining('No group 2') as string },
  ])
})

describe('timestamps', () => {
  const { config, validate } = plugin('transform', 'TimestampConverter$Value')

  test.each(['yyyy-bb', "yyyy'"])('TimestampConverter refuses the pattern %s before anything runs', format => {
    expect(config['format']?.options.default).toBe('')
    expect(validate?.({ 'target.type': 'unix', format })).toMatchObject([{ key: 'format' }])
  })

  test('TimestampRouter refuses a pattern before anything runs', () => {
    const field = plugin('transform', 'TimestampRouter').config['timestamp.format']
    const check = field?.options.check as (pattern: string) => string | undefined
    expect(check('yyyyMMdd')).toBeUndefined()
    expect(check('yyyy-bb')).toMatch("Illegal pattern character 'b'")
  })

  test('text without a pattern is at fault', () => {
    const apply = create('TimestampConverter$Value', { 'target.type': 'unix' })
    expect(() => apply({ topic: 't', value: '2020' })).toThrow('requires format option')
  })

  test.each<[string, Value]>([
    ['seconds', 9_007_199_254_740_993n],
    ['milliseconds', 8_640_000_000_000_001],
  ])('%s beyond what a date can hold are at fault', (precision, value) => {
    const apply = create('TimestampConverter$Value', { 'target.type': 'Timestamp', 'unix.precision': precision })
    expect(() => apply({ topic: 't', value })).toThrow('beyond what a date can hold')
  })

  test('nanoseconds end where 64 bits do', () => {
    const apply = create('TimestampConverter$Value', { 'target.type': 'unix', 'unix.precision': 'nanoseconds' })
    const at = (time: string): Value | undefined => apply({ topic: 't', value: new Date(time) })?.value
    expect(at('2020-01-01T00:00:00.001Z')).toBe(1_577_836_800_001_000_000n)
    expect(at('2500-01-01T00:00:00Z')).toBe(2n ** 63n - 1n)
    expect(at('1500-01-01T00:00:00Z')).toBe(-(2n ** 63n))
  })

  test('a struct’s default is converted with its schema', () => {
    const apply = create('TimestampConverter$Value', { 'target.type': 'unix', field: 't' })
    const of = schema.struct({ t: schema.timestamp() }, { default: { t: new Date(7) } })
    expect(apply({ topic: 't', value: { t: new Date(5) }, valueSchema: of })).toMatchObject({
      value: { t: 5 },
      valueSchema: schema.struct({ t: schema.int64() }, { default: { t: 7 } }),
    })
  })
})

test('HasHeaderKey is false of a record without headers', () => {
  expect(plugin('predicate', 'predicates.HasHeaderKey').create({ name: 'h' })(struct)).toBe(false)
})

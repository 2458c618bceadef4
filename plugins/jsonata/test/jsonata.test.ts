import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { Decimal, Float64, dispositionOf, schema } from 'millrace/plugin'
import type { AsyncPredicate, AsyncTransform, DataRecord, SinkRecord, Value } from 'millrace/plugin'
import { expressionProblem } from '../src/expression.js'
import { builtIn } from '../src/names.js'
import { isTrue, jsonataPredicate } from '../src/predicate.js'
import { jsonataTransform } from '../src/transform.js'

const transform = (expression: string, config: object = {}): AsyncTransform =>
  jsonataTransform.create({
    expression,
    target: 'value',
    schema: 'auto',
    'timeout.ms': 1_000,
    ...config,
  }) as AsyncTransform
const apply = async (expression: string, record: DataRecord, config: object = {}): Promise<DataRecord> => {
  const made = await transform(expression, config)(record)
  if (made === null) throw new Error('dropped')
  return made
}
const ofValue = async (expression: string, value: Value, config: object = {}): Promise<Value> =>
  (await apply(expression, { topic: 't', value }, config)).value

const order = { id: 7, price: 12.5, qty: 3, name: 'abc', tags: ['a', 'b'] }

describe('the value', () => {
  test('becomes the result; whatever else a record carries stays, and the record is left as it was', async () => {
    const record: SinkRecord = {
      topic: 't',
      key: 'k',
      value: order,
      kafkaPartition: 3,
      kafkaOffset: 42,
      timestamp: 5,
      timestampType: 'create',
      headers: [{ key: 'h', value: 1, schema: schema.int8() }],
      originalTopic: 'o',
      originalKafkaPartition: 1,
      originalKafkaOffset: 40,
    }
    const before = structuredClone(record)
    const made = await apply('{"id": id, "total": price * qty, "name": $uppercase(name)}', record)
    expect(made).toMatchObject({ ...record, value: { id: 7, total: 37.5, name: 'ABC' }, valueSchema: undefined })
    expect(record).toEqual(before)
  })

  test('is what the expression stands in, and the rest of the record has names', async () => {
    const record = {
      topic: 'orders',
      key: { id: 1n },
      value: { a: 1 },
      kafkaPartition: 2,
      kafkaOffset: 9,
      timestamp: 1_000,
      headers: [
        { key: 'h', value: 'x' },
        { key: 'twice', value: 1 },
        { key: 'twice', value: 2 },
      ],
    } as unknown as DataRecord
    const all =
      '{"t": $topic, "p": $partition, "o": $offset, "ts": $timestamp, "k": $key.id, "h": $headers.h, "two": $headers.twice, "v": $value.a, "same": $ = $value}'
    expect((await apply(all, record)).value).toEqual({
      t: 'orders',
      p: 2,
      o: 9,
      ts: 1_000,
      k: 1n,
      h: 'x',
      two: [1, 2],
      v: 1,
      same: true,
    })
    expect((await apply('$eval("$topic")', record)).value).toBe('orders')
    const source = { topic: 't', value: 1, offset: { position: 4 } } as DataRecord
    expect((await apply('[$offset.position, $partition, $timestamp]', source)).value).toEqual([4, null, null])
  })

  test.each<[string, Value, Value]>([
    ['$', 'text', 'text'],
    ['$', null, null],
    ['null', { a: 1 }, null],
    ['items.(price * qty)', { items: [{ price: 2, qty: 3 }] }, 6],
    ['[items.(price * qty)]', { items: [{ price: 2, qty: 3 }] }, [6]],
    ['$merge([$, {"b": 2}])', { a: 1 }, { a: 1, b: 2 }],
    ['$ ~> |items|{"x": 1}, ["y"]|', { items: [{ y: 1 }] }, { items: [{ x: 1 }] }],
    ['{"a": b.c}', { d: 1 }, {}],
    ['{"__proto__": 1}', {}, JSON.parse('{"__proto__": 1}') as Value],
    ['$fromMillis(at, "[Y0001]-[M01]-[D01]")', { at: new Date(0) }, '1970-01-01'],
    ['bytes & ""', { bytes: Buffer.from('hi') }, 'aGk='],
    ['2.0 * 3', {}, 6],
    ['$parse(json)', { json: '{"id": 9007199254740993, "d": 2.0}' }, { id: 9_007_199_254_740_993n, d: 2 }],
    ['{"a": $parse(nowhere)}', {}, {}],
    ['1e300', {}, new Float64(1e300)],
  ])('%s of %j', async (expression, given, result) => {
    expect(await ofValue(expression, given)).toEqual(result)
  })
})

describe('an integer beyond 2^53', () => {
  const big = 9_007_199_254_740_993n
  test('is handed on with all its digits, and told as text by $digits', async () => {
    expect(await ofValue('{"id": id, "list": [id]}', { id: big })).toEqual({ id: big, list: [big] })
    expect(await ofValue('$digits(id) = "9007199254740993"', { id: big })).toBe(true)
    expect(await ofValue('$digits(7)', {})).toBe('7')
  })

  test.each(['id + 1', 'id & "x"', '$string(id)', '$sum([id])', 'id > 1', '$digits("x")'])(
    'is never calculated with: %s fails the record',
    async expression => {
      await expect(ofValue(expression, { id: big })).rejects.toMatchObject({ disposition: 'reject' })
    },
  )

  test('a decimal is a number where a number has all its digits, else text', async () => {
    expect(
      await ofValue('[a, b, c + 1]', {
        a: new Decimal(1230n, 2),
        b: new Decimal(big * 100n + 1n, 2),
        c: new Decimal(5n, 0),
      }),
    ).toEqual([12.3, '9007199254740993.01', 6])
  })
})

describe('a schema', () => {
  const of = schema.struct(
    {
      id: schema.int64(),
      small: schema.int8({ optional: true }),
      price: schema.decimal(2, { optional: true }),
      at: schema.timestamp({ optional: true }),
      tags: schema.array(schema.string(), { optional: true }),
      more: schema.map(schema.string(), schema.float64(), { optional: true }),
      raw: schema.bytes({ optional: true }),
      with: schema.string({ optional: true, default: 'none' }),
    },
    { name: 'Order' },
  )
  const value = {
    id: 9_007_199_254_740_993n,
    small: 1,
    price: new Decimal(1230n, 2),
    at: new Date(5),
    tags: ['a'],
    more: new Map([['x', 1.5]]),
    raw: Buffer.from([0, 255]),
    with: 'y',
  }
  const record: DataRecord = { topic: 't', value, valueSchema: of }
  const made = (expression: string, policy = 'auto') => apply(expression, record, { schema: policy })

  test('that the result fits is kept, and every type comes back as it was', async () => {
    expect(await made('$')).toEqual(record)
    expect(await made('$merge([$, {"small": 2, "price": price + 1}])')).toEqual({
      ...record,
      value: { ...value, small: 2, price: new Decimal(1330n, 2) },
    })
    expect((await made('{"id": 1, "tags": "one"}', 'keep')).value).toEqual({
      id: 1,
      small: null,
      price: null,
      at: null,
      tags: ['one'],
      more: null,
      raw: null,
      with: 'none',
    })
  })

  test.each([
    ['{}', 'id is missing'],
    ['{"id": 1.5}', 'id is 1.5, and no integer'],
    ['{"id": 9007199254740993}', 'id is beyond what a number holds exactly'],
    ['{"id": 1, "small": 128}', 'small is 128, which int8 does not hold'],
    ['{"id": 1, "other": 2}', 'other is no field of the schema'],
    ['{"id": 1, "price": 1.234}', 'price has more than 2 decimals'],
    ['{"id": 1, "price": "x"}', 'price is string, not a decimal number'],
    ['{"id": 1, "tags": ["a", 1]}', 'tags[1] is number, not text'],
    ['{"id": 1, "more": {"x": "y"}}', 'more.x is string, not a number'],
    ['{"id": 1, "at": "soon"}', 'at is string, not whole milliseconds'],
    ['{"id": 1, "raw": "%"}', 'raw is string, not base64'],
    ['7', 'The result is number, not an object'],
  ])('that %s does not fit: %s', async (expression, misfit) => {
    await expect(made(expression, 'keep')).rejects.toMatchObject({
      code: 'jsonata.schema_misfit',
      message: `The result does not fit the schema: ${misfit}.`,
    })
    expect((await made(expression)).valueSchema).toBeUndefined()
  })

  test('is left off where it is not wanted', async () => {
    expect(await made('{"id": 1}', 'none')).toEqual({ topic: 't', value: { id: 1 }, valueSchema: undefined })
  })
})

describe('the other parts', () => {
  const record: DataRecord = {
    topic: 'orders',
    key: 'k',
    keySchema: schema.string(),
    value: { id: 7, region: 'EU' },
    headers: [
      { key: 'a', value: 1, schema: schema.int8() },
      { key: 'b', value: [1], schema: schema.array(schema.int8()) },
      { key: 'a', value: 2, schema: schema.int8() },
    ],
  }

  test('one of them, by its name', async () => {
    const topic = await apply('$topic & "-" & $lowercase(region)', record, { target: 'topic' })
    expect(topic).toEqual({ ...record, topic: 'orders-eu' })
    expect((await apply('$string(id)', record, { target: 'key' })).key).toBe('7')
    expect(await apply('{"id": id}', record, { target: 'key' })).toMatchObject({ key: { id: 7 }, keySchema: undefined })
    expect((await apply('1000', record, { target: 'timestamp' })).timestamp).toBe(1_000)
    expect((await apply('null', record, { target: 'timestamp' })).timestamp).toBeNull()
  })

  test('headers keep their order and schema where they stay what they are', async () => {
    expect(
      (await apply('$merge([$headers, {"c": "new", "a": [1, 9]}])', record, { target: 'headers' })).headers,
    ).toEqual([
      { key: 'a', value: 1, schema: schema.int8() },
      { key: 'a', value: 9 },
      { key: 'b', value: [1], schema: schema.array(schema.int8()) },
      { key: 'c', value: 'new' },
    ])
    expect((await apply('{}', record, { target: 'headers' })).headers).toEqual([])
  })

  test('several at once; what is not named stays', async () => {
    const expression =
      '{"topic": "all", "key": id, "value": {"region": region}, "partition": 3, "headers": {"h": true}}'
    expect(await apply(expression, record, { target: 'record' })).toEqual({
      topic: 'all',
      key: 7,
      keySchema: undefined,
      value: { region: 'EU' },
      valueSchema: undefined,
      kafkaPartition: 3,
      headers: [{ key: 'h', value: true }],
    })
    expect(await apply('{}', record, { target: 'record' })).toEqual(record)
  })

  test.each([
    ['topic', '7', 'jsonata.misshapen'],
    ['topic', '""', 'jsonata.misshapen'],
    ['timestamp', '1.5', 'jsonata.misshapen'],
    ['timestamp', '-1', 'jsonata.misshapen'],
    ['headers', '[1]', 'jsonata.misshapen'],
    ['record', '7', 'jsonata.misshapen'],
    ['record', '{"vlaue": 1}', 'jsonata.misshapen'],
    ['record', '{"topic": null}', 'jsonata.misshapen'],
    ['record', '{"partition": "x"}', 'jsonata.misshapen'],
    ['value', 'nowhere.at.all', 'jsonata.no_result'],
    ['topic', 'nowhere', 'jsonata.no_result'],
    ['value', 'function($x){$x}', 'jsonata.no_data'],
    ['value', '$uppercase', 'jsonata.no_data'],
    ['value', '{"f": $sum}', 'jsonata.no_data'],
  ])('%s cannot be %s', async (target, expression, code) => {
    await expect(apply(expression, record, { target })).rejects.toMatchObject({ code, disposition: 'reject' })
  })
})

describe('what goes wrong', () => {
  test('is the fault of the record, with the place in the expression', async () => {
    await expect(ofValue('price + name', order)).rejects.toMatchObject({
      code: 'jsonata.T2002',
      message: 'The right side of the "+" operator must evaluate to a number. (character 7)',
    })
    await expect(ofValue('(\n  $nope(1)\n)', order)).rejects.toMatchObject({
      code: 'jsonata.T1006',
      message: expect.stringContaining('(line 2, character 8)'),
    })
    const failed = await ofValue('$error("not today")', order).catch((error: unknown) => error)
    expect([failed instanceof Error, dispositionOf(failed), (failed as Error).message]).toEqual([
      true,
      'reject',
      'not today. (character 7)',
    ])
  })

  test('text that is no JSON is not run as an expression', async () => {
    await expect(ofValue('$parse(json)', { json: '1 + 1' })).rejects.toMatchObject({ code: 'json.malformed' })
  })

  test.each([
    ['an endless loop', '($f := function($x){ $f($x) }; $f(1))', 'jsonata.D1012', 300],
    ['an endless recursion', '($f := function($x){ 1 + $f($x) }; $f(1))', 'jsonata.D1011', 10_000],
    ['an endless list', '[1..100000000]', 'jsonata.D2014', 10_000],
    ['a list too long', '[1..3000].([1..3000])', 'jsonata.D2015', 10_000],
  ])('%s comes to an end', async (_, expression, code, timeoutMs) => {
    await expect(ofValue(expression, {}, { 'timeout.ms': timeoutMs })).rejects.toMatchObject({
      code,
      disposition: 'reject',
    })
  })

  test.each([
    ['price *', 'Unexpected end of expression. (character 7)'],
    ['(\n  a\n  b\n)', expect.stringContaining('(line 3, character 3)')],
    ['$uppercse(name)', 'There is no $uppercse. (character 9)'],
    ['$topc & "-x"', 'There is no $topc. (character 5)'],
    ['"open', 'String literal must be terminated by a matching quote. (character 5)'],
  ])('%j is refused when it is configured', (expression, problem) => {
    expect(expressionProblem(expression)).toEqual(problem)
    expect(expressionProblem('price * qty')).toBeUndefined()
  })
})

test.each([
  '($f := function($x, $y) { $x + $y }; $f(1, 2))',
  'a@$o.b[$o.id = id]',
  'a#$i.{"at": $i}',
  '$map(a, function($v, $i) { $v + $i })',
  '$$.a & $.b & $topic & $digits(a)',
  '$now() & $millis()',
])('%s names only what there is', expression => {
  expect(expressionProblem(expression)).toBeUndefined()
})

test('the functions of JSONata are known, all of them', () => {
  const source = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8')
  const bound = [...source.matchAll(/(?:staticFrame|environment)\.bind\('(\w+)'/g)].map(([, name]) => name!)
  expect(bound.length).toBeGreaterThan(60)
  expect(builtIn).toEqual(bound.toSorted())
})

describe('the predicate', () => {
  const holds = (expression: string, record: DataRecord): Promise<boolean> =>
    (jsonataPredicate.create({ expression, 'timeout.ms': 1_000 }) as AsyncPredicate)(record)

  test.each<[string, boolean]>([
    ['price > 10 and $topic = "t"', true],
    ['price > 100', false],
    ['tags', true],
    ['nowhere', false],
    ['$headers.h = "x"', true],
    ['null', false],
  ])('%s: %s', async (expression, result) => {
    expect(await holds(expression, { topic: 't', value: order, headers: [{ key: 'h', value: 'x' }] })).toBe(result)
  })

  test('counts as true what $boolean does', async () => {
    const values = [
      '0',
      '1',
      '""',
      '"a"',
      '[]',
      '[0]',
      '[0, 1]',
      '[[]]',
      '[[1]]',
      '{}',
      '{"a": 0}',
      'null',
      'true',
      'false',
      '$sum',
    ]
    for (const text of values) {
      const theirs = await ofValue(`$boolean(${text})`, {})
      expect([text, await holds(text, { topic: 't', value: {} })]).toEqual([text, theirs])
    }
    expect(isTrue(undefined)).toBe(false)
  })
})

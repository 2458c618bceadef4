import { describe, expect, test } from 'vitest'
import { schema } from 'millrace/plugin'
import type { DataRecord } from 'millrace/plugin'
import { change, columns, faults, row, router } from './outbox-rows.js'

const route = (record: DataRecord, config: Readonly<Record<string, string>> = {}): DataRecord => {
  const routed = router(config)(record)
  if (routed === null) throw new Error('dropped')
  return routed
}

const codeOf = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return 'nothing thrown'
}

test('an inserted row becomes its payload, for the topic of its aggregate, with its key and the id as a header', () => {
  expect(route(change())).toMatchObject({
    topic: 'outbox.event.Order',
    key: '7',
    keySchema: columns['aggregateid'],
    value: '{"a": 1}',
    valueSchema: columns['payload'],
    timestamp: 1_700_000_000_000,
    headers: [{ key: 'id', value: 'e-1', schema: columns['id'] }],
  })
})

test('a row of a snapshot is an event too', () => {
  expect(route(change({}, {}, { op: 'r' })).topic).toBe('outbox.event.Order')
})

test('headers and the partition that a record has stay, and it is not changed itself', () => {
  const record = change({}, {}, { headers: [{ key: 'h', value: 1 }], kafkaPartition: 3 })
  const before = structuredClone(record)
  expect(route(record)).toMatchObject({ headers: [{ key: 'h' }, { key: 'id' }], kafkaPartition: 3 })
  expect(record).toEqual(before)
})

test('deletes and tombstones are dropped, records that are no changes pass', () => {
  const apply = router()
  expect(apply(change({}, {}, { op: 'd' }))).toBeNull()
  expect(apply({ topic: 't', value: null })).toBeNull()
  const heartbeat = { topic: 'heartbeat', value: { ts_ms: 1 }, valueSchema: schema.struct({ ts_ms: schema.int64() }) }
  expect(apply(heartbeat)).toBe(heartbeat)
})

test.each(['u', 't'])('a change that an outbox should not see (%s) is dropped, or fails where it is fatal', op => {
  const record = change({}, {}, { op })
  expect(router({ 'table.op.invalid.behavior': 'warn' })(record)).toBeNull()
  expect(router({ 'table.op.invalid.behavior': 'error' })(record)).toBeNull()
  expect(codeOf(() => router({ 'table.op.invalid.behavior': 'fatal' })(record))).toBe('outbox.op_invalid')
})

test('columns have the names that the keys say', () => {
  const more = { no: schema.int64(), who: schema.int32(), body: schema.bytes(), kind: schema.string() }
  const body = Buffer.from([0, 255])
  const record = change({ no: 5, who: 6, body, kind: 'user' }, more)
  const config = {
    'table.field.event.id': 'no',
    'table.field.event.key': 'who',
    'table.field.event.payload': 'body',
    'route.by.field': 'kind',
  }
  expect(route(record, config)).toMatchObject({
    topic: 'outbox.event.user',
    key: 6,
    keySchema: more.who,
    value: body,
    valueSchema: more.body,
    headers: [{ key: 'id', value: 5, schema: more.no }],
  })
})

test('a null column has the default of its schema, as Struct.get gives it', () => {
  const more = { body: schema.string({ optional: true, default: 'none' }) }
  expect(route(change({ body: null }, more), { 'table.field.event.payload': 'body' }).value).toBe('none')
})

describe('topics', () => {
  test('the replacement takes groups of the expression', () => {
    const config = { 'route.topic.regex': '(?<a>.)(.*)', 'route.topic.replacement': '${a}-$2' }
    expect(route(change(), config).topic).toBe('O-rder')
  })

  test('a route that the expression does not match as a whole is the topic', () => {
    expect(route(change(), { 'route.topic.regex': 'Ord', 'route.topic.replacement': 'x' }).topic).toBe('Order')
  })

  test('an event without route fails', () => {
    const more = { aggregatetype: schema.string({ optional: true }) }
    expect(codeOf(() => route(change({ aggregatetype: null }, more)))).toBe('outbox.route_missing')
  })

  test('a route that is no text fails', () => {
    const more = { aggregatetype: schema.int32() }
    expect(codeOf(() => route(change({ aggregatetype: 1 }, more)))).toBe('outbox.column_type')
  })
})

describe('times', () => {
  const timed = (name: string | undefined, at: number | bigint | null): unknown => {
    const more = { at: schema.int64({ optional: true, ...(name !== undefined && { name }) }) }
    return route(change({ at }, more), { 'table.field.event.timestamp': 'at' }).timestamp
  }

  test.each<[string, number | bigint, number]>([
    ['io.debezium.time.Timestamp', 1_600_000_000_001, 1_600_000_000_001],
    ['io.debezium.time.MicroTimestamp', 1_600_000_000_001_999, 1_600_000_000_001],
    ['io.debezium.time.NanoTimestamp', 1_600_000_000_001_999_999n, 1_600_000_000_001],
    ['io.debezium.time.MicroTimestamp', -1_999, -1],
  ])('%s %d', (name, at, expected) => {
    expect(timed(name, at)).toBe(expected)
  })

  test('where it is null, the time at which the change was read stands for it', () => {
    expect(timed('io.debezium.time.Timestamp', null)).toBe(1_700_000_000_000)
  })

  test.each([[undefined], ['org.apache.kafka.connect.data.Timestamp'], ['toString']])('no time: %s', name => {
    expect(codeOf(() => timed(name, 5))).toBe('outbox.column_type')
  })
})

describe('tombstones', () => {
  const config = { 'route.tombstone.on.empty.payload': 'true' }

  test.each([[null], [''], [' \t\n']])('an event with the payload %j is one where that is wanted', payload => {
    expect(route(change({ payload }), config)).toMatchObject({ key: '7', value: null, valueSchema: undefined })
    expect(route(change({ payload }))).toMatchObject({ value: payload, valueSchema: columns['payload'] })
  })

  test('empty bytes and text that looks empty are payloads', () => {
    const body = new Uint8Array()
    const bytes = change({ body }, { body: schema.bytes() })
    expect(route(bytes, { ...config, 'table.field.event.payload': 'body' }).value).toBe(body)
    expect(route(change({ payload: '\u00a0' }), config).value).toBe('\u00a0')
  })

  test('an envelope around nothing is one too', () => {
    const placed = { ...config, 'table.fields.additional.placement': 'type:envelope' }
    expect(route(change({ payload: null }), placed).value).toBeNull()
  })
})

describe('more columns', () => {
  const more = { part: schema.int32({ optional: true }), version: schema.int32({ optional: true }) }
  const placed = (placement: string, values = {}, config = {}): DataRecord =>
    route(change({ part: 2, version: 4, ...values }, more), {
      'table.fields.additional.placement': placement,
      ...config,
    })

  test('go into headers, with their schemas, in order', () => {
    expect(placed('type:header,part : HEADER : p').headers).toEqual([
      { key: 'id', value: 'e-1', schema: columns['id'] },
      { key: 'type', value: 'OrderCreated', schema: columns['type'] },
      { key: 'p', value: 2, schema: more.part },
    ])
  })

  test('make an envelope with the payload', () => {
    const { value, valueSchema } = placed('type:envelope:eventType,part:envelope')
    expect(value).toEqual({ payload: '{"a": 1}', eventType: 'OrderCreated', part: 2 })
    expect(valueSchema).toEqual(
      schema.struct(
        { payload: columns['payload']!, eventType: columns['type']!, part: more.part },
        { name: 'server.public.outbox.Order.Value' },
      ),
    )
  })

  test('say the partition, unless null', () => {
    expect(placed('part:partition').kafkaPartition).toBe(2)
    expect(placed('part:partition', { part: null }).kafkaPartition).toBeUndefined()
    expect(codeOf(() => placed('type:partition'))).toBe('outbox.column_type')
  })

  test('give an envelope the version that is in one of them, and nothing else', () => {
    const config = { 'table.field.event.schema.version': 'version' }
    expect(placed('type:envelope', {}, config).valueSchema?.version).toBe(4)
    expect(placed('type:envelope', { version: null }, config).valueSchema?.version).toBeUndefined()
    expect(placed('type:header', {}, config).valueSchema).toBe(columns['payload'])
  })

  test('one that is missing fails the record, unless it may be', () => {
    const placement = 'gone:header,gone:envelope,gone:partition,type:envelope'
    expect(codeOf(() => placed(placement))).toBe('outbox.column_missing')
    const lenient = placed(placement, {}, { 'table.fields.additional.error.on.missing': 'false' })
    expect(lenient.headers).toHaveLength(1)
    expect(lenient.value).toEqual({ payload: '{"a": 1}', type: 'OrderCreated' })
  })

  test('schemas of envelopes are shared, and each route has its own', () => {
    const apply = router({ 'table.fields.additional.placement': 'type:envelope' })
    const template = change()
    const of = (aggregatetype: string): unknown =>
      apply({ ...template, value: { op: 'c', ts_ms: 1, after: { ...row, aggregatetype } } })?.valueSchema
    expect(of('A')).toBe(of('A'))
    expect(of('A')).toMatchObject({ name: 'server.public.outbox.A.Value' })
    expect(of('B')).toMatchObject({ name: 'server.public.outbox.B.Value' })
  })
})

test.each(['table.field.event.id', 'table.field.event.key', 'table.field.event.payload', 'route.by.field'])(
  'a column that is not there fails the record: %s',
  key => {
    expect(codeOf(() => route(change(), { [key]: 'constructor' }))).toBe('outbox.column_missing')
  },
)

test('a change without a row fails', () => {
  const record = change()
  expect(codeOf(() => route({ ...record, value: { op: 'c', after: null } }))).toBe('outbox.row_missing')
})

describe('configurations', () => {
  test('what is wrong is told with its key', () => {
    expect(faults({ 'route.topic.regex': '(' })).toEqual([expect.stringMatching(/^route\.topic\.regex: /)])
    expect(faults({ 'route.topic.replacement': '$1$2' })).toEqual([
      expect.stringMatching(/^route\.topic\.replacement: /),
    ])
    expect(faults({ 'table.op.invalid.behavior': 'x' })).toHaveLength(1)
  })

  test.each(['a', 'a:', ':header', 'a:body', 'a:header:', 'a:header:b:c'])('no placement: %s', entry => {
    expect(faults({ 'table.fields.additional.placement': `type:header,${entry}` })).toEqual([
      expect.stringContaining(entry),
    ])
  })

  test('an envelope has each name once, and its payload', () => {
    expect(faults({ 'table.fields.additional.placement': 'a:envelope:payload' })).toHaveLength(1)
    expect(faults({ 'table.fields.additional.placement': 'a:envelope,b:envelope:a' })).toHaveLength(1)
    expect(faults({ 'table.fields.additional.placement': 'a:envelope,b:header:a,a:partition' })).toEqual([])
  })

  test('keys of tracing are taken and mean nothing', () => {
    const config = { 'tracing.span.context.field': 'x', 'tracing.with.context.field.only': 'true' }
    expect(route(change(), config)).toEqual(route(change()))
  })
})

import { expect, test } from 'vitest'
import { schema } from '../../src/core/schema.js'
import { fetchedFrom, WholeSinkRecord, withKey, withParts, withValue } from '../../src/core/whole-record.js'
import type { SinkRecord, SourceRecord } from '../../src/core/record.js'

const chunk = {}
const sunk: SinkRecord = new WholeSinkRecord({
  topic: 't',
  kafkaPartition: 1,
  key: 'k',
  value: 'v',
  timestamp: 5,
  timestampType: 'create',
  headers: [{ key: 'h', value: 1 }],
  kafkaOffset: 7,
  originalTopic: 'o',
  originalKafkaPartition: 2,
  originalKafkaOffset: 8,
  [fetchedFrom]: chunk,
})
const yielded: SourceRecord = { topic: 't', value: 'v', partition: { file: 'f' }, offset: { position: 1 } }

test.each<[string, SinkRecord]>([
  ['as the runtime made it', sunk],
  ['as a spread left it', { ...sunk }],
])('a sink record %s keeps everything else, and the way back to its bytes', (_, record) => {
  const before = { ...record }
  const valued = withValue(record, schema.int32(), 1)
  expect(valued).toEqual({ ...record, value: 1, valueSchema: schema.int32() })
  expect(withKey(record, undefined, null)).toEqual({ ...record, key: null, keySchema: undefined })
  expect(withParts(record, { topic: 'u', headers: [] })).toEqual({ ...record, topic: 'u', headers: [] })
  expect(valued).toMatchObject({ [fetchedFrom]: chunk })
  expect(record).toEqual(before)
})

test('a source record keeps where it came from, and does not become a sink’s', () => {
  const valued = withValue(yielded, schema.int32(), 1)
  expect(valued).toEqual({ ...yielded, value: 1, valueSchema: schema.int32() })
  expect(withParts(valued, { topic: 'u' })).toEqual({ ...valued, topic: 'u' })
  expect('kafkaOffset' in withKey(yielded, undefined, 'k')).toBe(false)
  expect(yielded).toEqual({ topic: 't', value: 'v', partition: { file: 'f' }, offset: { position: 1 } })
})

import { describe, expect, test } from 'vitest'
import { BatchBuilder, RecordCursor, batches, patchBaseOffset, readBatchHeader } from '../../src/codec/index.js'
import type { BatchOptions } from '../../src/codec/index.js'
import { partitionForKey } from '../../src/core/murmur2.js'
import type { BatchAppend } from '../../src/ports/log.js'
import { packingOf } from '../../src/pipeline/client-settings.js'
import { UnitBuilder } from '../../src/pipeline/unit-builder.js'

const random = { next: () => 0 }
const builderWith = (producer: Record<string, string>, partitions = 1, maxBatchBytes?: number) => {
  const builder = new UnitBuilder(packingOf(producer), random)
  builder.addTopic('t', { partitions, maxBatchBytes })
  return { builder, lane: builder.lane('t')! }
}
const valuesOf = ({ bytes }: BatchAppend) => {
  const cursor = new RecordCursor()
  const found: string[] = []
  for (const batch of batches(bytes)) {
    cursor.open(bytes, batch)
    while (cursor.next()) found.push(String(cursor.value))
  }
  return found
}

test('a key goes to its partition, text or bytes alike; one without goes where its round goes', () => {
  const { builder, lane } = builderWith({}, 3)
  const expected = partitionForKey(Buffer.from('key'), 3)
  builder.append(lane, undefined, 0, 'key', 'a', undefined)
  builder.append(lane, null, 0, Buffer.from('key'), 'b', undefined)
  expect(builder.finish().map(batch => [batch.partition, valuesOf(batch)])).toEqual([[expected, ['a', 'b']]])
  const rounds = [0, 1, 2, 3].map(() => {
    builder.append(lane, undefined, 0, null, 'x', undefined)
    builder.append(lane, undefined, 0, null, 'y', undefined)
    return builder.finish().map(batch => batch.partition)
  })
  expect(rounds).toEqual([[1], [2], [0], [1]])
})

test('a batch is closed at batch.size, and none is larger than max.request.size', () => {
  const { builder, lane } = builderWith({ 'batch.size': '1000', 'max.request.size': '1500' })
  const values = Array.from({ length: 40 }, (_, i) => `${i}-${'x'.repeat((i * 37) % 400)}`)
  for (const value of values) builder.append(lane, undefined, 0, null, value, undefined)
  const unit = builder.finish()
  expect(unit.flatMap(valuesOf)).toEqual(values)
  expect(unit.length).toBeGreaterThan(5)
  for (const batch of unit) expect(batch.bytes.length).toBeLessThanOrEqual(1_500)
})

test('a record too large for any batch leaves the unit as it was, in order', () => {
  const { builder, lane } = builderWith({ 'max.request.size': '1000' }, 1, 800)
  builder.append(lane, undefined, 0, null, 'a', undefined)
  expect(() => builder.append(lane, undefined, 0, null, 'x'.repeat(790), undefined)).toThrow(
    expect.objectContaining({ code: 'pipeline.record_too_large' }),
  )
  expect(() => builder.append(lane, undefined, 0.5, null, 'x', undefined)).toThrow(
    expect.objectContaining({ code: 'codec.timestamp_invalid' }),
  )
  builder.append(lane, undefined, 0, null, 'x'.repeat(700), undefined)
  expect(builder.records).toBe(2)
  expect(builder.finish().flatMap(valuesOf)).toEqual(['a', 'x'.repeat(700)])
  expect([builder.records, builder.bytes]).toEqual([0, 0])
})

test('a partition the topic does not have is refused', () => {
  const { builder, lane } = builderWith({}, 2)
  for (const partition of [2, -1, 0.5])
    expect(() => builder.append(lane, partition, 0, null, 'x', undefined)).toThrow(
      expect.objectContaining({ code: 'pipeline.partition_unknown' }),
    )
})

test('a unit that is dropped leaves nothing behind', () => {
  const { builder, lane } = builderWith({ 'batch.size': '100' })
  for (let i = 0; i < 9; i++) builder.append(lane, undefined, 0, null, 'x'.repeat(60), undefined)
  builder.drop()
  expect([builder.records, builder.bytes, builder.finish()]).toEqual([0, 0, []])
  builder.append(lane, undefined, 0, null, 'y', undefined)
  expect(builder.finish().flatMap(valuesOf)).toEqual(['y'])
})

test('compression comes from compression.type, and one there is not is refused by its key', () => {
  const { builder, lane } = builderWith({ 'compression.type': 'gzip' })
  builder.append(lane, undefined, 0, null, 'x'.repeat(10_000), undefined)
  const [batch] = builder.finish()
  expect([...batches(batch!.bytes)][0]!.compression).toBe('gzip')
  expect(valuesOf(batch!)).toEqual(['x'.repeat(10_000)])
  expect(() => packingOf({ 'compression.type': 'zip' })).toThrow(
    expect.objectContaining({ code: 'pipeline.client_setting', key: 'producer.override.compression.type' }),
  )
  expect(() => packingOf({ 'batch.size': 'big' })).toThrow(
    expect.objectContaining({ key: 'producer.override.batch.size' }),
  )
})

describe('encoded batches', () => {
  const batchOf = (fill: (builder: BatchBuilder) => void, options: BatchOptions = {}, base = 0) => {
    const builder = new BatchBuilder()
    fill(builder)
    const bytes = builder.finish(options)
    patchBaseOffset(bytes, 0, base, 3)
    return bytes
  }
  const records =
    (...values: string[]) =>
    (builder: BatchBuilder) =>
      values.forEach((value, at) => builder.append(at, 'k', value, [{ key: 'h', value }]))

  test('go as they are, whoever they were from, at the place of what was taken before', () => {
    const { builder, lane } = builderWith({})
    builder.append(lane, undefined, 0, null, 'before', undefined)
    const bytes = batchOf(records('a', 'b'), { compression: 'gzip', transactional: true }, 100)
    expect(builder.appendEncoded(lane, 0, bytes)).toEqual([{ records: 2, timestamp: 0 }])
    const unit = builder.finish()
    expect(unit.flatMap(valuesOf)).toEqual(['before', 'a', 'b'])
    const header = readBatchHeader(unit[1]!.bytes)
    expect(header).toMatchObject({ baseOffset: 0, compression: 'gzip', recordCount: 2 })
  })

  test.each<[string, Uint8Array, number | undefined, string[]]>([
    ['whose beginning was read before', batchOf(records('a', 'b', 'c'), {}, 100), 101, ['b', 'c']],
    [
      'with gaps that compaction left',
      batchOf(builder => {
        builder.append(0, 'k', 'a', undefined)
        builder.skipOffsets(3)
        builder.append(1, 'k', 'b', undefined)
      }),
      undefined,
      ['a', 'b'],
    ],
    ['with timestamps that a broker has set', batchOf(records('a'), { timestampType: 'append' }), undefined, ['a']],
    [
      'larger than the topic takes',
      batchOf(records('x'.repeat(300), 'y'.repeat(300))),
      undefined,
      ['x'.repeat(300), 'y'.repeat(300)],
    ],
  ])('%s are packed anew', (_, bytes, from, values) => {
    const { builder, lane } = builderWith({}, 1, 1_000)
    expect(builder.appendEncoded(lane, 0, bytes, from)).toMatchObject([{ records: values.length }])
    expect(builder.records).toBe(values.length)
    const unit = builder.finish()
    expect(unit.flatMap(valuesOf)).toEqual(values)
    for (const batch of unit) {
      const { recordCount, ...header } = readBatchHeader(batch.bytes)
      expect(header).toMatchObject({ lastOffsetDelta: recordCount - 1, timestampType: 'create' })
      expect(batch.bytes.length).toBeLessThanOrEqual(1_000)
    }
  })

  test('of markers alone bring nothing', () => {
    const { builder, lane } = builderWith({})
    expect(builder.appendEncoded(lane, 0, batchOf(records('m'), { control: true }))).toEqual([])
    expect(builder.finish()).toEqual([])
  })
})

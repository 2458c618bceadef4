import { describe, expect, test } from 'vitest'
import { BatchBuilder, maxBatchBytes, readBatchHeader } from '../../src/codec/index.js'
import { readBatches } from './read-batches.js'

const T = 1_795_456_800_000

function values(bytes: Uint8Array): (string | null)[] {
  return readBatches(bytes).flatMap(batch => batch.records.map(record => record.value))
}

describe('a finished batch', () => {
  test('has base offset 0, no leader epoch and no producer unless told', () => {
    const builder = new BatchBuilder()
    builder.append(T, null, 'a', undefined)
    expect(readBatchHeader(builder.finish())).toMatchObject({
      baseOffset: 0,
      leaderEpoch: -1,
      magic: 2,
      attributes: 0,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
    })
  })

  test('carries its producer and its flags', () => {
    const builder = new BatchBuilder()
    builder.append(T, null, 'a', undefined)
    const bytes = builder.finish({
      compression: 'zstd',
      timestampType: 'append',
      producerId: 2 ** 40 + 3,
      producerEpoch: 32_767,
      baseSequence: 2 ** 31 - 1,
      transactional: true,
      control: true,
    })
    expect(readBatchHeader(bytes)).toMatchObject({
      attributes: 0b11_1100,
      compression: 'zstd',
      timestampType: 'append',
      producerId: 2 ** 40 + 3,
      producerEpoch: 32_767,
      baseSequence: 2 ** 31 - 1,
      transactional: true,
      control: true,
    })
  })

  test('with append time gives every record the highest timestamp', () => {
    const builder = new BatchBuilder()
    for (const time of [5, 9, 2]) builder.append(T + time, null, null, undefined)
    const [batch] = readBatches(builder.finish({ timestampType: 'append' }))
    expect(batch!.records.map(record => record.timestamp)).toEqual([T + 9, T + 9, T + 9])
  })

  test('can be transferred, and the builder goes on', () => {
    const builder = new BatchBuilder()
    builder.append(T, null, 'first', undefined)
    const first = builder.finish()
    const moved = structuredClone(first, { transfer: [first.buffer] })
    expect(first.buffer.byteLength).toBe(0)
    builder.append(T, null, 'second', undefined)
    expect(values(moved)).toEqual(['first'])
    expect(values(builder.finish())).toEqual(['second'])
  })
})

describe('a builder', () => {
  test('is empty after finish and after reset', () => {
    const builder = new BatchBuilder()
    const empty = builder.sizeBytes
    builder.append(T, 'k', 'v', undefined)
    expect(builder.count).toBe(1)
    builder.finish()
    expect([builder.count, builder.sizeBytes]).toEqual([0, empty])
    builder.append(T, 'k', 'v', undefined)
    builder.reset()
    expect([builder.count, builder.sizeBytes]).toEqual([0, empty])
    builder.append(T + 7, 'k', 'only', undefined)
    const bytes = builder.finish()
    expect(readBatchHeader(bytes)).toMatchObject({ recordCount: 1, baseTimestamp: T + 7, maxTimestamp: T + 7 })
    expect(values(bytes)).toEqual(['only'])
  })

  test('refuses to finish a batch without an offset', () => {
    expect(() => new BatchBuilder().finish()).toThrow(expect.objectContaining({ code: 'codec.batch_empty' }))
  })

  test.each([Number.NaN, 1.5, Infinity, -Infinity, 2 ** 53, -(2 ** 53)])('refuses the timestamp %d', timestamp => {
    const builder = new BatchBuilder()
    expect(() => builder.append(timestamp, null, 'a', undefined)).toThrow(
      expect.objectContaining({ code: 'codec.timestamp_invalid' }),
    )
    expect(builder.count).toBe(0)
  })

  test('refuses a timestamp too far from the first, and keeps what it has', () => {
    const builder = new BatchBuilder()
    builder.append(-(2 ** 52), null, 'kept', undefined)
    const size = builder.sizeBytes
    expect(() => builder.append(2 ** 53 - 1, null, 'refused', undefined)).toThrow(
      expect.objectContaining({ code: 'codec.timestamp_invalid' }),
    )
    expect(builder.sizeBytes).toBe(size)
    expect(values(builder.finish())).toEqual(['kept'])
  })

  test('refuses what would make the batch too large, and keeps what it has', () => {
    const builder = new BatchBuilder()
    builder.append(T, null, 'kept', undefined)
    const large = Buffer.alloc(maxBatchBytes - 80)
    expect(() => builder.append(T, large.subarray(0, 40), large, undefined)).toThrow(
      expect.objectContaining({ code: 'codec.batch_too_large' }),
    )
    expect(values(builder.finish())).toEqual(['kept'])
  })

  test('spans at most 2^31 offsets', () => {
    const builder = new BatchBuilder()
    builder.skipOffsets(2 ** 31 - 1)
    builder.append(T, null, 'last', undefined)
    expect(() => builder.append(T, null, 'refused', undefined)).toThrow(
      expect.objectContaining({ code: 'codec.offset_invalid' }),
    )
    const [batch] = readBatches(builder.finish())
    expect(batch!.header.lastOffsetDelta).toBe(2 ** 31 - 1)
    expect(batch!.records).toMatchObject([{ offset: 2 ** 31 - 1, value: 'last' }])
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 31])('refuses to leave out %d offsets', count => {
    const builder = new BatchBuilder()
    builder.append(T, null, 'a', undefined)
    expect(() => builder.skipOffsets(count)).toThrow(expect.objectContaining({ code: 'codec.offset_invalid' }))
  })
})

import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BatchBuilder, compressions } from '../../src/codec/index.js'
import type { BatchHeader, BatchOptions, FieldBytes, RecordHeader } from '../../src/codec/index.js'
import { readBatches } from './read-batches.js'

interface Input {
  readonly timestamp: number
  readonly key: FieldBytes
  readonly value: FieldBytes
  readonly headers: readonly RecordHeader[] | undefined
  /** Offsets left out before the record. */
  readonly gap: number
}

/** Any UTF-16 code units, so lone surrogates too. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map(units => String.fromCharCode(...units))
/** Lengths around the places where a length takes one byte more, in text of one, two and three bytes a character. */
const longText = fc
  .tuple(fc.constantFrom('a', 'ü', '水'), fc.constantFrom(24, 25, 42, 63, 64, 85, 127, 128, 2731, 4096, 8191, 8192))
  .map(([char, length]) => char.repeat(length))
const text = fc.oneof(fc.string({ unit: 'grapheme' }), anyText, longText)
const fieldBytes = fc.oneof(fc.constant(null), text, fc.uint8Array(), fc.uint8Array({ minLength: 60, maxLength: 70 }))

const far = 2 ** 51
const record: fc.Arbitrary<Input> = fc.record({
  timestamp: fc.oneof(fc.constantFrom(-1, 0, far, -far, 2 ** 31, 2 ** 32 - 1), fc.integer({ min: -far, max: far })),
  key: fieldBytes,
  value: fieldBytes,
  headers: fc.option(
    fc.array(fc.record({ key: fc.oneof(text, fc.constantFrom('a', 'b')), value: fieldBytes }), { maxLength: 4 }),
    {
      nil: undefined,
    },
  ),
  gap: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(1000)),
})

/** The bytes that a field should have, as `readBatches` shows them. */
function bytesOf(field: FieldBytes): string | null {
  return field === null ? null : Buffer.from(field as string).toString('latin1')
}

/** Writes the records, reads them, and compares each; gives the batch's header. */
function roundTrip(builder: BatchBuilder, inputs: readonly Input[], options: BatchOptions): BatchHeader {
  builder.reset()
  const expected: unknown[] = []
  let offset = 0
  for (const { timestamp, key, value, headers, gap } of inputs) {
    builder.skipOffsets(gap)
    builder.append(timestamp, key, value, headers)
    offset += gap
    expected.push({
      offset,
      timestamp,
      key: bytesOf(key),
      value: bytesOf(value),
      headers: (headers ?? []).map(header => [Buffer.from(header.key).toString(), bytesOf(header.value)]),
    })
    offset++
  }
  const bytes = builder.finish(options)
  expect(bytes.buffer.byteLength).toBe(bytes.length)
  const [batch, ...others] = readBatches(bytes)
  expect(others).toEqual([])
  assert.deepEqual(batch!.records, expected)
  expect(batch!.header.lastOffsetDelta).toBe(offset - 1)
  return batch!.header
}

describe.each(compressions)('records packed with %s', compression => {
  test('come out as they went in, whatever they hold', () => {
    const builder = new BatchBuilder(128)
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), inputs => {
        const header = roundTrip(builder, inputs, { compression })
        expect(header).toMatchObject({ compression, recordCount: inputs.length })
        expect(header.maxTimestamp).toBe(Math.max(...inputs.map(input => input.timestamp)))
      }),
      { numRuns: 150 },
    )
  })

  test('may be many, and larger than every block of the format', () => {
    const inputs = Array.from({ length: 10_000 }, (_, i) => ({
      timestamp: 1_795_456_800_000 + i,
      key: i % 3 === 0 ? null : `key ${i % 100}`,
      value: `value number ${i} ${Math.sin(i)}`,
      headers: undefined,
      gap: 0,
    }))
    const header = roundTrip(new BatchBuilder(), inputs, { compression })
    expect(header).toMatchObject({ compression, recordCount: 10_000 })
  })

  test('that do not get smaller stay as they are', () => {
    const noise = Buffer.alloc(300_000)
    let seed = 1
    for (let i = 0; i < noise.length; i++) noise[i] = seed = (seed * 48_271) % 2_147_483_647
    const input = { timestamp: 1, key: null, value: noise, headers: undefined, gap: 0 }
    const header = roundTrip(new BatchBuilder(), [input], { compression })
    expect(header.batchLength).toBeGreaterThan(noise.length)
  })

  test('may be none at all, where compaction has removed them', () => {
    const builder = new BatchBuilder()
    builder.skipOffsets(5)
    const bytes = builder.finish({ compression })
    const [batch] = readBatches(bytes)
    expect(batch).toMatchObject({ header: { recordCount: 0, lastOffsetDelta: 4 }, records: [] })
  })
})

test('the size is known before the batch is finished', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), inputs => {
      const builder = new BatchBuilder()
      for (const { timestamp, key, value, headers } of inputs) builder.append(timestamp, key, value, headers)
      const { sizeBytes } = builder
      expect(builder.finish().length).toBe(sizeBytes)
    }),
    { numRuns: 100 },
  )
})

test('a lone surrogate becomes U+FFFD, and the lengths stay right', () => {
  const builder = new BatchBuilder()
  builder.append(0, '\ud800', `${'a'.repeat(62)}\udfff`, [{ key: '\ud83d', value: '\ude80\ud83d' }])
  builder.append(0, 'next', 'record', undefined)
  const [batch] = readBatches(builder.finish())
  expect(batch!.records.map(record => [record.key, record.value])).toEqual([
    [bytesOf('\ufffd'), bytesOf(`${'a'.repeat(62)}\ufffd`)],
    ['next', 'record'],
  ])
  expect(batch!.records[0]!.headers).toEqual([['\ufffd', bytesOf('\ufffd\ufffd')]])
})

import { readFileSync, readdirSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorCode } from '../../src/core/error.js'
import { BatchBuilder, RecordCursor, compressions, crc32c, readBatchHeader } from '../../src/codec/index.js'
import { readBatches } from './read-batches.js'

const folder = new URL('../fixtures/record-batches/', import.meta.url)
const seeds = readdirSync(folder)
  .filter(name => name.endsWith('.bin'))
  .map(name => readFileSync(new URL(name, folder)))
  .filter(bytes => bytes.length < 8000)

/** Most of what decides stands at the beginning. */
const position = fc.oneof(fc.nat(80), fc.nat(8000))
const change = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: position, mask: fc.integer({ min: 1, max: 255 }) }),
  fc.record({
    kind: fc.constant('overwrite' as const),
    at: position,
    bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.constant(new Uint8Array(5).fill(255))),
  }),
  fc.record({ kind: fc.constant('truncate' as const), at: position }),
  fc.record({ kind: fc.constant('remove' as const), at: position, length: fc.integer({ min: 1, max: 20 }) }),
)
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

function changed(bytes: Buffer, change: Change): Buffer {
  const at = change.at % Math.max(bytes.length, 1)
  const copy = Buffer.from(bytes)
  switch (change.kind) {
    case 'flip':
      copy[at]! ^= change.mask
      return copy
    case 'overwrite':
      copy.set(change.bytes.subarray(0, Math.max(copy.length - at, 0)), at)
      return copy
    case 'truncate':
      return copy.subarray(0, at)
    case 'remove':
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + change.length)])
  }
  return copy
}

function outcomeOf(bytes: Uint8Array): string {
  try {
    readBatches(bytes, { crc: false, maxDecompressedBytes: 1024 * 1024 })
    return 'read'
  } catch (error) {
    return errorCode(error)
  }
}

test('bytes changed anywhere are read or refused with a code; nothing else can happen', () => {
  let refused = 0
  fc.assert(
    fc.property(fc.nat(seeds.length - 1), fc.array(change, { minLength: 1, maxLength: 4 }), (seed, changes) => {
      const bytes = changes.reduce(changed, seeds[seed]!)
      const outcome = outcomeOf(bytes)
      if (outcome !== 'read') refused++
      expect(['read', 'codec.batch_corrupt', 'codec.batch_too_large']).toContain(outcome)
    }),
    { numRuns: 6000 },
  )
  expect(refused).toBeGreaterThan(1000)
})

test('with the CRC checked no change behind it goes unnoticed', () => {
  fc.assert(
    fc.property(fc.nat(seeds.length - 1), position, fc.integer({ min: 1, max: 255 }), (seed, at, mask) => {
      const bytes = Buffer.from(seeds[seed]!)
      const { end } = readBatchHeader(bytes)
      bytes[21 + (at % (end - 21))]! ^= mask
      expect(() => readBatches(bytes)).toThrow(expect.objectContaining({ code: 'codec.batch_corrupt' }))
    }),
    { numRuns: 2000 },
  )
})

test('random bytes are no batch', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 61, maxLength: 300 }), bytes => {
      bytes[16] = 2
      expect(['read', 'codec.batch_corrupt', 'codec.batch_too_large']).toContain(outcomeOf(bytes))
    }),
    { numRuns: 2000 },
  )
})

describe('a batch with a valid CRC is refused', () => {
  /** One record of key `k` and value `v` without headers is 9 bytes: length 8, 0, 0, 0, 2, k, 2, v, 0. */
  function recordOf(patch: (record: Buffer, batch: Buffer) => void): Buffer {
    const builder = new BatchBuilder()
    builder.append(0, 'k', 'v', undefined)
    const batch = Buffer.from(builder.finish())
    patch(batch.subarray(61), batch)
    batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
    return batch
  }

  test.each<[string, (record: Buffer, batch: Buffer) => unknown]>([
    ['when a record reaches beyond it', record => (record[0] = 18)],
    ['when a record has a negative length', record => (record[0] = 1)],
    ['when a record ends before its fields', record => (record[0] = 14)],
    ['when a record is longer than its fields', record => (record[6] = record[7] = 0)],
    ['when a key reaches beyond its record', record => (record[4] = 16)],
    ['when a value reaches beyond its record', record => (record[6] = 6)],
    ['when a header is missing', record => (record[8] = 2)],
    ['when the number of headers is negative', record => (record[8] = 1)],
    ['when an offset is beyond its last', record => (record[3] = 2)],
    ['when an offset is before its first', record => (record[3] = 1)],
    ['when a record is missing', (_, batch) => batch.writeInt32BE(2, 57)],
    ['when a record is too many', (_, batch) => batch.writeInt32BE(0, 57)],
    ['when a number does not end', record => record.fill(0xff)],
  ])('%s', (_, patch) => {
    expect(() => readBatches(recordOf(patch))).toThrow(expect.objectContaining({ code: 'codec.batch_corrupt' }))
  })

  test('and the cursor has no more records', () => {
    const bytes = recordOf(record => (record[6] = 6))
    const cursor = new RecordCursor()
    cursor.open(bytes)
    expect(() => cursor.next()).toThrow(expect.objectContaining({ code: 'codec.batch_corrupt' }))
    expect(cursor.next()).toBe(false)
  })

  test('and the cursor can be opened on another', () => {
    const cursor = new RecordCursor()
    expect(() => cursor.open(recordOf(() => undefined).subarray(0, -1))).toThrow('cut off')
    cursor.open(recordOf(() => undefined))
    expect([cursor.next(), String(cursor.value), cursor.next()]).toEqual([true, 'v', false])
  })
})

describe.each(compressions.filter(name => name !== 'none'))('a batch that unpacks to too much with %s', compression => {
  const builder = new BatchBuilder()
  builder.append(0, null, Buffer.alloc(8 * 1024 * 1024), undefined)
  const bytes = builder.finish({ compression })

  test('is refused without unpacking it', () => {
    expect(bytes.length).toBeLessThan(512 * 1024)
    const cursor = new RecordCursor({ maxDecompressedBytes: 1024 * 1024 })
    expect(() => cursor.open(bytes)).toThrow(expect.objectContaining({ code: 'codec.batch_too_large' }))
    expect(cursor.next()).toBe(false)
  })

  test('is read where it may be as large', () => {
    const cursor = new RecordCursor({ maxDecompressedBytes: 9 * 1024 * 1024 })
    cursor.open(bytes)
    expect([cursor.next(), cursor.value!.length, cursor.next()]).toEqual([true, 8 * 1024 * 1024, false])
  })
})

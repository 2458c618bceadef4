import { describe, expect, test } from 'vitest'
import { BatchBuilder, batches, patchBaseOffset, readBatchHeader, verifyCrc } from '../../src/codec/index.js'
import { readBatches } from './read-batches.js'

function batchOf(...values: string[]): Buffer {
  const builder = new BatchBuilder()
  for (const value of values) builder.append(1_795_456_800_000, null, value, undefined)
  return Buffer.from(builder.finish())
}

const corrupt = expect.objectContaining({ code: 'codec.batch_corrupt' })

describe('patching the base offset', () => {
  test.each([0, 1, 2 ** 31, 2 ** 32 + 5, 2 ** 52])('moves the records to %d and leaves the CRC valid', baseOffset => {
    const bytes = Buffer.concat([batchOf('before'), batchOf('a', 'b')])
    const start = readBatchHeader(bytes).end
    patchBaseOffset(bytes, start, baseOffset, 12)
    const [first, second] = readBatches(bytes)
    expect(first!.records.map(record => record.offset)).toEqual([0])
    expect(second!.header).toMatchObject({ start, baseOffset, leaderEpoch: 12 })
    expect(second!.records.map(record => record.offset)).toEqual([baseOffset, baseOffset + 1])
  })

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('refuses the offset %d', baseOffset => {
    const bytes = batchOf('a')
    expect(() => patchBaseOffset(bytes, 0, baseOffset, 0)).toThrow(
      expect.objectContaining({ code: 'codec.offset_invalid' }),
    )
    expect(readBatchHeader(bytes).baseOffset).toBe(0)
  })

  test('refuses a place where no header fits', () => {
    expect(() => patchBaseOffset(batchOf('a'), 40, 0, 0)).toThrow(corrupt)
  })
})

describe('the batches of a chunk', () => {
  const chunk = Buffer.concat([batchOf('a'), batchOf('b', 'c'), batchOf('d')])

  test('follow each other without a gap', () => {
    const headers = [...batches(chunk)]
    expect(headers.map(header => header.recordCount)).toEqual([1, 2, 1])
    expect(headers.map(header => header.start)).toEqual([0, headers[0]!.end, headers[1]!.end])
    expect(headers[2]!.end).toBe(chunk.length)
  })

  test('are the whole ones, wherever the chunk is cut off', () => {
    const ends = [...batches(chunk)].map(header => header.end)
    for (let length = 0; length <= chunk.length; length++) {
      const whole = [...batches(chunk.subarray(0, length))]
      expect(whole.length).toBe(ends.filter(end => end <= length).length)
    }
  })
})

describe('a header is refused', () => {
  const whole = batchOf('a')

  function patched(patch: (bytes: Buffer) => void): Buffer {
    const bytes = Buffer.from(whole)
    patch(bytes)
    return bytes
  }

  test.each<[string, (bytes: Buffer) => unknown]>([
    ['magic', bytes => bytes.writeInt8(1, 16)],
    ['length', bytes => bytes.writeInt32BE(48, 8)],
    ['length', bytes => bytes.writeInt32BE(-1, 8)],
    ['base offset', bytes => bytes.writeBigInt64BE(-1n, 0)],
    ['base offset', bytes => bytes.writeBigInt64BE(2n ** 53n, 0)],
    ['compression', bytes => bytes.writeInt16BE(5, 21)],
    ['last offset delta', bytes => bytes.writeInt32BE(-1, 23)],
    ['producer id', bytes => bytes.writeBigInt64BE(2n ** 60n, 43)],
    ['record count', bytes => bytes.writeInt32BE(-1, 57)],
  ])('for its %s', (what, patch) => {
    expect(() => readBatchHeader(patched(patch))).toThrow(
      expect.objectContaining({ code: 'codec.batch_corrupt', message: expect.stringContaining(what) }),
    )
  })

  test.each([-1, 1, 0.5, Number.NaN, 1e9])('at the position %d', start => {
    expect(() => readBatchHeader(whole, start)).toThrow(corrupt)
  })
})

test('the CRC covers every byte behind itself, and none before', () => {
  const whole = batchOf('a', 'b')
  for (let at = 21; at < whole.length; at++) {
    const bytes = Buffer.from(whole)
    bytes[at]! ^= 1
    const header = readBatchHeader(whole)
    expect(() => verifyCrc(bytes, header)).toThrow(corrupt)
  }
  const header = readBatchHeader(whole)
  expect(() => verifyCrc(whole, header)).not.toThrow()
  expect(() => verifyCrc(whole.subarray(0, -1), header)).toThrow(corrupt)
})

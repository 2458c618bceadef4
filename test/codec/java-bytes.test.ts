import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { BatchBuilder, readBatchHeader } from '../../src/codec/index.js'
import { readBatches } from './read-batches.js'
import type { ReadBatch } from './read-batches.js'

const folder = new URL('../fixtures/record-batches/', import.meta.url)
const names = readdirSync(folder)
  .filter(name => name.endsWith('.bin'))
  .map(name => name.slice(0, -'.bin'.length))

function bytesOf(name: string): Buffer {
  return readFileSync(new URL(`${name}.bin`, folder))
}

/** What the Java client read from the same bytes: for each batch a line, then one for each of its records. */
function javaReads(name: string): unknown[] {
  const lines = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map(line => JSON.parse(line) as unknown)
}

/** Describe.java's lines. */
function describeBatch({ header, records }: ReadBatch): unknown[] {
  return [
    {
      baseOffset: header.baseOffset,
      lastOffset: header.baseOffset + header.lastOffsetDelta,
      leaderEpoch: header.leaderEpoch,
      crc: header.crc,
      compression: header.compression,
      timestampType: header.timestampType,
      transactional: header.transactional,
      control: header.control,
      maxTimestamp: header.maxTimestamp,
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      recordCount: header.recordCount,
      size: header.end - header.start,
    },
    ...records.map(record => ({
      ...record,
      key: describeField(record.key),
      value: describeField(record.value),
      headers: record.headers.map(([key, value]) => [
        describeField(Buffer.from(key).toString('latin1')),
        describeField(value),
      ]),
    })),
  ]
}

function describeField(latin1: string | null): string | null {
  const bytes = bytesIn(latin1)
  if (bytes === null) return null
  if (bytes.length <= 100) return bytes.toString('base64')
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}:${bytes.length}`
}

function bytesIn(latin1: string | null): Buffer | null {
  return latin1 === null ? null : Buffer.from(latin1, 'latin1')
}

test.each(names)('reads what the Java client wrote: %s', name => {
  expect(readBatches(bytesOf(name)).flatMap(describeBatch)).toEqual(javaReads(name))
})

test('has fixtures of every compression and kind', () => {
  expect(names).toEqual(
    expect.arrayContaining(['none', 'gzip', 'snappy', 'lz4', 'zstd'].map(type => `various-${type}`)),
  )
  expect(names).toEqual(expect.arrayContaining(['commit', 'abort', 'transactional', 'compacted', 'compacted-empty']))
})

describe('writes the very bytes of the Java client', () => {
  test.each(['various-none', 'idempotent', 'no-timestamp', 'commit', 'abort'])('%s', name => {
    const java = bytesOf(name)
    const builder = new BatchBuilder()
    for (const { header, records } of readBatches(java)) {
      for (const { timestamp, key, value, headers } of records) {
        const written = headers.map(([key, value]) => ({ key, value: bytesIn(value) }))
        builder.append(timestamp, bytesIn(key), bytesIn(value), written)
      }
      const ours = builder.finish(header)
      expect(Buffer.from(ours).subarray(21)).toEqual(java.subarray(header.start + 21, header.end))
      expect(readBatchHeader(ours).crc).toBe(header.crc)
    }
  })
})

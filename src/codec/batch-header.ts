import { MillraceError } from '../core/error.js'
import { corrupt } from './corrupt.js'
import { crc32c, withOtherStart } from './crc32c.js'
import { at as field, attribute, compressions, crcStart, lengthOverhead } from './format.js'
import type { Compression } from './format.js'
import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from './integers.js'

/** The fixed part of one record batch. */
export interface BatchHeader {
  /** Where the batch begins in the bytes it was read from, and where it ends: `start + 12 + batchLength`. */
  readonly start: number
  readonly end: number
  readonly baseOffset: number
  readonly batchLength: number
  readonly leaderEpoch: number
  readonly magic: 2
  readonly crc: number
  readonly attributes: number
  readonly compression: Compression
  /** `append`: every record's timestamp is `maxTimestamp`. */
  readonly timestampType: 'create' | 'append'
  readonly transactional: boolean
  /** Holds a marker for readers (`readControlRecord`), no data. */
  readonly control: boolean
  /** The batch takes offsets up to `baseOffset + lastOffsetDelta`, also where compaction removed records. */
  readonly lastOffsetDelta: number
  /** Milliseconds; exact within ±2^53. -1 stands for none. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1 in batches of producers that are neither idempotent nor transactional; so the next two. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/**
 * Reads the header of the batch that begins at `start`; the rest of the batch need not be there.
 * Fails with `codec.batch_corrupt`. Checks neither the CRC (`verifyCrc`) nor the records (`RecordCursor`).
 */
export function readBatchHeader(bytes: Uint8Array, start = 0): BatchHeader {
  if (!(start >= 0 && start + field.records <= bytes.length)) throw corrupt('its header is cut off')
  const magic = bytes[start + field.magic]!
  if (magic !== 2) throw corrupt(`it has magic ${magic}, and only 2 is known`)
  const batchLength = readInt32(bytes, start + field.batchLength)
  if (batchLength < field.records - lengthOverhead) throw corrupt(`its length is ${batchLength}`)
  const baseOffset = readInt64(bytes, start + field.baseOffset)
  if (!(baseOffset >= 0 && Number.isSafeInteger(baseOffset))) throw corrupt(`its base offset is ${baseOffset}`)
  const attributes = readInt16(bytes, start + field.attributes)
  const compression = compressions[attributes & attribute.compressionMask]
  if (compression === undefined) throw corrupt('its compression is unknown')
  const lastOffsetDelta = readInt32(bytes, start + field.lastOffsetDelta)
  if (lastOffsetDelta < 0 || !Number.isSafeInteger(baseOffset + lastOffsetDelta)) {
    throw corrupt(`its last offset delta is ${lastOffsetDelta}`)
  }
  const producerId = readInt64(bytes, start + field.producerId)
  if (!Number.isSafeInteger(producerId)) throw corrupt(`its producer id is ${producerId}`)
  const recordCount = readInt32(bytes, start + field.recordCount)
  if (recordCount < 0) throw corrupt(`its record count is ${recordCount}`)
  return {
    start,
    end: start + lengthOverhead + batchLength,
    baseOffset,
    batchLength,
    leaderEpoch: readInt32(bytes, start + field.leaderEpoch),
    magic,
    crc: readInt32(bytes, start + field.crc) >>> 0,
    attributes,
    compression,
    timestampType: (attributes & attribute.appendTime) === 0 ? 'create' : 'append',
    transactional: (attributes & attribute.transactional) !== 0,
    control: (attributes & attribute.control) !== 0,
    lastOffsetDelta,
    baseTimestamp: readInt64(bytes, start + field.baseTimestamp),
    maxTimestamp: readInt64(bytes, start + field.maxTimestamp),
    producerId,
    producerEpoch: readInt16(bytes, start + field.producerEpoch),
    baseSequence: readInt32(bytes, start + field.baseSequence),
    recordCount,
  }
}

/**
 * The whole batches of a chunk, in order. A batch that the chunk's end cuts off is left out, as brokers send such
 * chunks: what was read ends at the last header's `end`. Fails with `codec.batch_corrupt`.
 */
export function* batches(bytes: Uint8Array): Generator<BatchHeader, void, undefined> {
  let start = 0
  while (start + field.records <= bytes.length) {
    const header = readBatchHeader(bytes, start)
    if (header.end > bytes.length) return
    yield header
    start = header.end
  }
}

/** Fails with `codec.batch_corrupt` where the batch's bytes are not those that its CRC was made of. */
export function verifyCrc(bytes: Uint8Array, header: BatchHeader): void {
  if (header.end > bytes.length) throw corrupt('it is cut off')
  const found = crc32c(bytes.subarray(header.start + crcStart, header.end))
  if (found !== header.crc) throw corrupt(`its CRC-32C is ${hex(found)}, and its header says ${hex(header.crc)}`)
}

/**
 * Gives the batch at `start` its place in a partition. The CRC stays valid: it does not cover these fields.
 * Fails with `codec.batch_corrupt`, `codec.offset_invalid`.
 */
export function patchBaseOffset(bytes: Uint8Array, start: number, baseOffset: number, leaderEpoch: number): void {
  if (!(start >= 0 && start + field.records <= bytes.length)) throw corrupt('its header is cut off')
  if (!(baseOffset >= 0 && Number.isSafeInteger(baseOffset))) {
    throw new MillraceError('codec.offset_invalid', `A record batch cannot have the base offset ${baseOffset}.`)
  }
  writeInt64(bytes, start + field.baseOffset, baseOffset)
  writeInt32(bytes, start + field.leaderEpoch, leaderEpoch)
}

/** Who a batch is from, by which brokers tell a batch that is sent twice from a new one. */
export interface BatchProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly transactional: boolean
}

/** Says in the one batch that `bytes` are who it is from, and renews its CRC: one that was wrong stays so. Fails with `codec.batch_corrupt`. */
export function patchProducer(bytes: Uint8Array, producer: BatchProducer): void {
  if (bytes.length < field.records) throw corrupt('its header is cut off')
  const start = bytes.subarray(crcStart, field.records)
  const before = crc32c(start)
  const attributes = readInt16(bytes, field.attributes) & ~attribute.transactional
  writeInt16(bytes, field.attributes, producer.transactional ? attributes | attribute.transactional : attributes)
  writeInt64(bytes, field.producerId, producer.producerId)
  writeInt16(bytes, field.producerEpoch, producer.producerEpoch)
  writeInt32(bytes, field.baseSequence, producer.baseSequence)
  const rest = bytes.length - field.records
  writeInt32(bytes, field.crc, withOtherStart(readInt32(bytes, field.crc) >>> 0, before, crc32c(start), rest))
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}

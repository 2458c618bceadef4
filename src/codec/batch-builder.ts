import { MillraceError } from '../core/error.js'
import { compress } from './compression.js'
import { tooLarge } from './corrupt.js'
import { crc32c } from './crc32c.js'
import { at as field, attribute, compressions, crcStart, lengthOverhead, maxBatchBytes } from './format.js'
import type { Compression } from './format.js'
import { varintWidth, writeInt16, writeInt32, writeInt64, writeVarint, writeVarlong } from './integers.js'
import { maxFieldBytes, minFieldBytes, writeField } from './record-field.js'
import type { FieldBytes } from './record-field.js'

/** A header as it is written. Keys may repeat. */
export interface RecordHeader {
  readonly key: string
  readonly value: FieldBytes
}

export interface BatchOptions {
  /** Default `none`. Compressors run at their default level. */
  readonly compression?: Compression
  /** Default `create`. With `append`, readers give every record the batch's highest timestamp. */
  readonly timestampType?: 'create' | 'append'
  /** Default -1, with the next two: neither idempotent nor transactional. */
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  /** A batch of one marker for readers, not data. */
  readonly control?: boolean
}

/** Offset deltas are signed 32-bit integers. */
const maxOffsets = 2 ** 31

/** A builder gives back memory above this once the batch that needed it is done. */
const keptBytes = 4 * 1024 * 1024

/** Attributes, timestamp delta and offset delta take at most this, and each of the four lengths at most 5. */
const maxRecordOverhead = 1 + 10 + 5 + 4 * 5

/**
 * Encodes records into one record batch in one pass over one buffer that it keeps. Not for sharing between threads.
 *
 * `append` either takes the whole record or throws and leaves the batch as it was. Strings are written as UTF-8; a
 * lone surrogate becomes U+FFFD.
 */
export class BatchBuilder {
  #buffer: Buffer
  #end: number = field.records
  #count = 0
  #nextDelta = 0
  #baseTimestamp = 0
  #maxTimestamp = 0

  /** `initialBytes`: the size to begin with; it doubles as needed. */
  constructor(initialBytes = 16 * 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(initialBytes, field.records))
  }

  /** Records appended since the last `finish`. */
  get count(): number {
    return this.#count
  }

  /** What the batch takes uncompressed, header included: exact. */
  get sizeBytes(): number {
    return this.#end
  }

  /**
   * `timestampMs`: milliseconds since the epoch, a safe integer; -1 for none. Bytes are copied.
   * Fails with `codec.timestamp_invalid`, `codec.offset_invalid`, `codec.batch_too_large`.
   */
  append(timestampMs: number, key: FieldBytes, value: FieldBytes, headers: readonly RecordHeader[] | undefined): void {
    const delta = this.#count === 0 ? 0 : timestampMs - this.#baseTimestamp
    if (!Number.isSafeInteger(timestampMs) || !Number.isSafeInteger(delta)) throw timestampInvalid(timestampMs)
    if (this.#nextDelta >= maxOffsets) throw offsetsUsedUp()
    let most = maxRecordOverhead + maxFieldBytes(key) + maxFieldBytes(value)
    let least = 6 + minFieldBytes(key) + minFieldBytes(value)
    const headerCount = headers === undefined ? 0 : headers.length
    for (let i = 0; i < headerCount; i++) {
      const header = headers![i]!
      most += 10 + maxFieldBytes(header.key) + maxFieldBytes(header.value)
      least += 2 + minFieldBytes(header.key) + minFieldBytes(header.value)
    }
    const start = this.#end
    if (start + most > this.#buffer.length) {
      if (start + least > maxBatchBytes) throw tooLarge(maxBatchBytes)
      this.#grow(start + most)
    }
    const buffer = this.#buffer

    // The record's length goes before it and is known only after it: leave the room it should take, and move the
    // record in the rare case that it took more.
    const room = varintWidth(least)
    const body = start + room
    buffer[body] = 0
    let end = writeVarlong(buffer, body + 1, delta)
    end = writeVarint(buffer, end, this.#nextDelta)
    end = writeField(buffer, end, key)
    end = writeField(buffer, end, value)
    end = writeVarint(buffer, end, headerCount)
    for (let i = 0; i < headerCount; i++) {
      const header = headers![i]!
      end = writeField(buffer, end, header.key)
      end = writeField(buffer, end, header.value)
    }
    const length = end - body
    const width = varintWidth(length)
    if (width !== room) {
      buffer.copyWithin(start + width, body, end)
      end += width - room
    }
    if (end > maxBatchBytes) throw tooLarge(maxBatchBytes)
    writeVarint(buffer, start, length)

    if (this.#count === 0) {
      this.#baseTimestamp = timestampMs
      this.#maxTimestamp = timestampMs
    } else if (timestampMs > this.#maxTimestamp) this.#maxTimestamp = timestampMs
    this.#end = end
    this.#count++
    this.#nextDelta++
  }

  /**
   * Leaves `count` offsets without a record, as compaction does: before, between or behind the records.
   * Fails with `codec.offset_invalid`.
   */
  skipOffsets(count: number): void {
    const next = this.#nextDelta + count
    if (!(count >= 0 && Number.isInteger(count) && next <= maxOffsets)) throw offsetsUsedUp()
    this.#nextDelta = next
  }

  /**
   * The batch, with base offset 0 and leader epoch -1, in an ArrayBuffer of its own and of its size, which may be
   * transferred; the builder is empty again. Fails with `codec.batch_empty` where it takes no offset
   * at all, and `codec.compression_unavailable`; the builder then keeps what it has.
   */
  finish(options: BatchOptions = {}): Uint8Array<ArrayBuffer> {
    if (this.#nextDelta === 0) throw new MillraceError('codec.batch_empty', 'A record batch needs at least one offset.')
    const compression = options.compression ?? 'none'
    const records = compress(compression, this.#buffer.subarray(field.records, this.#end))
    const size = field.records + records.length
    const batch = Buffer.allocUnsafeSlow(size)
    batch.set(records, field.records)

    writeInt64(batch, field.baseOffset, 0)
    writeInt32(batch, field.batchLength, size - lengthOverhead)
    writeInt32(batch, field.leaderEpoch, -1)
    batch[field.magic] = 2
    writeInt16(batch, field.attributes, attributesOf(compression, options))
    writeInt32(batch, field.lastOffsetDelta, this.#nextDelta - 1)
    writeInt64(batch, field.baseTimestamp, this.#count === 0 ? -1 : this.#baseTimestamp)
    writeInt64(batch, field.maxTimestamp, this.#count === 0 ? -1 : this.#maxTimestamp)
    writeInt64(batch, field.producerId, options.producerId ?? -1)
    writeInt16(batch, field.producerEpoch, options.producerEpoch ?? -1)
    writeInt32(batch, field.baseSequence, options.baseSequence ?? -1)
    writeInt32(batch, field.recordCount, this.#count)
    writeInt32(batch, field.crc, crc32c(batch.subarray(crcStart)))
    this.reset()
    return new Uint8Array(batch.buffer)
  }

  /** Forgets what was appended. */
  reset(): void {
    if (this.#buffer.length > keptBytes) this.#buffer = Buffer.allocUnsafeSlow(keptBytes)
    this.#end = field.records
    this.#count = 0
    this.#nextDelta = 0
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}

function attributesOf(compression: Compression, options: BatchOptions): number {
  return (
    compressions.indexOf(compression) |
    (options.timestampType === 'append' ? attribute.appendTime : 0) |
    (options.transactional === true ? attribute.transactional : 0) |
    (options.control === true ? attribute.control : 0)
  )
}

function offsetsUsedUp(): MillraceError {
  return new MillraceError('codec.offset_invalid', 'A record batch spans 0 to 2^31 offsets, in whole numbers.')
}

function timestampInvalid(timestamp: number): MillraceError {
  return new MillraceError(
    'codec.timestamp_invalid',
    `A record's timestamp must be a whole number of milliseconds within ±2^53, and so its distance to its batch's first; ${timestamp} is not.`,
  )
}

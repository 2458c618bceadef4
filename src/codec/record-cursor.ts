import { decompress } from './compression.js'
import { corrupt } from './corrupt.js'
import { readBatchHeader } from './batch-header.js'
import type { BatchHeader } from './batch-header.js'
import { at as field, maxBatchBytes } from './format.js'

/** A header as it was read. */
export interface ReadHeader {
  readonly key: string
  readonly value: Buffer | null
}

export interface CursorOptions {
  /** A batch that unpacks to more fails with `codec.batch_too_large`. Default 128 MiB. */
  readonly maxDecompressedBytes?: number
}

const nothing = Buffer.alloc(0)
const high = 0x1_0000_0000

/**
 * Walks the records of one batch after the other:
 *
 *     const cursor = new RecordCursor()
 *     for (const batch of batches(chunk)) {
 *       cursor.open(chunk, batch)
 *       while (cursor.next()) use(cursor.offset, cursor.value)
 *     }
 *
 * Fields hold the record that `next` moved to. Nothing is read outside the batch, whatever it holds: what is no valid
 * record fails with `codec.batch_corrupt`. The CRC is not checked here (`verifyCrc`).
 */
export class RecordCursor {
  /** The records, uncompressed; the positions below count in it. Of an uncompressed batch: the bytes it was opened on. */
  data: Buffer = nothing
  offset = -1
  /** Milliseconds; exact within ±2^53. -1 stands for none. */
  timestamp = -1
  /** Where the key's bytes are in `data`; both -1 where it is null. */
  keyStart = -1
  keyEnd = -1
  valueStart = -1
  valueEnd = -1
  headerCount = 0

  readonly #maxBytes: number
  #header: BatchHeader | undefined
  #baseOffset = 0
  #lastDelta = 0
  #baseTimestamp = 0
  #appendTime = false
  #left = 0
  /** Behind the number that was read last. */
  #at = 0
  #end = 0
  #headersStart = 0
  #recordEnd = 0

  constructor(options: CursorOptions = {}) {
    this.#maxBytes = options.maxDecompressedBytes ?? maxBatchBytes
  }

  /** The batch that is open. */
  get header(): BatchHeader | undefined {
    return this.#header
  }

  /**
   * Goes before the first record of a batch: of the one whose header is given, or of the one that begins at `batch`.
   * Unpacks it where it is compressed. Fails with `codec.batch_corrupt`, `codec.batch_too_large`.
   */
  open(bytes: Uint8Array, batch: BatchHeader | number = 0): BatchHeader {
    this.#left = 0
    const header = typeof batch === 'number' ? readBatchHeader(bytes, batch) : batch
    if (header.end > bytes.length) throw corrupt('it is cut off')
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const start = header.start + field.records
    if (header.compression === 'none' || start === header.end) {
      this.data = buffer
      this.#recordEnd = start
      this.#end = header.end
    } else {
      this.data = decompress(header.compression, buffer.subarray(start, header.end), this.#maxBytes)
      this.#recordEnd = 0
      this.#end = this.data.length
    }
    this.#header = header
    this.#baseOffset = header.baseOffset
    this.#lastDelta = header.lastOffsetDelta
    this.#appendTime = header.timestampType === 'append'
    this.#baseTimestamp = header.baseTimestamp
    this.offset = -1
    this.timestamp = header.maxTimestamp
    this.keyStart = this.keyEnd = this.valueStart = this.valueEnd = -1
    this.headerCount = 0
    this.#left = header.recordCount
    if (this.#left === 0 && this.#recordEnd !== this.#end) throw corrupt('bytes follow its last record')
    return header
  }

  /** Moves to the next record; false after the last. Fails with `codec.batch_corrupt`; the batch then has no more. */
  next(): boolean {
    if (this.#left === 0) return false
    const left = this.#left - 1
    this.#left = 0

    const length = this.#varint(this.#recordEnd, this.#end)
    const start = this.#at
    const end = start + length
    if (length < 0 || end > this.#end) throw corrupt('a record reaches beyond its end')
    // The record's attributes are a byte without meaning so far.
    const timestampDelta = this.#varlong(start + 1, end)
    const offsetDelta = this.#varint(this.#at, end)
    if (offsetDelta < 0 || offsetDelta > this.#lastDelta) throw corrupt(`a record has offset delta ${offsetDelta}`)

    const keyLength = this.#varint(this.#at, end)
    if (keyLength < 0) this.keyStart = this.keyEnd = -1
    else {
      this.keyStart = this.#at
      this.keyEnd = this.#at += keyLength
    }
    const valueLength = this.#varint(this.#at, end)
    if (valueLength < 0) this.valueStart = this.valueEnd = -1
    else {
      this.valueStart = this.#at
      this.valueEnd = this.#at += valueLength
    }
    const headerCount = this.#varint(this.#at, end)
    if (headerCount < 0 || headerCount > end - this.#at) throw corrupt(`a record has ${headerCount} headers`)
    if (headerCount === 0 && this.#at !== end) throw corrupt('a record is longer than its fields')

    this.offset = this.#baseOffset + offsetDelta
    if (!this.#appendTime) this.timestamp = this.#baseTimestamp + timestampDelta
    this.headerCount = headerCount
    this.#headersStart = this.#at
    this.#recordEnd = end
    if (left === 0 && end !== this.#end) throw corrupt('bytes follow its last record')
    this.#left = left
    return true
  }

  /** A view, not a copy: it keeps the batch's memory. */
  get key(): Buffer | null {
    return this.keyStart < 0 ? null : this.data.subarray(this.keyStart, this.keyEnd)
  }

  /** A view, not a copy: it keeps the batch's memory. */
  get value(): Buffer | null {
    return this.valueStart < 0 ? null : this.data.subarray(this.valueStart, this.valueEnd)
  }

  /** The value as text; undefined where it is null, and where its bytes may be no well-formed UTF-8. */
  get valueText(): string | undefined {
    return this.#text(this.valueStart, this.valueEnd)
  }

  /** The same of the key. */
  get keyText(): string | undefined {
    return this.#text(this.keyStart, this.keyEnd)
  }

  /** The record's headers, parsed now; their values are views. Fails with `codec.batch_corrupt`. */
  headers(): ReadHeader[] {
    const headers: ReadHeader[] = []
    const end = this.#recordEnd
    this.#at = this.#headersStart
    for (let i = 0; i < this.headerCount; i++) {
      const keyLength = this.#varint(this.#at, end)
      const keyStart = this.#at
      const keyEnd = keyStart + keyLength
      if (keyLength < 0 || keyEnd > end) throw corrupt('a header reaches beyond its record')
      const valueLength = this.#varint(keyEnd, end)
      const valueEnd = this.#at + Math.max(valueLength, 0)
      if (valueEnd > end) throw corrupt('a header reaches beyond its record')
      headers.push({
        key: this.data.toString('utf8', keyStart, keyEnd),
        value: valueLength < 0 ? null : this.data.subarray(this.#at, valueEnd),
      })
      this.#at = valueEnd
    }
    if (this.headerCount > 0 && this.#at !== end) throw corrupt('a record is longer than its fields')
    return headers
  }

  #text(start: number, end: number): string | undefined {
    if (start < 0) return undefined
    const text = this.data.toString('utf8', start, end)
    // What stands for bytes that say nothing, or for itself.
    return text.includes('\ufffd') ? undefined : text
  }

  /** Reads a zigzag 32-bit integer before `end` and moves `#at` behind it. */
  #varint(at: number, end: number): number {
    const data = this.data
    let bits = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= end) throw corrupt('a number reaches beyond its record')
      const byte = data[at++]!
      bits |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#at = at
        return (bits >>> 1) ^ -(bits & 1)
      }
    }
    throw corrupt('a number has too many bytes')
  }

  /** Reads a zigzag 64-bit integer before `end` and moves `#at` behind it. */
  #varlong(at: number, end: number): number {
    const data = this.data
    let low = 0
    let upper = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw corrupt('a number reaches beyond its record')
      const byte = data[at++]!
      const seven = byte & 0x7f
      if (shift < 28) low |= seven << shift
      else if (shift === 28) {
        low |= seven << 28
        upper = seven >>> 4
      } else upper |= seven << (shift - 32)
      if (byte < 0x80) {
        this.#at = at
        const sign = -(low & 1)
        const zigzagLow = ((low >>> 1) | (upper << 31)) ^ sign
        const zigzagHigh = (upper >>> 1) ^ sign
        return zigzagHigh * high + (zigzagLow >>> 0)
      }
    }
    throw corrupt('a number has too many bytes')
  }
}

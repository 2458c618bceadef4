import { RecordCursor, batches, readControlRecord, verifyCrc } from '../../src/codec/index.js'
import type { BatchHeader, ControlRecord, CursorOptions } from '../../src/codec/index.js'

/** One record as plain data; bytes as text, one character a byte (latin1), which compares fast and reads well. */
export interface ReadRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [key: string, value: string | null])[]
  readonly marker?: ControlRecord
}

export interface ReadBatch {
  readonly header: BatchHeader
  readonly records: readonly ReadRecord[]
}

/** Every whole batch of a chunk with its records. */
export function readBatches(chunk: Uint8Array, options: CursorOptions & { readonly crc?: boolean } = {}): ReadBatch[] {
  const cursor = new RecordCursor(options)
  const read: ReadBatch[] = []
  for (const header of batches(chunk)) {
    if (options.crc ?? true) verifyCrc(chunk, header)
    cursor.open(chunk, header)
    const records: ReadRecord[] = []
    while (cursor.next()) {
      const { key, value } = cursor
      records.push({
        offset: cursor.offset,
        timestamp: cursor.timestamp,
        key: latin1(key),
        value: latin1(value),
        headers: cursor.headers().map(header => [header.key, latin1(header.value)] as const),
        ...(header.control && { marker: readControlRecord(key, value) }),
      })
    }
    read.push({ header, records })
  }
  return read
}

function latin1(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('latin1')
}

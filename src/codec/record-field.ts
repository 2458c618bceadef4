import { varintWidth, writeVarint } from './integers.js'

/** A key or value as it is written: bytes as they are, text as UTF-8, or null. */
export type FieldBytes = Uint8Array | string | null

/** Up to here a loop over the characters is faster than the call into the runtime (measured: equal at 24 to 32). */
const shortText = 24

/** From here on text is measured before room is made for it, so that the room is not three times too large. */
const longText = 4096

/** Without the length before it. */
export function maxFieldBytes(field: FieldBytes): number {
  if (field === null) return 0
  if (typeof field !== 'string') return field.length
  return field.length < longText ? field.length * 3 : Buffer.byteLength(field)
}

/** Without the length before it. */
export function minFieldBytes(field: FieldBytes): number {
  return field === null ? 0 : field.length
}

/** Writes a field's length and bytes, for which there must be room; returns the position behind them. */
export function writeField(buffer: Buffer, at: number, field: FieldBytes): number {
  if (field === null) {
    buffer[at] = 1 // -1, zigzag
    return at + 1
  }
  if (typeof field === 'string') return writeText(buffer, at, field)
  const start = writeVarint(buffer, at, field.length)
  buffer.set(field, start)
  return start + field.length
}

function writeText(buffer: Buffer, at: number, text: string): number {
  const length = text.length
  if (length <= shortText) {
    let i = 0
    for (; i < length; i++) {
      const char = text.charCodeAt(i)
      if (char > 0x7f) break
      buffer[at + 1 + i] = char
    }
    if (i === length) {
      buffer[at] = length << 1
      return at + 1 + length
    }
  }
  // The length in bytes is known only when they are written: leave the room that ASCII would take, and move the rest.
  const room = varintWidth(length)
  const bytes = buffer.write(text, at + room, 'utf8')
  const width = varintWidth(bytes)
  if (width !== room) buffer.copyWithin(at + width, at + room, at + room + bytes)
  return writeVarint(buffer, at, bytes) + bytes
}

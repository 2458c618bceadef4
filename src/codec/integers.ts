const high = 0x1_0000_0000

/** A signed 64-bit integer as a number: exact within ±2^53, else the nearest. */
export function readInt64(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) * high + (readInt32(bytes, at + 4) >>> 0)
}

/** `value` must be a safe integer. */
export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  writeInt32(bytes, at, Math.floor(value / high))
  writeInt32(bytes, at + 4, value | 0)
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!
}

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

/** The bytes that `writeVarint` takes for a length (not negative, below 2^30): zigzag doubles it. */
export function varintWidth(length: number): number {
  return length < 0x40 ? 1 : length < 0x2000 ? 2 : length < 0x10_0000 ? 3 : length < 0x800_0000 ? 4 : 5
}

/** Writes a signed 32-bit integer zigzag, seven bits a byte, lowest first; returns the position behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest > 0x7f) {
    bytes[at++] = rest | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

/** Writes a safe integer as `writeVarint` does, in 64 bits; returns the position behind it. */
export function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (value === (value | 0)) return writeVarint(bytes, at, value)
  const sign = value < 0 ? -1 : 0
  const upper = Math.floor(value / high)
  const lower = value | 0
  let zigzagLow = ((lower << 1) ^ sign) >>> 0
  let zigzagHigh = (((upper << 1) | (lower >>> 31)) ^ sign) >>> 0
  while (zigzagHigh !== 0 || zigzagLow > 0x7f) {
    bytes[at++] = zigzagLow | 0x80
    zigzagLow = ((zigzagHigh << 25) | (zigzagLow >>> 7)) >>> 0
    zigzagHigh >>>= 7
  }
  bytes[at++] = zigzagLow
  return at
}

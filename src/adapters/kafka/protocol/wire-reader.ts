import { readInt64 } from '../../../codec/integers.js'

/** Reads the body of a response; the counterpart of `WireWriter`. Throws a RangeError where the bytes end too soon. */
export class WireReader {
  readonly flexible: boolean
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer, flexible: boolean) {
    this.#bytes = bytes
    this.flexible = flexible
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  int64(): number {
    return readInt64(this.#bytes, this.#take(8))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  string(): string {
    return this.nullableString() ?? ''
  }

  nullableString(): string | null {
    const length = this.flexible ? this.#varint() - 1 : this.int16()
    if (length < 0) return null
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  uuid(): Buffer {
    const at = this.#take(16)
    return this.#bytes.subarray(at, at + 16)
  }

  /** A null array reads as an empty one. */
  array<T>(read: () => T): T[] {
    const length = this.flexible ? this.#varint() - 1 : this.int32()
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(read())
    return items
  }

  /** A view of the response's own memory. Null bytes read as none. */
  bytes(): Buffer {
    const length = this.flexible ? this.#varint() - 1 : this.int32()
    if (length <= 0) return this.#bytes.subarray(0, 0)
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** The end of a structure: hands tagged fields to `known`, by tag, and skips what it does not read. */
  end(known?: (tag: number, field: WireReader) => void): void {
    if (!this.flexible) return
    for (let left = this.#varint(); left > 0; left--) {
      const tag = this.#varint()
      const size = this.#varint()
      const at = this.#take(size)
      known?.(tag, new WireReader(this.#bytes.subarray(at, at + size), true))
    }
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#take(1))
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new RangeError('a number has too many bytes')
  }

  #take(size: number): number {
    const at = this.#at
    if (at + size > this.#bytes.length) throw new RangeError('the response is cut off')
    this.#at = at + size
    return at
  }
}

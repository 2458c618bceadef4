import { writeInt16, writeInt32, writeInt64 } from '../../../codec/integers.js'

/**
 * Writes the body of a request in Kafka's protocol, big-endian. A flexible one (KIP-482) has compact lengths, which
 * are varints of one more than the length, and tagged fields at the end of each structure.
 */
export class WireWriter {
  readonly flexible: boolean
  #buffer = Buffer.allocUnsafe(512)
  #start = 0
  #end = 0
  readonly #parts: Uint8Array[] = []

  constructor(flexible: boolean) {
    this.flexible = flexible
  }

  int8(value: number): void {
    this.#buffer[this.#room(1)] = value
  }

  int16(value: number): void {
    const at = this.#room(2)
    writeInt16(this.#buffer, at, value)
  }

  int32(value: number): void {
    const at = this.#room(4)
    writeInt32(this.#buffer, at, value)
  }

  /** `value` must be a safe integer. */
  int64(value: number): void {
    const at = this.#room(8)
    writeInt64(this.#buffer, at, value)
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  string(value: string | null): void {
    const length = value === null ? -1 : Buffer.byteLength(value)
    if (this.flexible) this.#varint(length + 1)
    else this.int16(length)
    if (value === null) return
    const at = this.#room(length)
    this.#buffer.write(value, at, 'utf8')
  }

  /** 16 bytes. */
  uuid(value: Uint8Array): void {
    const at = this.#room(16)
    this.#buffer.set(value, at)
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): void {
    const length = items?.length ?? -1
    if (this.flexible) this.#varint(length + 1)
    else this.int32(length)
    for (const item of items ?? []) write(item)
  }

  /** Bytes with their length. They are passed on, not copied. */
  bytes(bytes: Uint8Array): void {
    if (this.flexible) this.#varint(bytes.byteLength + 1)
    else this.int32(bytes.byteLength)
    this.#cut()
    this.#parts.push(bytes)
  }

  /** The end of a structure: no tagged fields. */
  end(): void {
    if (this.flexible) this.int8(0)
  }

  finish(): readonly Uint8Array[] {
    this.#cut()
    return this.#parts
  }

  #varint(value: number): void {
    let rest = value
    for (; rest > 0x7f; rest >>>= 7) this.int8((rest & 0x7f) | 0x80)
    this.int8(rest)
  }

  #cut(): void {
    if (this.#end > this.#start) this.#parts.push(this.#buffer.subarray(this.#start, this.#end))
    this.#start = this.#end
  }

  /** Makes room for `size` bytes and returns where they go. */
  #room(size: number): number {
    if (this.#end + size > this.#buffer.length) {
      const held = this.#buffer.subarray(this.#start, this.#end)
      this.#buffer = Buffer.allocUnsafe(2 * (held.length + size) + 512)
      this.#buffer.set(held)
      this.#start = 0
      this.#end = held.length
    }
    const at = this.#end
    this.#end += size
    return at
  }
}

import { headerBytes, writeHeader } from '../registry/wire.js'

/** Writes Avro's binary encoding into one growing buffer, behind the header that names the schema. One instance serves a converter. */
export class AvroOutput {
  #buffer = Buffer.allocUnsafe(4_096)
  #at = headerBytes

  begin(): void {
    this.#at = headerBytes
  }

  /** A copy of what was written since `begin`, with its header. */
  take(id: number): Buffer {
    writeHeader(this.#buffer, id)
    const taken = Buffer.allocUnsafe(this.#at)
    this.#buffer.copy(taken, 0, 0, this.#at)
    return taken
  }

  byte(value: number): void {
    this.#room(1)
    this.#buffer[this.#at++] = value
  }

  /** int and long alike: zigzag, seven bits a byte, least significant first. */
  long(value: number | bigint): void {
    if (typeof value === 'number' && value >= -0x4000_0000 && value < 0x4000_0000) {
      this.#varint((value << 1) ^ (value >> 31), 0)
      return
    }
    const low = typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value))
    const high = typeof value === 'number' ? Math.floor(value / 0x1_0000_0000) : Number(BigInt.asIntN(32, value >> 32n))
    const sign = high >> 31
    this.#varint((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign)
  }

  float(value: number): void {
    this.#room(4)
    this.#at = this.#buffer.writeFloatLE(value, this.#at)
  }

  double(value: number): void {
    this.#room(8)
    this.#at = this.#buffer.writeDoubleLE(value, this.#at)
  }

  string(value: string): void {
    const length = Buffer.byteLength(value)
    this.long(length)
    this.#room(length)
    this.#at += this.#buffer.write(value, this.#at)
  }

  bytes(value: Uint8Array): void {
    this.long(value.length)
    this.fixed(value)
  }

  fixed(value: Uint8Array): void {
    this.#room(value.length)
    this.#buffer.set(value, this.#at)
    this.#at += value.length
  }

  #varint(low: number, high: number): void {
    this.#room(10)
    while (high !== 0 || low < 0 || low > 0x7f) {
      this.#buffer[this.#at++] = (low & 0x7f) | 0x80
      low = (low >>> 7) | (high << 25)
      high >>>= 7
    }
    this.#buffer[this.#at++] = low
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes))
    this.#buffer.copy(grown, 0, 0, this.#at)
    this.#buffer = grown
  }
}

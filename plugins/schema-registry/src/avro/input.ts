import { dataInvalid } from '../registry/failures.js'

/** Reads Avro's binary encoding. One instance serves a converter; bytes that end early are an error, never a value. */
export class AvroInput {
  #buffer: Buffer = Buffer.alloc(0)
  #at = 0

  begin(buffer: Buffer, at: number): void {
    this.#buffer = buffer
    this.#at = at
  }

  /** Lets go of the bytes, which are somebody else's. */
  end(): void {
    this.#buffer = Buffer.alloc(0)
  }

  byte(): number {
    this.#need(1)
    return this.#buffer[this.#at++]!
  }

  /** A whole number of 32 bits. */
  int(): number {
    const value = this.long()
    if (value !== Number(value) || (value | 0) !== value) throw dataInvalid(`The data has an int of ${value}.`)
    return value
  }

  /** A number while it is safe, else a bigint. */
  long(): number | bigint {
    const buffer = this.#buffer
    let byte = this.byte()
    let low = byte & 0x7f
    let shift = 7
    while (byte & 0x80 && shift < 28) {
      byte = this.byte()
      low |= (byte & 0x7f) << shift
      shift += 7
    }
    if (!(byte & 0x80)) return (low >>> 1) ^ -(low & 1)
    byte = this.byte()
    low |= (byte & 0x0f) << 28
    let high = (byte & 0x7f) >> 4
    shift = 3
    while (byte & 0x80) {
      if (shift > 31 || this.#at >= buffer.length) throw dataInvalid('The data has a number that does not end.')
      byte = this.byte()
      high |= (byte & 0x7f) << shift
      shift += 7
    }
    const sign = -(low & 1)
    const l = ((low >>> 1) | (high << 31)) ^ sign
    const h = (high >>> 1) ^ sign
    const value = h * 0x1_0000_0000 + (l >>> 0)
    return Number.isSafeInteger(value) ? value : (BigInt(h) << 32n) | BigInt(l >>> 0)
  }

  /** A count or length; `least` bytes are needed for each of what is counted. */
  count(least: number): number {
    const value = Number(this.long())
    if (value < 0 || value * least > this.#buffer.length - this.#at)
      throw dataInvalid(`The data says that ${value} more follow, and ends before.`)
    return value
  }

  /** How many items the next block of an array or map has; 0 at the end. */
  block(): number {
    const count = Number(this.long())
    if (count >= 0) return this.#sane(count)
    // A negative count is followed by the length of the block in bytes.
    this.long()
    return this.#sane(-count)
  }

  float(): number {
    this.#need(4)
    this.#at += 4
    return this.#buffer.readFloatLE(this.#at - 4)
  }

  double(): number {
    this.#need(8)
    this.#at += 8
    return this.#buffer.readDoubleLE(this.#at - 8)
  }

  string(): string {
    const length = this.count(1)
    this.#at += length
    return this.#buffer.toString('utf8', this.#at - length, this.#at)
  }

  bytes(): Buffer {
    return this.fixed(this.count(1))
  }

  fixed(length: number): Buffer {
    this.#need(length)
    this.#at += length
    return Buffer.from(this.#buffer.subarray(this.#at - length, this.#at))
  }

  get isAtEnd(): boolean {
    return this.#at === this.#buffer.length
  }

  /** Items may be empty (null, an empty record), so only numbers that no memory holds are refused. */
  #sane(count: number): number {
    if (count > 1_000_000 && count > this.#buffer.length)
      throw dataInvalid(`The data says that ${count} items follow, and ends before.`)
    return count
  }

  #need(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) throw dataInvalid('The data ends in the middle of a value.')
  }
}

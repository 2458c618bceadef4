import { crc32c as native } from '@node-rs/crc32'

/** CRC-32C (Castagnoli), unsigned. A call costs about 0.1 µs and then 6 GB/s: meant for batches, not for records. */
export function crc32c(bytes: Uint8Array): number {
  return native(bytes)
}

/**
 * The CRC of bytes whose beginning is replaced by another of the same length: from that of the whole and those of both
 * beginnings, without a look at the `rest` bytes behind them, in a microsecond. A wrong CRC stays wrong.
 */
export function withOtherStart(whole: number, before: number, after: number, rest: number): number {
  return (whole ^ behind(before ^ after, rest)) >>> 0
}

// A CRC is the remainder of a polynomial over GF(2), so that bytes behind its own multiply it by x^8 each; bit 31 is x^0.
// As zlib's crc32_combine, with another polynomial.
const polynomial = 0x82f63b78
const one = 0x80000000

/** x^(2^n); after 31 of them they are the same again, for the polynomial is x+1 times a primitive one of degree 31. */
const powers = new Uint32Array(31)
powers[0] = one >>> 1
for (let n = 1; n < powers.length; n++) powers[n] = times(powers[n - 1]!, powers[n - 1]!)

function behind(crc: number, bytes: number): number {
  let product = crc
  let n = 3
  for (let left = bytes; left > 0; left = Math.floor(left / 2), n++)
    if (left % 2 === 1) product = times(powers[n % powers.length]!, product)
  return product
}

function times(a: number, b: number): number {
  let product = 0
  for (let bit = one, shifted = b; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ polynomial
  }
  return product >>> 0
}

import { Decimal } from '../value.js'

/**
 * Java's text of a double (`Double.toString` since Java 19: the shortest digits that give the same double back, two
 * digits at least). JavaScript picks the same digits and differs only in layout: `1.0`, `1.0E10`, `1.0E-4`.
 */
export function doubleText(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  if (size === Infinity || Number.isNaN(value)) return String(value)
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  // With one digit Java looks for the closest of two: 4.9E-324, where one digit would be 5E-324.
  if (!digits.includes('.')) return scientific(...splitExponent(value.toExponential(1)))
  return scientific(digits, exponent)
}

/** Java's text of a float (`Float.toString`): the shortest digits that give the same 32-bit float back. */
export function floatText(value: number): string {
  const rounded = Math.fround(value)
  const size = Math.abs(rounded)
  if (size >= 1e-3 && size < 1e7 && Number.isInteger(rounded)) return `${rounded}.0`
  if (size === 0 || size === Infinity || Number.isNaN(rounded)) return doubleText(rounded)
  let precision = 2
  while (precision < 9 && Math.fround(Number(rounded.toPrecision(precision))) !== rounded) precision++
  const [digits, exponent] = splitExponent(evenOfTwo(rounded, precision))
  return size >= 1e-3 && size < 1e7 ? String(Number(`${digits}e${exponent}`)) : scientific(digits, exponent)
}

/** The value with that many digits. Halfway between two JavaScript takes the larger one and Java the even one. */
function evenOfTwo(value: number, precision: number): string {
  const text = value.toExponential(precision - 1)
  const [digits, exponent] = splitExponent(text)
  const isHalf = /^50*$/.test(
    splitExponent(value.toExponential(precision + 29))[0]
      .replace(/[-.]/g, '')
      .slice(precision),
  )
  const last = Number(digits.at(-1))
  return isHalf && last % 2 === 1 ? `${digits.slice(0, -1)}${last - 1}e${exponent}` : text
}

function splitExponent(text: string): [digits: string, exponent: string] {
  const [digits = '', exponent = ''] = text.split('e')
  return [digits, exponent]
}

function scientific(digits: string, exponent: string): string {
  const trimmed = digits.replace(/0+$/, '')
  return `${trimmed.endsWith('.') ? `${trimmed}0` : trimmed}E${exponent.replace('+', '')}`
}

/** Java's text of a decimal (`BigDecimal.toString`): `12.30`, `1E-10`, `5E+3`. */
export function decimalText(value: Decimal): string {
  const digits = (value.unscaled < 0n ? -value.unscaled : value.unscaled).toString()
  const adjusted = digits.length - 1 - value.scale
  if (value.scale === 0 || (value.scale > 0 && adjusted >= -6)) return value.toString()
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
  const exponent = adjusted === 0 ? '' : `E${adjusted > 0 ? '+' : ''}${adjusted}`
  return `${value.unscaled < 0n ? '-' : ''}${mantissa}${exponent}`
}

/** Beyond this a short text would stand for gigabytes of zeros as soon as somebody writes it plainly. */
const maxScale = 100_000

/** Reads a decimal, keeping every digit and the scale (`new BigDecimal(text)`); undefined where it is none. */
export function parseDecimal(text: string): Decimal | undefined {
  return plainDecimal(text) ?? anyDecimal(text)
}

const [minus, point, zero] = [45, 46, 48]

/** Nearly all: at most 15 digits, which a number holds exactly, perhaps a minus and a point. Takes a third of the time. */
function plainDecimal(text: string): Decimal | undefined {
  const first = text.charCodeAt(0) === minus ? 1 : 0
  if (text.length - first > 15) return undefined
  let digits = 0
  let pointAt = -1
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= zero && code <= zero + 9) digits = digits * 10 + code - zero
    else if (code === point && pointAt < 0) pointAt = at
    else return undefined
  }
  const scale = pointAt < 0 ? 0 : text.length - pointAt - 1
  // Of a point alone, or nothing, the other way knows that it is no number.
  if (text.length - first === (pointAt < 0 ? 0 : 1)) return undefined
  return new Decimal(BigInt(first === 1 ? -digits : digits), scale)
}

function anyDecimal(text: string): Decimal | undefined {
  const parts = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(text)
  if (parts === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts
  if (whole.length + fraction.length === 0) return undefined
  const scale = fraction.length - Number(exponent)
  if (Math.abs(scale) > maxScale) return undefined
  const unscaled = BigInt(whole + fraction)
  return new Decimal(sign === '-' ? -unscaled : unscaled, scale)
}

/** The whole part, cut towards zero (`BigDecimal.toBigInteger`). */
export function wholePart(value: Decimal): bigint {
  return value.scale > 0 ? value.unscaled / 10n ** BigInt(value.scale) : value.unscaled * 10n ** BigInt(-value.scale)
}

/** A number while it is safe, else a bigint: how INT64 values stand in records. */
export function int64(value: bigint): number | bigint {
  const wrapped = BigInt.asIntN(64, value)
  const small = Number(wrapped)
  return Number.isSafeInteger(small) ? small : wrapped
}

/** The shortest two's complement bytes, most significant first (`BigInteger.toByteArray`). */
export function bigintBytes(value: bigint): Buffer {
  const small = Number(value)
  if (small >= -smallest && small < smallest) return numberBytes(small)
  const magnitude = value < 0n ? -value - 1n : value
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length
  const length = Math.floor(bits / 8) + 1
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  )
}

/** Beyond six bytes a buffer takes no numbers. */
const smallest = 2 ** 47

function numberBytes(value: number): Buffer {
  let length = 1
  for (let limit = 128; value >= limit || value < -limit; limit *= 256) length++
  const bytes = Buffer.allocUnsafe(length)
  bytes.writeIntBE(value, 0, length)
  return bytes
}

/** The inverse of `bigintBytes`; undefined for no bytes. */
export function bigintFromBytes(bytes: Uint8Array): bigint | undefined {
  if (bytes.length === 0) return undefined
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))
}

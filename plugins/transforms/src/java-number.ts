import { Decimal, Float64, wholePart } from 'millrace/plugin'
import type { Value } from 'millrace/plugin'

/** What is one of Java's numbers. */
export type JavaNumber = number | bigint | Float64 | Decimal

export function isNumber(value: Value): value is JavaNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float64 || value instanceof Decimal
}

export type IntegerType = 'int8' | 'int16' | 'int32' | 'int64'

const bitsOf: Readonly<Record<IntegerType, number>> = { int8: 8, int16: 16, int32: 32, int64: 64 }

export function isIntegerType(type: string): type is IntegerType {
  return Object.hasOwn(bitsOf, type)
}

/** The integers that a type holds, both ends included. */
export function rangeOf(type: IntegerType): { readonly min: bigint; readonly max: bigint } {
  const half = 1n << BigInt(bitsOf[type] - 1)
  return { min: -half, max: half - 1n }
}

/**
 * An integer of `type` (Number.byteValue to longValue). Integers and decimals keep their low bits. Floats are cut to
 * the nearest 32-bit integer first, to the nearest 64-bit one for int64, NaN to 0; a float that is integral has to be given as `Float64`.
 */
export function narrowed(value: JavaNumber, type: IntegerType): bigint {
  const bits = bitsOf[type]
  if (value instanceof Decimal) return BigInt.asIntN(bits, wholePart(value))
  if (typeof value === 'bigint') return BigInt.asIntN(bits, value)
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt.asIntN(bits, BigInt(value))
  return BigInt.asIntN(bits, cut(value instanceof Float64 ? value.value : value, type))
}

function cut(number: number, type: IntegerType): bigint {
  if (Number.isNaN(number)) return 0n
  const { min, max } = rangeOf(type === 'int64' ? 'int64' : 'int32')
  if (number <= Number(min)) return min
  return number >= Number(max) ? max : BigInt(Math.trunc(number))
}

/** A double (Number.doubleValue). */
export function doubleOf(value: JavaNumber): number {
  if (value instanceof Float64) return value.value
  if (value instanceof Decimal) return Number(`${value.unscaled}e${-value.scale}`)
  return Number(value)
}

/** A 32-bit float (Number.floatValue). */
export function floatOf(value: JavaNumber): number {
  if (typeof value === 'bigint') return nearestFloat(Number(value), float => sign(value - BigInt(float)))
  if (value instanceof Decimal) return nearestFloat(doubleOf(value), float => compareWith(value, float))
  return Math.fround(value instanceof Float64 ? value.value : value)
}

/**
 * The float nearest to an exact value whose nearest double is `double`. Rounding twice errs only where the double lies
 * in the middle between two floats; `compare` then tells on which side of it the exact value is.
 */
export function nearestFloat(double: number, compare: (middle: number) => number): number {
  const float = Math.fround(double)
  if (float === double || !Number.isFinite(float)) return float
  const other = neighbour(float, double > float)
  if (!Number.isFinite(other) || (float + other) / 2 !== double) return float
  const side = compare(double)
  if (side === 0) return float
  return side > 0 ? Math.max(float, other) : Math.min(float, other)
}

/** The next float above or below. */
function neighbour(float: number, above: boolean): number {
  const view = new DataView(new ArrayBuffer(4))
  if (float === 0) view.setUint32(0, above ? 1 : 0x80000001)
  else {
    view.setFloat32(0, float)
    view.setUint32(0, view.getUint32(0) + (above === float > 0 ? 1 : -1))
  }
  return view.getFloat32(0)
}

/** The sign of `decimal - double`, exactly. */
export function compareWith(decimal: Decimal, double: number): number {
  let [scaled, power] = [double, 0n]
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    power++
  }
  const tens = 10n ** BigInt(Math.abs(decimal.scale))
  const left = decimal.unscaled * (decimal.scale < 0 ? tens : 1n) * 2n ** power
  return sign(left - BigInt(scaled) * (decimal.scale > 0 ? tens : 1n))
}

function sign(value: bigint): number {
  return value === 0n ? 0 : value > 0n ? 1 : -1
}

import { daysOf, wallSeconds, wallText } from '@millrace/relational'
import type { Raw } from './raw.js'

/** What the binlog says of a column's type beside its number; which of them it has depends on that number. */
export interface StoredMetadata {
  readonly precision?: number
  readonly decimals?: number
}

/** How values of a type of fixed size stand in the rows of the binlog. */
export interface StoredType {
  /** Of each value. */
  readonly bytes: number
  /** Of exactly so many bytes; null: a date that is none. */
  readonly read: (bytes: Buffer) => Raw | null
}

/** Bytes that hold so many decimal digits. */
const digitBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const

/** How many bytes a value has, for types that `storedType` reads; undefined: for any other. Asked for each column of each change. */
export function storedBytes(code: number, { precision = 0, decimals = 0 }: StoredMetadata = {}): number | undefined {
  switch (code) {
    case 4:
      return 4
    case 5:
      return 8
    case 10:
      return 3
    case 17:
      return 4 + fractionBytes(decimals)
    case 18:
      return 5 + fractionBytes(decimals)
    case 19:
      return 3 + fractionBytes(decimals)
    case 246:
      return decimalBytes(precision - decimals) + decimalBytes(decimals)
    default:
      return undefined
  }
}

/**
 * Reads what makes up most rows beside whole numbers and texts, without the texts that the library would make of it: floats, decimals, dates and
 * times by their numbers of types (`MYSQL_TYPE_…`). The formats are those of `field.cc`, `decimal.cc` and `my_time.cc` of the server.
 */
export function storedType(code: number, metadata: StoredMetadata = {}): StoredType | undefined {
  const bytes = storedBytes(code, metadata)
  const read = readerOf(code, metadata)
  return bytes === undefined || read === undefined ? undefined : { bytes, read }
}

function readerOf(code: number, { precision = 0, decimals = 0 }: StoredMetadata): StoredType['read'] | undefined {
  switch (code) {
    case 4:
      return bytes => bytes.readFloatLE(0)
    case 5:
      return bytes => bytes.readDoubleLE(0)
    case 10:
      return date
    case 17:
      return bytes => timestamp(bytes, decimals)
    case 18:
      return bytes => datetime(bytes, decimals)
    case 19:
      return bytes => time(bytes, decimals)
    case 246:
      return decimal(precision, decimals)
    default:
      return undefined
  }
}

const fractionBytes = (decimals: number): number => (decimals + 1) >> 1
const decimalBytes = (digits: number): number => Math.floor(digits / 9) * 4 + digitBytes[digits % 9]!

/** Days since the epoch. */
function date(bytes: Buffer): number | null {
  const packed = bytes.readUIntLE(0, 3)
  const month = (packed >> 5) & 15
  const day = packed & 31
  return month === 0 || day === 0 ? null : daysOf(packed >> 9, month, day)
}

/** Microseconds of a wall clock; a text where those are no safe number (after the year 2255). */
function datetime(bytes: Buffer, decimals: number): number | string | null {
  // 1 bit of sign, 17 of years × 13 + month, 5 of days, then 5, 6 and 6 of the time.
  const high = ((bytes[0]! & 0x7f) << 10) | (bytes[1]! << 2) | (bytes[2]! >> 6)
  const month = high % 13
  const day = (bytes[2]! >> 1) & 31
  if (month === 0 || day === 0) return null
  const hour = ((bytes[2]! & 1) << 4) | (bytes[3]! >> 4)
  const minute = ((bytes[3]! & 15) << 2) | (bytes[4]! >> 6)
  const seconds = wallSeconds((high - month) / 13, month, day, hour, minute, bytes[4]! & 63)
  const fraction = micros(bytes, 5, decimals)
  const all = seconds * 1_000_000 + fraction
  return Number.isSafeInteger(all) ? all : wallText({ seconds, nanos: fraction * 1_000 }, decimals)
}

/** Microseconds since the epoch; the epoch itself stands for no date. */
function timestamp(bytes: Buffer, decimals: number): number | null {
  const all = bytes.readUInt32BE(0) * 1_000_000 + micros(bytes, 4, decimals)
  return all === 0 ? null : all
}

/** Microseconds, down to -838:59:59. Stored with an offset that makes them sort: what is below it is negative. */
function time(bytes: Buffer, decimals: number): number {
  const size = fractionBytes(decimals)
  const perClock = 2 ** (8 * size)
  const signed = bytes.readUIntBE(0, 3 + size) - 0x80_00_00 * perClock
  const packed = Math.abs(signed)
  const clock = Math.floor(packed / perClock)
  const seconds = ((clock >> 12) & 0x3_ff) * 3_600 + ((clock >> 6) & 63) * 60 + (clock & 63)
  const all = seconds * 1_000_000 + (packed - clock * perClock) * 10 ** (6 - 2 * size)
  return signed < 0 ? -all : all
}

function micros(bytes: Buffer, at: number, decimals: number): number {
  const size = fractionBytes(decimals)
  return size === 0 ? 0 : bytes.readUIntBE(at, size) * 10 ** (6 - 2 * size)
}

/** The unscaled number. Nine digits in four bytes, fewer in fewer at both ends; the first bit says that it is not negative, else all bits are turned. */
function decimal(precision: number, scale: number): StoredType['read'] {
  const whole = precision - scale
  const nines = (digits: number): number[] => Array.from({ length: Math.floor(digits / 9) }, () => 9)
  const groups = [whole % 9, ...nines(whole), ...nines(scale), scale % 9].filter(digits => digits > 0)
  const sizes = groups.map(digits => digitBytes[digits]!)
  const highest = 2 ** (8 * sizes[0]! - 1)
  const factors = groups.map(digits => 10 ** digits)
  const read = (bytes: Buffer, at: number, group: number, isNegative: boolean): number => {
    const size = sizes[group]!
    const stored = bytes.readUIntBE(at, size)
    const turned = group > 0 ? stored : stored >= highest ? stored - highest : stored + highest
    return isNegative ? 2 ** (8 * size) - 1 - turned : turned
  }
  if (precision <= 15)
    return bytes => {
      const isNegative = bytes[0]! < 128
      let digits = 0
      let at = 0
      for (let group = 0; group < groups.length; at += sizes[group++]!)
        digits = digits * factors[group]! + read(bytes, at, group, isNegative)
      return BigInt(isNegative ? -digits : digits)
    }
  return bytes => {
    const isNegative = bytes[0]! < 128
    let digits = 0n
    let at = 0
    for (let group = 0; group < groups.length; at += sizes[group++]!)
      digits = digits * BigInt(factors[group]!) + BigInt(read(bytes, at, group, isNegative))
    return isNegative ? -digits : digits
  }
}

import { Float64, int64, kindOf, logicalNames, rejected, schema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import type { DateFormat } from './date-format/index.js'

export const timestampTypes = ['string', 'unix', 'Date', 'Time', 'Timestamp'] as const
export type TimestampType = (typeof timestampTypes)[number]

export const precisions = ['nanoseconds', 'microseconds', 'milliseconds', 'seconds'] as const
export type Precision = (typeof precisions)[number]

/** How timestamps are written. */
export interface Notation {
  /** Undefined where no pattern is configured. */
  readonly format: DateFormat | undefined
  readonly pattern: string
  readonly precision: Precision
}

/** The schema of a timestamp of this type. */
export function schemaOf(type: TimestampType, optional: boolean): Schema {
  switch (type) {
    case 'string':
      return schema.string({ optional })
    case 'unix':
      return schema.int64({ optional })
    case 'Date':
      return schema.date({ optional })
    case 'Time':
      return schema.time({ optional })
    case 'Timestamp':
      return schema.timestamp({ optional })
  }
}

/** The type of timestamp that values of a schema are. */
export function typeOf(of: Schema): TimestampType {
  if (of.name === logicalNames.timestamp) return 'Timestamp'
  if (of.name === logicalNames.date) return 'Date'
  if (of.name === logicalNames.time) return 'Time'
  if (of.type === 'string') return 'string'
  if (of.type === 'int64') return 'unix'
  const name = of.name === undefined ? '' : `${of.name}:`
  throw rejected(`Schema Schema{${name}${of.type.toUpperCase()}} does not correspond to a known timestamp type format`)
}

/** The type of timestamp that a schemaless value is. */
export function inferredType(value: Value): TimestampType {
  if (value instanceof Date) return 'Timestamp'
  if (typeof value === 'bigint' || Number.isInteger(value)) return 'unix'
  if (typeof value === 'string') return 'string'
  const kind = value instanceof Float64 ? 'number' : kindOf(value)
  throw rejected(`TimestampConverter does not support ${kind} objects as timestamps`)
}

/** A timestamp of `from` as one of `to`; null stays null. */
export function converted(value: Value, from: TimestampType, to: TimestampType, notation: Notation): Value {
  return value === null ? null : fromMillis(toMillis(value, from, notation), to, notation)
}

function toMillis(value: Value, type: TimestampType, notation: Notation): number {
  switch (type) {
    case 'string':
      return valid(parsed(value, notation))
    case 'unix':
      if (typeof value === 'bigint' || typeof value === 'number')
        return valid(Number(millisOf(BigInt(value), notation.precision)))
      throw rejected(`Expected Unix timestamp to be a Long, but found ${kindOf(value)}`)
    case 'Date':
    case 'Time':
    case 'Timestamp':
      if (value instanceof Date) return valid(value.getTime())
      throw rejected(`Expected ${type} to be a java.util.Date, but found ${kindOf(value)}`)
  }
}

function parsed(value: Value, { format, pattern }: Notation): number {
  if (typeof value !== 'string') throw rejected(`Expected string timestamp to be a String, but found ${kindOf(value)}`)
  if (format === undefined)
    throw rejected('TimestampConverter requires format option to be specified when using string timestamps')
  const millis = format.parse(value)
  if (millis !== undefined) return millis
  throw rejected(`Could not parse timestamp: value (${value}) does not match pattern (${pattern})`)
}

/** JavaScript's dates end about 271,000 years from 1970. */
function valid(millis: number): number {
  if (Number.isNaN(new Date(millis).getTime()))
    throw rejected(`A timestamp of ${millis} ms is beyond what a date can hold.`)
  return millis
}

const millisPerDay = 86_400_000

function fromMillis(millis: number, type: TimestampType, { format, precision }: Notation): Value {
  const day = Math.floor(millis / millisPerDay) * millisPerDay
  switch (type) {
    case 'string':
      return format?.format(millis) ?? null
    case 'unix':
      return int64(unixOf(BigInt(millis), precision))
    case 'Date':
      return new Date(day)
    case 'Time':
      return new Date(millis - day)
    case 'Timestamp':
      return new Date(millis)
  }
}

/** Towards zero where digits are lost, as java.util.concurrent.TimeUnit does. */
function millisOf(unix: bigint, precision: Precision): bigint {
  switch (precision) {
    case 'seconds':
      return unix * 1000n
    case 'milliseconds':
      return unix
    case 'microseconds':
      return unix / 1000n
    case 'nanoseconds':
      return unix / 1_000_000n
  }
}

function unixOf(millis: bigint, precision: Precision): bigint {
  switch (precision) {
    case 'seconds':
      return millis / 1000n
    case 'milliseconds':
      return millis
    case 'microseconds':
      return millis * 1000n
    case 'nanoseconds':
      return saturated(millis * 1_000_000n)
  }
}

/** The nearest number of 64 bits. */
function saturated(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value
  return value < 0n ? -(2n ** 63n) : 2n ** 63n - 1n
}

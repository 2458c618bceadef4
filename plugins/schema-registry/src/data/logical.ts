import { bigintBytes, bigintFromBytes, Decimal, kindOf, logicalNames } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { dataInvalid } from '../registry/failures.js'

const dayMs = 86_400_000

/** Which of Connect's logical types a schema is, by its name and the type below it; undefined where it is none. */
export function logicalOf(schema: Schema): keyof typeof logicalNames | undefined {
  switch (schema.name) {
    case logicalNames.decimal:
      return schema.type === 'bytes' ? 'decimal' : undefined
    case logicalNames.date:
      return schema.type === 'int32' ? 'date' : undefined
    case logicalNames.time:
      return schema.type === 'int32' ? 'time' : undefined
    case logicalNames.timestamp:
      return schema.type === 'int64' ? 'timestamp' : undefined
    default:
      return undefined
  }
}

export function scaleOf(schema: Schema): number {
  const scale = Number(schema.parameters?.['scale'])
  if (!Number.isInteger(scale)) throw dataInvalid('Invalid Decimal schema: scale parameter not found.')
  return scale
}

/** The bytes of a decimal, whose scale must be the schema's. */
export function decimalBytes(value: Value | undefined, scale: number): Buffer {
  return bigintBytes(decimalOf(value, scale).unscaled)
}

export function decimalOf(value: Value | undefined, scale: number): Decimal {
  if (!(value instanceof Decimal)) throw invalid('Decimal', value)
  if (value.scale !== scale)
    throw dataInvalid(`The decimal ${value.toString()} has the scale ${value.scale}, but the schema has ${scale}.`)
  return value
}

export function decimalFromBytes(bytes: Uint8Array, scale: number): Decimal {
  const unscaled = bigintFromBytes(bytes)
  if (unscaled === undefined) throw dataInvalid('A decimal has no bytes.')
  return new Decimal(unscaled, scale)
}

/** Whole days since the epoch. */
export function daysOf(value: Value | undefined): number {
  const ms = dateOf('Date', value)
  if (ms % dayMs !== 0) throw dataInvalid('A Date has a time of the day that is not midnight in UTC.')
  return ms / dayMs
}

/** Milliseconds of the day. */
export function timeOf(value: Value | undefined): number {
  const ms = dateOf('Time', value)
  if (ms < 0 || ms >= dayMs) throw dataInvalid('A Time is not on 1 January 1970 in UTC.')
  return ms
}

export function timestampOf(value: Value | undefined): number {
  return dateOf('Timestamp', value)
}

export function dateFromDays(days: number): Date {
  return new Date(days * dayMs)
}

function dateOf(type: string, value: Value | undefined): number {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw invalid(type, value)
  return value.getTime()
}

/** A timestamp further from the epoch than a Date can be. */
export function dateFromMs(ms: number | bigint): Date {
  const date = new Date(Number(ms))
  if (Number.isNaN(date.getTime())) throw dataInvalid(`A timestamp of ${ms} ms is out of range.`)
  return date
}

export function invalid(type: string, value: Value | undefined): Error {
  return dataInvalid(`Invalid type for ${type}: ${kindOf(value)}.`)
}

import { logicalNames } from '../schema.js'
import type { Schema } from '../schema.js'
import { Decimal } from '../value.js'
import { invalidSchema, invalidValue } from './failure.js'
import { bigintBytes, bigintFromBytes } from './number.js'

/** The rules of Connect's logical types (org.apache.kafka.connect.data.Date, Time, Timestamp, Decimal). */

export type LogicalType = keyof typeof logicalNames

const byName = new Map<string, LogicalType>(
  Object.entries(logicalNames).map(([type, name]) => [name, type as LogicalType]),
)

/** Which logical type a schema's name makes it, whatever its plain type. */
export function logicalTypeOf(schema: Schema): LogicalType | undefined {
  return schema.name === undefined ? undefined : byName.get(schema.name)
}

export const millisPerDay = 86_400_000

export function dateToDays(date: Date): number {
  const millis = date.getTime()
  if (millis % millisPerDay !== 0)
    throw invalidValue('Kafka Connect Date type should not have any time fields set to non-zero values.')
  return millis / millisPerDay + 0
}

export function timeToMillis(date: Date): number {
  const millis = date.getTime()
  if (!(millis >= 0 && millis <= millisPerDay))
    throw invalidValue('Kafka Connect Time type should not have any date fields set to non-zero values.')
  return millis
}

export function timestampToMillis(date: Date): number {
  const millis = date.getTime()
  if (Number.isNaN(millis)) throw invalidValue('The timestamp is not a valid date.')
  return millis
}

export function dateFromDays(days: number): Date {
  return new Date(days * millisPerDay)
}

export function timeFromMillis(millis: number): Date {
  if (millis < 0 || millis > millisPerDay)
    throw invalidValue('Time values must use number of milliseconds greater than 0 and less than 86400000')
  return new Date(millis)
}

export function timestampFromMillis(millis: number | bigint): Date {
  const date = new Date(Number(millis))
  if (Number.isNaN(date.getTime())) throw invalidValue(`The timestamp ${millis} is beyond what a date can hold.`)
  return date
}

/** The scale that a decimal's schema demands. */
export function scaleOf(schema: Schema): number {
  const text = schema.parameters?.['scale']
  if (text === undefined) throw invalidSchema('Invalid Decimal schema: scale parameter not found.')
  const scale = Number(text)
  if (!/^[-+]?\d+$/.test(text) || scale > 0x7fffffff || scale < -0x80000000)
    throw invalidSchema('Invalid scale parameter found in Decimal schema: ')
  return scale
}

export function decimalToBytes(value: Decimal, scale: number): Buffer {
  if (value.scale !== scale)
    throw invalidValue(
      `Decimal value has mismatching scale for given Decimal schema. Schema has scale ${scale}, value has scale ${value.scale}.`,
    )
  return bigintBytes(value.unscaled)
}

export function decimalFromBytes(bytes: Uint8Array, scale: number): Decimal {
  const unscaled = bigintFromBytes(bytes)
  if (unscaled === undefined) throw invalidValue('Invalid bytes for Decimal field')
  return new Decimal(unscaled, scale)
}

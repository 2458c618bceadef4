import {
  Float64,
  int64,
  isStruct,
  javaToString,
  kindOf,
  logicalNames,
  parseDecimal,
  rejected,
  schema,
  temporalText,
} from 'millrace/plugin'
import type { Schema, SchemaType, Value } from 'millrace/plugin'
import {
  compareWith,
  doubleOf,
  floatOf,
  isIntegerType,
  isNumber,
  narrowed,
  nearestFloat,
  rangeOf,
} from './java-number.js'
import type { IntegerType, JavaNumber } from './java-number.js'

/** What values can be cast to. */
export const castTypes = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string'] as const
export type CastType = (typeof castTypes)[number]

const inputs: readonly SchemaType[] = [...castTypes, 'bytes']

/** Types as Java prints a set of them: `[INT8, INT16]`. */
export const named = (types: readonly string[]): string => `[${types.join(', ').toUpperCase()}]`

const float32 = schema.float32()

/** Casts one value, null to null; `of` is undefined for schemaless data. */
export function castValue(of: Schema | undefined, value: Value, type: CastType): Value {
  if (value === null) return null
  const from = of?.type ?? inferredType(value)
  if (!inputs.includes(from))
    throw rejected(
      `Cast transformation does not support casting from ${from.toUpperCase()}; supported types are ${named(inputs)}`,
    )
  if (type === 'string') return value instanceof Date ? temporalText(value) : javaToString(of, value)
  const plain = value instanceof Date ? encoded(of, value) : value
  if (type === 'boolean') return toBoolean(plain)
  if (isIntegerType(type)) return int64(toInteger(plain, from, type))
  return toFloat(plain, type, of === undefined)
}

/** A schemaless value's type, as Connect finds it by its class. */
function inferredType(value: Value): SchemaType {
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'string' | 'boolean'
  if (typeof value === 'bigint') return 'int64'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (value instanceof Float64) return 'float64'
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Map || isStruct(value)) return 'map'
  throw rejected(
    `Cast transformation was passed a value of type ${kindOf(value)} which is not supported by Connect's data API`,
  )
}

const millisPerDay = 86_400_000

/** A date or time as the number that stands for it. */
function encoded(of: Schema | undefined, value: Date): number {
  const millis = value.getTime()
  if (of?.name !== logicalNames.date) return millis
  if (millis % millisPerDay === 0) return millis / millisPerDay
  throw rejected('Kafka Connect Date type should not have any time fields set to non-zero values.')
}

function toBoolean(value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return value.toLowerCase() === 'true'
  if (isNumber(value)) return narrowed(value, 'int64') !== 0n
  throw unexpected(value)
}

function toInteger(value: Value, from: SchemaType, type: IntegerType): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'string') return parseInteger(value, type)
  if (!isNumber(value)) throw unexpected(value)
  const floating = typeof value === 'number' && (from === 'float32' || from === 'float64')
  return narrowed(floating ? new Float64(value) : value, type)
}

function parseInteger(text: string, type: IntegerType): bigint {
  const { min, max } = rangeOf(type)
  // No integer of 64 bits is longer, but for zeros in front.
  const digits = /^([-+]?)0*(\d{1,19})$/.exec(text)
  if (digits === null) throw outOfRange(text)
  const value = BigInt(`${digits[1] === '-' ? '-' : ''}${digits[2]}`)
  if (value < min || value > max) throw outOfRange(text)
  return value
}

/**
 * Without a schema a float has no width here; it becomes the double with the same text, so that 0.1 is written as
 * Connect writes it.
 */
function toFloat(value: Value, type: 'float32' | 'float64', schemaless: boolean): Value {
  const single = type === 'float32'
  const number = floating(value, single)
  if (!schemaless) return number
  const double = single ? Number(javaToString(float32, number)) : number
  return Number.isInteger(double) ? new Float64(double) : double
}

function floating(value: Value, single: boolean): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return parseFloating(value, single)
  if (!isNumber(value)) throw unexpected(value)
  return single ? floatOf(value) : doubleOf(value)
}

const floatPattern = /^[+-]?(NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?$/

/** Float.parseFloat and Double.parseDouble, which take blanks around the number; their hexadecimal form is not read. */
function parseFloating(text: string, single: boolean): number {
  const trimmed = trimBlanks(text)
  const found = floatPattern.exec(trimmed)
  if (found === null || (/^[NI]/.test(found[1] ?? '') && /[fFdD]$/.test(trimmed))) throw outOfRange(text)
  const plain = /^[+-]?NaN$/.test(trimmed) ? 'NaN' : trimmed.replace(/[fFdD]$/, '')
  const double = Number(plain)
  if (!single) return double
  return nearestFloat(double, middle => {
    const exact = parseDecimal(plain)
    return exact === undefined ? 0 : compareWith(exact, middle)
  })
}

function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charAt(from) <= ' ') from++
  while (to > from && text.charAt(to - 1) <= ' ') to--
  return text.slice(from, to)
}

function outOfRange(text: string): Error {
  return rejected(`Value (${text}) was out of range for requested data type`)
}

function unexpected(value: Exclude<Value, JavaNumber>): Error {
  return rejected(`Unexpected type in Cast transformation: ${value instanceof Uint8Array ? 'bytes' : kindOf(value)}`)
}

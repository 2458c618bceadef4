import type { Schema } from '../schema.js'
import { Decimal, Float64 } from '../value.js'
import type { Struct, Value } from '../value.js'
import { invalidValue } from './failure.js'
import { decimalText, doubleText, floatText } from './number.js'
import { getterOf, isStruct, kindOf } from './struct.js'
import { base64 } from './text.js'

/**
 * What Java's `toString` gives for a value: `Struct{a=1,b=x}` (absent fields skipped), `{a=1, b=2}`, `[1, 2]`, `1.0`.
 * Three things have no stable text in Java and one here: bytes are base64, dates are in UTC, and maps keep their order.
 */
export function javaToString(schema: Schema | undefined, value: Value | undefined): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') return numberText(schema, value)
  if (typeof value !== 'object') return String(value)
  return objectString(schema, value)
}

function numberText(schema: Schema | undefined, value: number): string {
  if (schema?.type === 'float32') return floatText(value)
  if (schema?.type === 'float64' || !Number.isInteger(value)) return doubleText(value)
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString()
}

function objectString(schema: Schema | undefined, value: object): string {
  if (Array.isArray(value)) return `[${value.map(item => javaToString(schema?.items, item as Value)).join(', ')}]`
  if (value instanceof Map) return mapString(schema, value as ReadonlyMap<Value, Value>)
  if (value instanceof Uint8Array) return base64(value)
  if (value instanceof Float64) return schema?.type === 'float32' ? floatText(value.value) : doubleText(value.value)
  if (value instanceof Decimal) return decimalText(value)
  if (value instanceof Date) return dateString(value)
  if (!isStruct(value)) throw invalidValue(`A ${kindOf(value)} is no value of a record.`)
  return schema?.type === 'struct' ? structString(schema, value) : mapString(schema, Object.entries(value))
}

function mapString(schema: Schema | undefined, entries: Iterable<readonly [Value, Value | undefined]>): string {
  const parts = Array.from(
    entries,
    ([key, value]) => `${javaToString(schema?.keys, key)}=${javaToString(schema?.items, value)}`,
  )
  return `{${parts.join(', ')}}`
}

function structString(schema: Schema, struct: Struct): string {
  const parts: string[] = []
  for (const field of schema.fields ?? []) {
    const value = getterOf(field.name)(struct)
    if (value !== null) parts.push(`${field.name}=${javaToString(field.schema, value)}`)
  }
  return `Struct{${parts.join()}}`
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `java.util.Date.toString` on a machine in UTC: `Thu Jan 02 03:04:05 UTC 2020`. */
function dateString(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const day = `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${two(date.getUTCDate())}`
  return `${day} ${time} UTC ${String(date.getUTCFullYear()).padStart(4, '0')}`
}

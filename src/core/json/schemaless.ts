import { Decimal, Float64 } from '../value.js'
import type { Value } from '../value.js'
import { invalidValue } from './failure.js'
import { decimalText, doubleText } from './number.js'
import { isStruct, kindOf } from './struct.js'
import { base64, jsonString } from './text.js'

/**
 * Compact JSON of data without a schema: integers as they are, doubles in Java's text (`1.5`, `2.0` for a `Float64`,
 * `"NaN"` quoted), bytes as base64, dates as milliseconds, decimals as numbers with all their digits, a map with
 * keys other than strings as an array of pairs. Throws `data.value_invalid` for what is no value.
 */
export function stringifyJson(value: Value | undefined): string {
  if (typeof value === 'string') return jsonString(value)
  if (typeof value === 'number') return Number.isInteger(value) ? wholeText(value) : quoteUnlessFinite(value)
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'object') return objectText(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  throw invalidValue(`A ${typeof value} has no form in JSON.`)
}

/** An integral number is an integer; beyond 2^53 `String` would write an exponent or invented zeros. */
function wholeText(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString()
}

/** A double as Jackson writes it: NaN and the infinities as strings. */
export function quoteUnlessFinite(value: number): string {
  return Number.isFinite(value) ? doubleText(value) : `"${value}"`
}

function objectText(value: Exclude<Value, null | boolean | number | bigint | string>): string {
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join()}]`
  if (isStruct(value)) return entriesText(Object.entries(value))
  if (value instanceof Uint8Array) return `"${base64(value)}"`
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<Value, Value>)]
    if (entries.every((entry): entry is [string, Value] => typeof entry[0] === 'string')) return entriesText(entries)
    return `[${entries.map(([key, of]) => `[${stringifyJson(key)},${stringifyJson(of)}]`).join()}]`
  }
  if (value instanceof Float64) return quoteUnlessFinite(value.value)
  if (value instanceof Decimal) return decimalText(value)
  if (value instanceof Date) return stringifyJson(value.getTime())
  throw invalidValue(`A ${kindOf(value)} has no form in JSON.`)
}

function entriesText(entries: readonly (readonly [string, Value | undefined])[]): string {
  return `{${entries.map(([key, of]) => `${jsonString(key)}:${stringifyJson(of)}`).join()}}`
}

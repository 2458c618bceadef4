import { Decimal, Float64, type Value } from '../../core/value.js'

/**
 * A value as text, the same for all forms that mean the same: integers as numbers and bigints, absent and null fields,
 * any order of fields. Values that went through a converter are compared with those that did not by it.
 */
export function canonical(value: Value | undefined): string {
  return JSON.stringify(plain(value))
}

function plain(value: Value | undefined): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : { $integer: String(value) }
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) }
  if (typeof value !== 'object') return value
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return { $date: value.getTime() }
  if (value instanceof Decimal) return { $decimal: value.toString() }
  if (value instanceof Float64) return value.value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map)
    return {
      $map: Array.from(value as ReadonlyMap<Value, Value>, ([key, of]) => `${canonical(key)}: ${canonical(of)}`).sort(),
    }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined && field !== null)
  return Object.fromEntries(
    fields.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, plain(field)]),
  )
}

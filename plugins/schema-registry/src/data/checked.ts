import { Float64, isStruct } from 'millrace/plugin'
import type { Struct, Value } from 'millrace/plugin'
import { invalid } from './logical.js'

/** Values of Connect's types, checked: each fails with `data.value_invalid` for what is none. */

const limits = { int8: 2 ** 7, int16: 2 ** 15, int32: 2 ** 31 } as const

export function whole(type: 'int8' | 'int16' | 'int32', value: Value | undefined): number {
  const number = typeof value === 'bigint' ? Number(value) : value
  const limit = limits[type]
  if (typeof number !== 'number' || !Number.isInteger(number) || number < -limit || number >= limit)
    throw invalid(type.toUpperCase(), value)
  return number
}

const int64Limit = 2n ** 63n

export function int64Of(value: Value | undefined): number | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'bigint' && value >= -int64Limit && value < int64Limit) return value
  throw invalid('INT64', value)
}

export function floatOf(type: 'FLOAT32' | 'FLOAT64', value: Value | undefined): number {
  if (typeof value === 'number') return value
  if (value instanceof Float64) return value.value
  throw invalid(type, value)
}

export function booleanOf(value: Value | undefined): boolean {
  if (typeof value === 'boolean') return value
  throw invalid('BOOLEAN', value)
}

export function stringOf(value: Value | undefined): string {
  if (typeof value === 'string') return value
  throw invalid('STRING', value)
}

export function bytesOf(value: Value | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw invalid('BYTES', value)
}

export function arrayOf(value: Value | undefined): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[]
  throw invalid('ARRAY', value)
}

/** A map's entries; a plain object is a map of its fields. */
export function entriesOf(value: Value | undefined): Iterable<readonly [Value, Value]> {
  if (value instanceof Map) return value as ReadonlyMap<Value, Value>
  if (isStruct(value)) return Object.entries(value).map(([key, of]) => [key, of ?? null])
  throw invalid('MAP', value)
}

export function structOf(value: Value | undefined): Struct {
  if (isStruct(value)) return value
  throw invalid('STRUCT', value)
}

/** Reads one field of a struct. Names that every object inherits (`constructor`) need a look at whose they are. */
export function getterOf(name: string): (struct: Struct) => Value {
  return name in Object.prototype
    ? struct => (Object.hasOwn(struct, name) ? (struct[name] ?? null) : null)
    : struct => struct[name] ?? null
}

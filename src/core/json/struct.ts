import type { Struct, Value } from '../value.js'

/** Reads one field of a plain object; null where it is absent. */
export type Get = (struct: Struct) => Value

/**
 * The reader for a field name, made once per schema. Names that every object inherits (`constructor`, `toString`)
 * need a look at whose they are.
 */
export function getterOf(name: string): Get {
  return name in Object.prototype
    ? struct => (Object.hasOwn(struct, name) ? (struct[name] ?? null) : null)
    : struct => struct[name] ?? null
}

/** Whether a value stands for a struct or a schemaless map: a plain object, made here or in another realm. */
export function isStruct(value: unknown): value is Struct {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A value's kind in words, for error messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value !== 'object') return typeof value
  if (Array.isArray(value)) return 'array'
  return isStruct(value) ? 'object' : (value.constructor?.name ?? 'object')
}

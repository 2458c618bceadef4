import { isStruct, kindOf, rejected, setField } from 'millrace/plugin'
import type { Field, Schema, Struct, Value } from 'millrace/plugin'

/** A schemaless map as records carry it: a plain object, or a Map where a key is no string. */
export type Data = Struct | ReadonlyMap<Value, Value>

export function requireMap(value: Value, purpose: string): Data {
  if (isStruct(value) || value instanceof Map) return value
  throw rejected(`Only Map objects supported in absence of schema for [${purpose}], found: ${kindOf(value)}`)
}

export function requireStruct(value: Value, purpose: string): Struct {
  if (isStruct(value)) return value
  throw rejected(`Only Struct objects supported for [${purpose}], found: ${kindOf(value)}`)
}

/** An entry of a schemaless map; null where there is none. */
export function entryOf(data: Data, key: string): Value {
  if (data instanceof Map) return (data as ReadonlyMap<Value, Value>).get(key) ?? null
  return (Object.hasOwn(data, key) ? (data as Struct)[key] : null) ?? null
}

/** A field of a struct, or its default where it is null and `withDefault`. */
export function fieldValue(struct: Struct, field: Field, withDefault: boolean): Value {
  const value = (Object.hasOwn(struct, field.name) ? struct[field.name] : null) ?? null
  return value === null && withDefault ? ((field.schema.default ?? null) as Value) : value
}

/** A field's value for a struct that is made anew; there Connect refuses null where the schema does. */
export function copiedValue(struct: Struct, field: Field, withDefault: boolean): Value {
  return checked(field, fieldValue(struct, field, withDefault))
}

/** Refuses null for a field that is not optional. */
export function checked({ name, schema }: Field, value: Value): Value {
  if (value !== null || schema.optional) return value
  throw rejected(`Invalid value: null used for required field: "${name}", schema type: ${schema.type.toUpperCase()}`)
}

/** A copy of a schemaless map with further entries. */
export function withEntries(data: Data, entries: Iterable<readonly [string, Value]>): Data {
  if (data instanceof Map) return new Map<Value, Value>([...(data as ReadonlyMap<Value, Value>), ...entries])
  return fromEntries([...Object.entries(data), ...entries])
}

/** A copy of a schemaless map without some entries. */
export function withoutEntries(data: Data, names: ReadonlySet<string>): Data {
  if (data instanceof Map)
    return new Map([...(data as ReadonlyMap<Value, Value>)].filter(([key]) => !names.has(key as string)))
  return fromEntries(Object.entries(data).filter(([name]) => !names.has(name)))
}

/** A plain object of these entries; a later one replaces an earlier. */
export function fromEntries(entries: Iterable<readonly [string, Value | undefined]>): Struct {
  const object: Record<string, Value | undefined> = {}
  for (const [name, value] of entries) setField(object, name, value)
  return object
}

/** What of a schema a rebuilt struct keeps: name, version, doc and parameters, but neither optionality nor default. */
export function basicsOf(schema: Schema): Partial<Schema> {
  const { name, version, doc, parameters } = schema
  return {
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(doc !== undefined && { doc }),
    ...(parameters !== undefined && { parameters }),
  }
}

/** Refuses two fields of one name, as Connect's schema builder does. */
export function distinct(fields: readonly Field[]): readonly Field[] {
  const names = new Set<string>()
  for (const { name } of fields) {
    if (names.has(name)) throw rejected(`Cannot create field because of field name duplication ${name}`)
    names.add(name)
  }
  return fields
}

/** Keeps what a schema is made into, once per schema instance and for as long as it lives. */
export function perSchema<T>(make: (schema: Schema) => T): (schema: Schema) => T {
  const made = new WeakMap<Schema, { readonly value: T }>()
  return schema => {
    let known = made.get(schema)
    if (known === undefined) {
      known = { value: make(schema) }
      made.set(schema, known)
    }
    return known.value
  }
}

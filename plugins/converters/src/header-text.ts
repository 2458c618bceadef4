import { isStruct, javaToString, temporalText } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'

/** The text of a header's value (Values.convertToString): a string as it is, collections much like JSON. */
export function headerText(schema: Schema | undefined, value: Value): string {
  return text(schema, value, false)
}

function text(schema: Schema | undefined, value: Value | undefined, embedded: boolean): string {
  if (typeof value === 'string') return embedded ? quoted(value) : value
  if (value instanceof Date) return temporalText(value)
  if (value instanceof Uint8Array) return embedded ? `"${javaToString(schema, value)}"` : javaToString(schema, value)
  if (Array.isArray(value)) return `[${value.map(item => text(schema?.items, item as Value, true)).join()}]`
  if (value instanceof Map) return mapText(schema, value as ReadonlyMap<Value, Value>)
  if (!isStruct(value)) return javaToString(schema, value)
  return schema?.type === 'struct' ? structText(schema, value) : mapText(schema, Object.entries(value))
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

function mapText(schema: Schema | undefined, entries: Iterable<readonly [Value, Value | undefined]>): string {
  const parts = Array.from(
    entries,
    ([key, value]) => `${text(schema?.keys, key, true)}:${text(schema?.items, value, true)}`,
  )
  return `{${parts.join()}}`
}

function structText(schema: Schema, struct: { readonly [field: string]: Value | undefined }): string {
  const parts = (schema.fields ?? []).map(({ name, schema }) => {
    const value = (Object.hasOwn(struct, name) ? struct[name] : undefined) ?? (schema.default as Value | undefined)
    return `${quoted(name)}:${text(schema, value, true)}`
  })
  return `{${parts.join()}}`
}

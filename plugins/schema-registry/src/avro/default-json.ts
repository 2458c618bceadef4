import { Float64 } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import * as checked from '../data/checked.js'
import { daysOf, decimalBytes, logicalOf, scaleOf, timeOf, timestampOf } from '../data/logical.js'
import type { AvroConfig } from './keys.js'
import type { AvroType, Json } from './model.js'
import { isUnionStruct, scrub } from './names.js'

/** A default of a Connect schema in Avro's JSON (AvroData.defaultValueFromConnect). */
export function defaultJson(schema: Schema, given: unknown, config: AvroConfig): Json {
  const value = given as Value | undefined
  if (value === null || value === undefined) return null
  switch (logicalOf(schema)) {
    case 'decimal':
      return latin1(decimalBytes(value, scaleOf(schema)))
    case 'date':
      return daysOf(value)
    case 'time':
      return timeOf(value)
    case 'timestamp':
      return timestampOf(value)
    case undefined:
  }
  switch (schema.type) {
    case 'int8':
    case 'int16':
    case 'int32':
      return checked.whole(schema.type, value)
    case 'int64':
      return checked.int64Of(value)
    case 'float32':
      return new Float64(checked.floatOf('FLOAT32', value))
    case 'float64':
      return new Float64(checked.floatOf('FLOAT64', value))
    case 'boolean':
      return checked.booleanOf(value)
    case 'string':
      return checked.stringOf(value)
    case 'bytes':
      return latin1(checked.bytesOf(value))
    case 'array':
      return checked.arrayOf(value).map(item => defaultJson(schema.items!, item, config))
    case 'map':
      return mapJson(schema, value, config)
    case 'struct': {
      const struct = checked.structOf(value)
      const fields = schema.fields!.map(
        ({ name, schema: of }) =>
          [config['scrub.invalid.names'] ? scrub(name) : name, of, checked.getterOf(name)] as const,
      )
      // A union's default is of its first type.
      if (isUnionStruct(schema)) {
        const [first] = fields
        return first === undefined ? null : defaultJson(first[1], first[2](struct), config)
      }
      return new Map<Json, Json>(
        fields.map(([name, of, get]) => [name, defaultJson(of, get(struct) ?? of.default ?? null, config)]),
      )
    }
  }
  return schema.type satisfies never
}

function mapJson(schema: Schema, value: Value, config: AvroConfig): Json {
  const entries = [...checked.entriesOf(value)].map(
    ([key, of]) => [defaultJson(schema.keys!, key, config), defaultJson(schema.items!, of, config)] as const,
  )
  return schema.keys!.type === 'string' && (!schema.keys!.optional || config['allow.optional.map.keys'])
    ? new Map<Json, Json>(entries)
    : entries.map(entry => [...entry])
}

/** Avro's JSON of bytes: a character for each. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** Whether JSON can be the default of a field: Avro refuses the schema otherwise. A union takes a default of any of its types. */
export function fitsDefault(type: AvroType, json: Json): boolean {
  switch (type.kind) {
    case 'null':
      return json === null
    case 'boolean':
      return typeof json === 'boolean'
    case 'int':
      return typeof json === 'number' && Number.isInteger(json) && (json | 0) === json
    case 'long':
      return (typeof json === 'number' && Number.isInteger(json)) || typeof json === 'bigint'
    case 'float':
    case 'double': {
      const number = json instanceof Float64 ? json.value : json
      return typeof number === 'number' ? Number.isFinite(number) : typeof number === 'bigint'
    }
    case 'string':
    case 'bytes':
    case 'enum':
      return typeof json === 'string'
    case 'fixed':
      return typeof json === 'string' && json.length === type.size
    case 'array':
      return Array.isArray(json) && (json as readonly Json[]).every(item => fitsDefault(type.items, item))
    case 'map': {
      const entries = entriesIn(json)
      return entries !== undefined && entries.every(([, value]) => fitsDefault(type.values, value))
    }
    case 'record': {
      const entries = entriesIn(json)
      if (entries === undefined) return false
      const values = new Map(entries)
      return type.fields.every(field => {
        const value = values.get(field.name) ?? field.default
        return value !== undefined && fitsDefault(field.type, value)
      })
    }
    case 'union':
      return type.branches.some(branch => fitsDefault(branch, json))
  }
  return type satisfies never
}

/** The members of a JSON object, which is a Map where it was made here. */
export function entriesIn(json: Json): readonly (readonly [string, Json])[] | undefined {
  if (json instanceof Map) return [...(json as ReadonlyMap<string, Json>)]
  if (typeof json !== 'object' || json === null || Array.isArray(json) || json instanceof Float64) return undefined
  return Object.entries(json as Readonly<Record<string, Json>>)
}

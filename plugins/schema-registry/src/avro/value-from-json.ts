import { Float64, setField } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { dateFromDays, dateFromMs, decimalFromBytes, logicalOf, scaleOf } from '../data/logical.js'
import { entriesIn, fitsDefault } from './default-json.js'
import type { AvroConfig } from './keys.js'
import type { AvroType, Json } from './model.js'
import { isEntry, memberName, onlyBranch } from './to-connect.js'

/** A default as the Avro schema has it in JSON, as data of the Connect schema made of its type; undefined where it does not fit. */
export function valueFromJson(type: AvroType, schema: Schema, json: Json, config: AvroConfig): Value | undefined {
  if (type.kind === 'array' && isEntry(type)) return entriesValue(schema, json)
  return fitsDefault(type, json) ? valueOf(type, schema, json, config) : undefined
}

function valueOf(type: AvroType, schema: Schema, json: Json, config: AvroConfig): Value {
  switch (type.kind) {
    case 'null':
      return null
    case 'boolean':
    case 'string':
    case 'enum':
      return json
    case 'int':
    case 'long':
      return temporal(schema, json as number | bigint)
    case 'float':
    case 'double': {
      const number = json instanceof Float64 ? json.value : Number(json)
      return type.kind === 'float' ? Math.fround(number) : number
    }
    case 'bytes':
    case 'fixed': {
      const bytes = Buffer.from(json as string, 'latin1')
      return logicalOf(schema) === 'decimal' ? decimalFromBytes(bytes, scaleOf(schema)) : bytes
    }
    case 'array':
      return (json as readonly Json[]).map(item => valueOf(type.items, schema.items!, item, config))
    case 'map':
      return new Map(entriesIn(json)!.map(([key, value]) => [key, valueOf(type.values, schema.items!, value, config)]))
    case 'record': {
      const given = new Map(entriesIn(json))
      const struct: Record<string, Value> = {}
      for (const [index, field] of type.fields.entries()) {
        const value = given.get(field.name) ?? field.default ?? null
        setField(struct, field.name, valueOf(field.type, schema.fields![index]!.schema, value, config))
      }
      return struct
    }
    case 'union': {
      if (json === null) return null
      const branch = type.branches.find(of => fitsDefault(of, json))!
      if (onlyBranch(type, config) !== undefined) return valueOf(branch, schema, json, config)
      const name = memberName(branch, config)
      const member = schema.fields!.find(field => field.name === name)!
      return { [name]: valueOf(branch, member.schema, json, config) }
    }
  }
  return type satisfies never
}

function temporal(schema: Schema, value: number | bigint): Value {
  const logical = logicalOf(schema)
  if (logical === undefined) return value
  return logical === 'date' ? dateFromDays(Number(value)) : dateFromMs(value)
}

/** `[[key, value], …]`, the form in which AvroData keeps the default of a map whose keys are no strings. Of plain keys and values only. */
function entriesValue(schema: Schema, json: Json): Value | undefined {
  if (!Array.isArray(json) || logicalOf(schema.keys!) !== undefined || logicalOf(schema.items!) !== undefined)
    return undefined
  const entries = (json as readonly Json[]).filter((entry): entry is readonly [Json, Json] => Array.isArray(entry))
  const plain = (value: Json): boolean => typeof value !== 'object' || value === null
  return entries.length === json.length && entries.flat().every(plain) ? new Map(entries) : undefined
}

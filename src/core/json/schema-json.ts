import { schema as build, withSchema } from '../schema.js'
import type { Field, Schema, SchemaType } from '../schema.js'
import type { Value } from '../value.js'
import { invalidSchema } from './failure.js'
import { JsonNumber, parseExact } from './parse.js'
import type { JsonNode } from './parse.js'
import { jsonReader } from './reader.js'
import type { ReadOptions } from './reader.js'
import { jsonString } from './text.js'
import type { Write } from './writer.js'

/** The names that JsonConverter's schemas use where they differ from Connect's own. */
const typeNames: Partial<Record<SchemaType, string>> = { float32: 'float', float64: 'double' }

/**
 * A schema as the envelope writes it: `type`, (`items` | `keys`, `values` | `fields`), `optional`, `name`, `version`,
 * `doc`, `parameters`, `default`, and `field` where it belongs to a struct's field.
 */
export function schemaText(schema: Schema, writerOf: (schema: Schema) => Write, field?: string): string {
  const parts = [`"type":"${typeNames[schema.type] ?? schema.type}"`]
  const inner = (of: Schema | undefined): string => (of === undefined ? 'null' : schemaText(of, writerOf))
  if (schema.type === 'array') parts.push(`"items":${inner(schema.items)}`)
  if (schema.type === 'map') parts.push(`"keys":${inner(schema.keys)}`, `"values":${inner(schema.items)}`)
  if (schema.type === 'struct')
    parts.push(`"fields":[${(schema.fields ?? []).map(of => schemaText(of.schema, writerOf, of.name)).join()}]`)
  parts.push(`"optional":${schema.optional}`)
  if (schema.name !== undefined) parts.push(`"name":${jsonString(schema.name)}`)
  if (schema.version !== undefined) parts.push(`"version":${schema.version}`)
  if (schema.doc !== undefined) parts.push(`"doc":${jsonString(schema.doc)}`)
  if (schema.parameters !== undefined) {
    const entries = Object.entries(schema.parameters).map(([key, of]) => `${jsonString(key)}:${jsonString(of)}`)
    parts.push(`"parameters":{${entries.join()}}`)
  }
  const standIn = (schema.default ?? null) as Value
  if (standIn !== null) parts.push(`"default":${writerOf(schema)(standIn)}`)
  if (field !== undefined) parts.push(`"field":${jsonString(field)}`)
  return `{${parts.join()}}`
}

type JsonObject = { readonly [key: string]: JsonNode }

/** Reads a schema's JSON, parsed by `parseExact`; null is no schema. Throws `data.schema_invalid`. */
export function schemaFromJson(node: JsonNode, options: ReadOptions): Schema | undefined {
  if (node === null) return undefined
  const json = (
    typeof node === 'object' && !Array.isArray(node) && !(node instanceof JsonNumber) ? node : {}
  ) as JsonObject
  const type = own(json, 'type')
  if (typeof type !== 'string') throw invalidSchema("Schema must contain 'type' field")
  const base = withSchema(shape(type, json, options), attributes(json))
  const standIn = own(json, 'default')
  if (standIn === undefined) return base
  const value = jsonReader(base, options)(standIn)
  return value === null ? base : withSchema(base, { default: value })
}

/** Reads a schema from its JSON text; undefined for `null`. Throws `json.malformed` or `data.schema_invalid`. */
export function parseSchemaJson(text: string, options: ReadOptions): Schema | undefined {
  return schemaFromJson(parseExact(text), options)
}

function own(json: JsonObject, key: string): JsonNode | undefined {
  return Object.hasOwn(json, key) ? json[key] : undefined
}

function shape(type: string, json: JsonObject, options: ReadOptions): Schema {
  switch (type) {
    case 'boolean':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'bytes':
    case 'string':
      return build[type]()
    case 'float':
      return build.float32()
    case 'double':
      return build.float64()
    case 'array':
      return build.array(
        part(own(json, 'items') ?? undefined, 'Array schema did not specify the element type', options),
      )
    case 'map':
      return build.map(
        part(own(json, 'keys'), 'Map schema did not specify the key type', options),
        part(own(json, 'values'), 'Map schema did not specify the value type', options),
      )
    case 'struct':
      return build.struct(structFields(own(json, 'fields'), options))
    default:
      throw invalidSchema(`Unknown schema type: ${type}`)
  }
}

function part(node: JsonNode | undefined, otherwise: string, options: ReadOptions): Schema {
  const schema = node === undefined ? undefined : schemaFromJson(node, options)
  if (schema === undefined) throw invalidSchema(otherwise)
  return schema
}

function structFields(fields: JsonNode | undefined, options: ReadOptions): Field[] {
  if (!Array.isArray(fields)) throw invalidSchema('Struct schema\'s "fields" argument is not an array.')
  const names = new Set<string>()
  return (fields as readonly JsonNode[]).map(node => {
    const name = typeof node === 'object' && node !== null ? own(node as JsonObject, 'field') : undefined
    if (typeof name !== 'string') throw invalidSchema("Struct schema's field name not specified properly")
    if (names.has(name)) throw invalidSchema(`Cannot create field because of field name duplication ${name}`)
    names.add(name)
    return { name, schema: part(node, "Struct schema's field name not specified properly", options) }
  })
}

/** What all types may have; a member of another kind than it should be is passed over, as in Java. */
function attributes(json: JsonObject): Partial<Schema> {
  const name = own(json, 'name')
  const version = own(json, 'version')
  const doc = own(json, 'doc')
  const parameters = own(json, 'parameters')
  return {
    optional: own(json, 'optional') === true,
    ...(typeof name === 'string' && { name }),
    ...(typeof version === 'number' && Number.isInteger(version) && { version: version | 0 }),
    ...(typeof doc === 'string' && { doc }),
    ...(typeof parameters === 'object' &&
      parameters !== null &&
      !Array.isArray(parameters) &&
      Object.keys(parameters).length > 0 && { parameters: parametersOf(parameters as JsonObject) }),
  }
}

function parametersOf(json: JsonObject): Readonly<Record<string, string>> {
  for (const of of Object.values(json))
    if (typeof of !== 'string') throw invalidSchema('Schema parameters must have string values.')
  return Object.freeze({ ...json }) as Readonly<Record<string, string>>
}

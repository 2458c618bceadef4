import { logicalNames, parseJson, withSchema } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { dataInvalid } from '../registry/failures.js'
import { isNumeric, type JsonConfig } from './keys.js'
import { enumParameter, idParameter, isStringMap, isUnionStruct, namespace, nullMarker } from './names.js'
import { jsonWriter } from './write.js'

/** A JSON object, in order. */
type Json = Map<Value, Value>

interface Making {
  readonly config: JsonConfig
  /** Ids of schemas that are written out, or are being. */
  readonly ids: Set<string>
  /** Structs that are being written out: one without an id that holds itself has no end. */
  readonly open: Set<unknown>
}

/** The JSON Schema of a Connect schema (JsonSchemaData.fromConnectSchema). */
export function jsonSchemaOf(schema: Schema, config: JsonConfig): Json {
  return schemaJson(schema, { config, ids: new Set(), open: new Set() })
}

function schemaJson(schema: Schema, making: Making, index?: number, ignoreOptional = false): Json {
  const id = schema.parameters?.[idParameter]
  if (isUnionStruct(schema)) {
    const members = schema.fields!.map(({ schema: of }, at) => schemaJson(required(of), making, at, true))
    return withIndex(oneOf(schema.optional ? [nullSchema(), ...members] : members), index)
  }
  if (schema.type === 'struct' && schema.optional)
    return withIndex(oneOf([nullSchema(), schemaJson(required(schema), making)]), index)
  const made = id !== undefined && making.ids.has(id) ? reference(id) : plainJson(schema, making, id)
  if (ignoreOptional || !schema.optional) return withIndex(made, index)
  return withIndex(oneOf([nullSchema(), made]), index)
}

const reference = (id: string): Json => new Map([['$ref', id]])
const nullSchema = (): Json => new Map([['type', 'null']])
const oneOf = (members: readonly Json[]): Json => new Map<Value, Value>([['oneOf', members]])
const required = (schema: Schema): Schema => (schema.optional ? withSchema(schema, { optional: false }) : schema)

/** Where a field stands among the others: objects have no order. */
function withIndex(json: Json, index: number | undefined): Json {
  return index === undefined ? json : json.set('connect.index', index)
}

/** Without regard to its being optional. */
function plainJson(schema: Schema, making: Making, id: string | undefined): Json {
  const { config, ids } = making
  const { name, doc, version, parameters } = schema
  if (id !== undefined) ids.add(id)
  const json: Json = new Map()
  if (name !== undefined) json.set('title', name)
  if (doc !== undefined) json.set('description', doc)
  if (id !== undefined) json.set('$id', id)
  if (schema.default !== undefined && schema.default !== null) {
    const text = jsonWriter(schema, config)(schema.default as Value)
    if (text !== undefined) json.set('default', parseJson(text) as Value)
  }
  for (const [key, value] of typeJson(schema, making)) json.set(key, value)
  const kept = Object.entries(parameters ?? {}).filter(([key]) => !key.startsWith(namespace))
  if (version !== undefined) json.set('connect.version', version)
  if (kept.length > 0) json.set('connect.parameters', new Map<Value, Value>(kept))
  return json
}

function typeJson(schema: Schema, making: Making): Json {
  const { config } = making
  switch (schema.type) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return new Map([
        ['type', 'integer'],
        ['connect.type', schema.type],
      ])
    case 'float32':
    case 'float64':
      return new Map([
        ['type', 'number'],
        ['connect.type', schema.type],
      ])
    case 'boolean':
      return new Map([['type', 'boolean']])
    case 'string':
      return schema.parameters?.[enumParameter] === undefined ? new Map([['type', 'string']]) : enumJson(schema)
    case 'bytes':
      return new Map([
        ['type', schema.name === logicalNames.decimal && isNumeric(config) ? 'number' : 'string'],
        ['connect.type', 'bytes'],
      ])
    case 'array':
      return new Map<Value, Value>([
        ['type', 'array'],
        ['items', schemaJson(schema.items!, making)],
      ])
    case 'map':
      return mapJson(schema, making)
    case 'struct':
      return structJson(schema, making)
  }
  return schema.type satisfies never
}

function enumJson({ parameters }: Schema): Json {
  const prefix = `${enumParameter}.`
  const symbols = Object.keys(parameters!)
    .filter(key => key.startsWith(prefix))
    .map(key => key.slice(prefix.length))
  return new Map<Value, Value>([['enum', symbols.map(symbol => (symbol === nullMarker ? null : symbol))]])
}

function mapJson(schema: Schema, making: Making): Json {
  if (isStringMap(schema))
    return new Map<Value, Value>([
      ['type', 'object'],
      ['additionalProperties', schemaJson(schema.items!, making)],
      ['connect.type', 'map'],
    ])
  const properties = new Map<Value, Value>([
    ['key', schemaJson(schema.keys!, making, 0)],
    ['value', schemaJson(schema.items!, making, 1)],
  ])
  return new Map<Value, Value>([
    ['type', 'array'],
    [
      'items',
      new Map<Value, Value>([
        ['type', 'object'],
        ['properties', properties],
      ]),
    ],
    ['connect.type', 'map'],
  ])
}

function structJson(schema: Schema, making: Making): Json {
  const { fields } = schema
  if (making.open.has(fields))
    throw dataInvalid(
      `The schema ${schema.name ?? 'of a struct'} holds itself, and has no id in the parameter ${idParameter}.`,
    )
  making.open.add(fields)
  const properties = fields!.map(({ name, schema: of }, at): [Value, Value] => [name, schemaJson(of, making, at)])
  making.open.delete(fields)
  const json = new Map<Value, Value>([
    ['type', 'object'],
    ['properties', new Map(properties)],
  ])
  if (!making.config['object.additional.properties']) json.set('additionalProperties', false)
  return json
}

import { JsonNumber } from 'millrace/plugin'
import type { Field, JsonNode, Schema, SchemaType, Value } from 'millrace/plugin'
import { schemaUnusable } from '../registry/failures.js'
import type { JsonObject, SchemaDocument } from './document.js'
import type { JsonConfig } from './keys.js'
import { kindOfSchema, type Kind } from './kinds.js'
import { enumParameter, idParameter, nullMarker, unionName } from './names.js'
import { isObject, jsonReader } from './read.js'

/** A schema while its parts come together. */
interface Draft {
  readonly type: SchemaType
  optional?: boolean
  name?: string
  readonly parameters?: Map<string, string>
  readonly fields?: Field[]
  readonly items?: Schema
  readonly keys?: Schema
}

/** A struct that is being made, with the places that wait for it. */
interface Open {
  readonly parameters: Map<string, string>
  readonly waiting: { readonly target: Record<string, unknown>; readonly optional: boolean }[]
}

interface Making {
  readonly config: JsonConfig
  readonly document: SchemaDocument
  readonly open: Map<JsonNode, Open>
  ids: number
}

interface Place {
  readonly optional?: boolean
  readonly version?: number | undefined
}

/** Connect's schema of a JSON Schema (JsonSchemaData.toConnectSchema). `version` is the subject's, for a schema that brings none. */
export function connectSchemaOf(document: SchemaDocument, version: number | undefined, config: JsonConfig): Schema {
  return schemaOf(document.root, { version }, { config, document, open: new Map(), ids: 0 })
}

function schemaOf(json: JsonNode, place: Place, making: Making): Schema {
  const kind = kindOfSchema(json)
  switch (kind.kind) {
    case 'ref':
      return referred(making.document.resolve(kind.ref, json as JsonObject), place, making)
    case 'oneOf':
      return unionOf(kind.members, json, place, making)
    case 'allOf':
      return allOf(kind.members, json, place, making)
    case 'object':
      return objectOf(json as JsonObject, place, making)
    case 'null':
      throw schemaUnusable('A JSON Schema of null alone has no type in Connect.')
    case 'anything':
      throw schemaUnusable('A part of the JSON Schema names no type, and Connect has none for anything.')
    case 'boolean':
    case 'integer':
    case 'number':
    case 'string':
    case 'array':
    case 'enum':
      return finish(draftOf(kind, json, making), json, place)
  }
  return kind satisfies never
}

/** A struct that is being made stands for itself, and is filled in when it is done. */
function referred(json: JsonNode, place: Place, making: Making): Schema {
  const open = making.open.get(json)
  if (open === undefined) return schemaOf(json, place, making)
  open.parameters.set(idParameter, open.parameters.get(idParameter) ?? `#id${++making.ids}`)
  const target: Record<string, unknown> = {}
  open.waiting.push({ target, optional: place.optional === true })
  return target as unknown as Schema
}

const numberTypes = new Set<string>(['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'bytes'])

function draftOf(kind: Kind, json: JsonNode, making: Making): Draft {
  const connectType = isObject(json) ? json['connect.type'] : undefined
  switch (kind.kind) {
    case 'boolean':
      return { type: 'boolean' }
    case 'string':
      return { type: connectType === 'bytes' ? 'bytes' : 'string' }
    case 'integer':
    case 'number':
      if (connectType === undefined) return { type: kind.kind === 'integer' ? 'int64' : 'float64' }
      if (typeof connectType !== 'string' || !numberTypes.has(connectType))
        throw schemaUnusable('A number of the JSON Schema has a connect.type that is none.')
      return { type: connectType as SchemaType }
    case 'array':
      return arrayDraft(json as JsonObject, making)
    case 'enum':
      return { type: 'string', parameters: enumParameters(kind.values) }
    case 'object':
    case 'null':
    case 'anything':
    case 'ref':
    case 'oneOf':
    case 'allOf':
      throw schemaUnusable(`A JSON Schema of the kind ${kind.kind} is none of values.`)
  }
  return kind satisfies never
}

function enumParameters(values: readonly JsonNode[]): Map<string, string> {
  const symbols = values.map(value => (value === null ? nullMarker : textOf(value)))
  return new Map([
    [enumParameter, ''],
    ...symbols.map((symbol): [string, string] => [`${enumParameter}.${symbol}`, symbol]),
  ])
}

function textOf(value: JsonNode): string {
  if (typeof value === 'string') return value
  return value instanceof JsonNumber ? value.text : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function arrayDraft(json: JsonObject, making: Making): Draft {
  const { items } = json
  if (items === undefined || Array.isArray(items)) throw schemaUnusable('Array schema did not specify the items type')
  if (json['connect.type'] === 'map' && isObject(items) && isObject(items['properties'])) {
    const { key, value } = items['properties']
    if (key === undefined || value === undefined) throw schemaUnusable('The entries of a map have no key or no value.')
    return { type: 'map', keys: schemaOf(key, {}, making), items: schemaOf(value, {}, making) }
  }
  return { type: 'array', items: schemaOf(items, {}, making) }
}

function objectOf(json: JsonObject, place: Place, making: Making): Schema {
  if (json['connect.type'] === 'map') {
    const { additionalProperties } = json
    if (additionalProperties === undefined) throw schemaUnusable('The values of a map have no schema.')
    const items = schemaOf(additionalProperties, {}, making)
    return finish({ type: 'map', keys: finish({ type: 'string' }, {}, {}), items }, json, place)
  }
  const required = Array.isArray(json['required']) ? (json['required'] as readonly JsonNode[]) : []
  const properties = isObject(json['properties']) ? inOrder(json['properties']) : []
  return structOf(json, properties, name => required.includes(name), place, making)
}

/** By connect.index; a property without one goes where it stands. */
function inOrder(properties: JsonObject): readonly (readonly [string, JsonNode])[] {
  return Object.entries(properties)
    .map((entry, at) => {
      const index = isObject(entry[1]) ? entry[1]['connect.index'] : undefined
      return { entry, index: typeof index === 'number' ? index : at }
    })
    .toSorted((a, b) => a.index - b.index)
    .map(({ entry }) => entry)
}

function structOf(
  json: JsonObject,
  properties: readonly (readonly [string, JsonNode])[],
  isRequired: (name: string) => boolean,
  place: Place,
  making: Making,
): Schema {
  const open: Open = { parameters: new Map(), waiting: [] }
  making.open.set(json, open)
  const fields = properties.map(([name, of]): Field => {
    const optional = making.config['use.optional.for.nonrequired'] && !isRequired(name)
    return { name, schema: schemaOf(of, { optional }, making) }
  })
  making.open.delete(json)
  const made = finish({ type: 'struct', fields, parameters: open.parameters }, json, place)
  for (const { target, optional } of open.waiting) Object.freeze(Object.assign(target, made, { optional }))
  return made
}

function unionOf(members: readonly JsonNode[], json: JsonNode, place: Place, making: Making): Schema {
  if (members.length === 1 && making.config['flatten.singleton.unions']) return schemaOf(members[0]!, {}, making)
  const some = members.filter(member => !isNull(member))
  const nullable = some.length < members.length
  if (members.length === 2 && some.length === 1)
    return schemaOf(some[0]!, { optional: true, version: place.version }, making)
  const fields = some.map((member, at): Field => ({
    name: `${unionName}.field.${at}`,
    schema: schemaOf(member, { optional: true }, making),
  }))
  return finish({ type: 'struct', name: unionName, fields, optional: nullable }, json, place)
}

function isNull(json: JsonNode): boolean {
  return isObject(json) && json['type'] === 'null'
}

/** All members at once: structs are joined, otherwise the one that says the most decides. */
function allOf(members: readonly JsonNode[], json: JsonNode, place: Place, making: Making): Schema {
  if (members.length === 1 && making.config['flatten.singleton.unions']) return schemaOf(members[0]!, {}, making)
  const properties = new Map<string, JsonNode>()
  const required = new Set<string>()
  for (const member of members) collectProperties(member, making.document, properties, required, new Set())
  if (properties.size > 0)
    return structOf(json as JsonObject, [...properties], name => required.has(name), place, making)
  const byKind = (...kinds: readonly Kind['kind'][]): JsonNode | undefined =>
    members.find(member => kinds.includes(kindOfSchema(member).kind))
  const values = byKind('integer', 'number')
  const text = byKind('string')
  const chosen =
    byKind('oneOf', 'allOf') ??
    (byKind('enum') === undefined ? (values ?? text) : text === undefined ? values : byKind('enum')) ??
    byKind('ref') ??
    byKind('boolean', 'array', 'object', 'enum')
  if (chosen === undefined) throw schemaUnusable('An allOf of the JSON Schema has no type that Connect has.')
  return schemaOf(chosen, place, making)
}

function collectProperties(
  json: JsonNode,
  document: SchemaDocument,
  properties: Map<string, JsonNode>,
  required: Set<string>,
  visited: Set<JsonNode>,
): void {
  if (visited.has(json)) return
  visited.add(json)
  const kind = kindOfSchema(json)
  const go = (of: JsonNode): void => collectProperties(of, document, properties, required, visited)
  if (kind.kind === 'ref') go(document.resolve(kind.ref, json as JsonObject))
  else if (kind.kind === 'allOf') kind.members.forEach(go)
  else if (kind.kind === 'object' && isObject(json)) {
    if (isObject(json['properties'])) for (const [name, of] of inOrder(json['properties'])) properties.set(name, of)
    if (Array.isArray(json['required']))
      for (const name of json['required'] as readonly JsonNode[]) if (typeof name === 'string') required.add(name)
  }
}

function finish(draft: Draft, json: JsonNode, { optional, version }: Place): Schema {
  const { title, description, default: fallback } = isObject(json) ? json : ({} as JsonObject)
  const own = isObject(json) ? json['connect.version'] : undefined
  const given = isObject(json) && isObject(json['connect.parameters']) ? Object.entries(json['connect.parameters']) : []
  const parameters = new Map([
    ...(draft.parameters ?? []),
    ...given.map(([key, value]): [string, string] => [key, textOf(value)]),
  ])
  const name = draft.name ?? (typeof title === 'string' ? title : undefined)
  const number = typeof own === 'number' ? own : version
  const made: Schema = {
    type: draft.type,
    optional: optional === true || draft.optional === true,
    ...(draft.fields && { fields: Object.freeze(draft.fields) }),
    ...(draft.items && { items: draft.items }),
    ...(draft.keys && { keys: draft.keys }),
    ...(name !== undefined && { name }),
    ...(number !== undefined && { version: number }),
    ...(typeof description === 'string' && { doc: description }),
    ...(parameters.size > 0 && { parameters: Object.freeze(Object.fromEntries(parameters)) }),
  }
  if (fallback === undefined || fallback === null) return Object.freeze(made)
  const value: Value = jsonReader(made)(fallback)
  return Object.freeze({ ...made, ...(value !== null && { default: value }) })
}

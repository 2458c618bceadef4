import { logicalNames, stringifyJson } from 'millrace/plugin'
import type { Field, Schema, SchemaType, Value } from 'millrace/plugin'
import { schemaUnusable } from '../registry/failures.js'
import type { AvroConfig } from './keys.js'
import type { AvroType, Json } from './model.js'
import * as names from './names.js'
import { valueFromJson } from './value-from-json.js'

/** Where a type stands: what its surroundings say of it. */
export interface Place {
  readonly optional?: boolean
  /** The default of the field that it is the type of; undefined where there is none. */
  readonly fieldDefault?: Json | undefined
  readonly fieldDoc?: string | undefined
  readonly version?: number | undefined
}

/** A schema while its parts come together. */
export interface Draft {
  type: SchemaType
  optional: boolean
  name?: string
  version?: number
  doc?: string
  default?: unknown
  readonly parameters: Map<string, string>
  fields?: readonly Field[]
  items?: Schema
  keys?: Schema
}

/** Adds what attributes say: doc, version, parameters, default and name. */
export function describe(draft: Draft, type: AvroType, place: Place, config: AvroConfig): void {
  const { props } = type
  const meta = config['connect.meta.data']
  const discard = config['discard.type.doc.default']
  const ownDoc = 'doc' in type ? type.doc : undefined
  const doc = discard
    ? (place.fieldDoc ?? ownDoc ?? props.get('connect.doc'))
    : meta
      ? props.get('connect.doc')
      : undefined
  if (typeof doc === 'string') draft.doc = doc
  if (discard && meta && ownDoc !== undefined) draft.parameters.set('connect.record.doc', ownDoc)

  const version = props.get('connect.version') ?? place.version
  if (version !== undefined) {
    if (typeof version !== 'number') throw schemaUnusable(`The attribute connect.version is ${stringifyJson(version)}.`)
    if (draft.version !== undefined && draft.version !== version && props.has('connect.version'))
      throw schemaUnusable(
        `The attribute connect.version is ${version}, but ${draft.name} has the version ${draft.version}.`,
      )
    draft.version ??= version
  }
  const parameters = props.get('connect.parameters')
  if (meta && parameters !== undefined) {
    if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
      throw schemaUnusable('The attribute connect.parameters is no object.')
    for (const [key, value] of Object.entries(parameters as Readonly<Record<string, Json>>)) {
      if (typeof value !== 'string') throw schemaUnusable(`The parameter ${key} of a schema is no string.`)
      draft.parameters.set(key, value)
    }
  }
  for (const [key, value] of props) if (key.startsWith('avro')) draft.parameters.set(key, textOf(value))
  addName(draft, type)
  addDefault(draft, type, place, config)
}

function addName(draft: Draft, type: AvroType): void {
  const given = type.props.get('connect.name')
  if (given !== undefined && typeof given !== 'string') throw schemaUnusable('The attribute connect.name is no string.')
  const isDecimal = draft.name === logicalNames.decimal
  const own = 'name' in type && !(type.kind === 'fixed' && isDecimal) ? type.name : undefined
  const name = given ?? own
  if (name === undefined || name.startsWith(names.defaultName)) return
  if (draft.name !== undefined && draft.name !== name)
    throw schemaUnusable(`The attribute connect.name is ${name}, but the type is ${draft.name}.`)
  draft.name = name
}

function addDefault(draft: Draft, type: AvroType, { fieldDefault }: Place, config: AvroConfig): void {
  const connectDefault = type.props.get('connect.default')
  if (
    fieldDefault !== undefined &&
    connectDefault === undefined &&
    !config['discard.type.doc.default'] &&
    config['connect.meta.data']
  )
    draft.parameters.set(names.fieldDefaultFlag, 'true')
  const json = fieldDefault ?? connectDefault
  if (json === undefined || json === null) return
  // As in AvroData: a default that does not fit is left out, and the data can be read all the same.
  const value: Value | undefined = valueFromJson(type, finish(draft), json, config)
  if (value !== undefined && value !== null) draft.default = value
}

export function finish({
  type,
  optional,
  name,
  version,
  doc,
  default: fallback,
  parameters,
  fields,
  items,
  keys,
}: Draft): Schema {
  return Object.freeze({
    type,
    optional,
    ...(fields && { fields }),
    ...(items && { items }),
    ...(keys && { keys }),
    ...(fallback !== undefined && { default: fallback }),
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(doc !== undefined && { doc }),
    ...(parameters.size > 0 && { parameters: Object.freeze(Object.fromEntries(parameters)) }),
  })
}

/** Parameters are text. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : stringifyJson(value)
}

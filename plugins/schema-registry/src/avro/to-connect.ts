import { logicalNames, stringifyJson, withSchema } from 'millrace/plugin'
import type { Field, Schema, SchemaType } from 'millrace/plugin'
import { schemaUnusable } from '../registry/failures.js'
import { describe, finish, textOf, type Draft, type Place } from './draft.js'
import type { AvroConfig } from './keys.js'
import {
  isPrimitiveKind,
  type AvroField,
  type AvroType,
  type ArrayType,
  type Json,
  type RecordType,
  type UnionType,
} from './model.js'
import * as names from './names.js'

/** What one schema's way to Connect shares: the records that are being made, each with the places that wait for it. */
interface Making {
  readonly config: AvroConfig
  readonly open: Map<RecordType, { readonly target: Record<string, unknown>; readonly optional: boolean }[]>
}

/** Connect's schema of an Avro schema (AvroData.toConnectSchema). `version` is the subject's, for a schema that brings none of its own. */
export function connectSchemaOf(type: AvroType, version: number | undefined, config: AvroConfig): Schema {
  return schemaOf(type, { version }, { config, open: new Map() })
}

/** Of a part: a record that is being made stands for itself, and is filled in when it is done. */
function partOf(type: AvroType, place: Place, making: Making): Schema {
  const waiting = type.kind === 'record' ? making.open.get(type) : undefined
  if (waiting === undefined) return schemaOf(type, place, making)
  const target: Record<string, unknown> = {}
  waiting.push({ target, optional: place.optional === true })
  return target as unknown as Schema
}

function schemaOf(type: AvroType, place: Place, making: Making): Schema {
  const only = onlyBranch(type, making.config)
  if (only !== undefined) {
    return partOf(only.type, { optional: only.nullable, fieldDoc: place.fieldDoc }, making)
  }
  if (type.kind === 'record') making.open.set(type, [])
  const draft = draftOf(type, making)
  describe(draft, type, place, making.config)
  if (place.optional === true) draft.optional = true
  const made = finish(draft)
  if (type.kind === 'record') {
    const waiting = making.open.get(type) ?? []
    making.open.delete(type)
    for (const { target, optional } of waiting) Object.freeze(Object.assign(target, made, { optional }))
  }
  return made
}

/** A union that stands for one type: of one, or of null and one. */
export function onlyBranch(
  type: AvroType,
  config: AvroConfig,
): { readonly type: AvroType; readonly nullable: boolean } | undefined {
  if (type.kind !== 'union') return undefined
  const [first, second] = type.branches
  if (type.branches.length === 1 && config['flatten.singleton.unions']) return { type: first!, nullable: false }
  if (type.branches.length !== 2) return undefined
  if (first!.kind === 'null' && second!.kind !== 'null') return { type: second!, nullable: true }
  return second!.kind === 'null' ? { type: first!, nullable: true } : undefined
}

function draftOf(type: AvroType, making: Making): Draft {
  const plain = (of: SchemaType): Draft => ({ type: of, optional: false, parameters: new Map() })
  const logical = type.props.get('logicalType')
  const logicalText = typeof logical === 'string' ? logical.toLowerCase() : undefined
  switch (type.kind) {
    case 'boolean':
    case 'string':
      return plain(type.kind)
    case 'float':
      return plain('float32')
    case 'double':
      return plain('float64')
    case 'int':
      return intDraft(type.props.get('connect.type'), logicalText, plain)
    case 'long':
      return logicalText === 'timestamp-millis'
        ? { ...plain('int64'), name: logicalNames.timestamp, version: 1 }
        : plain('int64')
    case 'bytes':
    case 'fixed': {
      const draft = logicalText === 'decimal' ? decimalDraft(type, plain('bytes')) : plain('bytes')
      if (type.kind === 'fixed') draft.parameters.set(names.fixedSize, String(type.size))
      return draft
    }
    case 'array':
      return isEntry(type)
        ? mapDraft(type, plain('map'), making)
        : { ...plain('array'), items: partOf(type.items, {}, making) }
    case 'map':
      return { ...plain('map'), keys: finish(plain('string')), items: partOf(type.values, {}, making) }
    case 'record':
      return recordDraft(type, plain('struct'), making)
    case 'enum':
      return enumDraft(type, plain('string'), making.config)
    case 'union':
      return unionDraft(type, plain('struct'), making)
    case 'null':
      throw schemaUnusable('Standalone null schemas are not supported by this converter.')
  }
  return type satisfies never
}

function intDraft(connectType: Json | undefined, logical: string | undefined, plain: (of: SchemaType) => Draft): Draft {
  if (logical === 'date') return { ...plain('int32'), name: logicalNames.date, version: 1 }
  if (logical === 'time-millis') return { ...plain('int32'), name: logicalNames.time, version: 1 }
  if (connectType === undefined || logical !== undefined) return plain('int32')
  if (connectType === 'int8' || connectType === 'int16') return plain(connectType)
  throw schemaUnusable(`The annotation connect.type of an Avro int is ${stringifyJson(connectType)}.`)
}

function decimalDraft(type: AvroType, draft: Draft): Draft {
  const scale = type.props.get('scale')
  const precision = type.props.get('precision')
  draft.parameters.set('scale', String(typeof scale === 'number' ? scale : 0))
  if (precision !== undefined && typeof precision !== 'number')
    throw schemaUnusable('The precision of a decimal must be a whole number.')
  if (precision !== undefined && precision !== names.defaultPrecision)
    draft.parameters.set(names.decimalPrecision, String(precision))
  return { ...draft, name: logicalNames.decimal, version: 1 }
}

/** Maps whose keys are no strings are arrays of records. */
export function isEntry({ items }: ArrayType): boolean {
  return (
    items.kind === 'record' &&
    (items.name === names.mapEntryName || items.props.get('connect.internal.type') === 'MapEntry')
  )
}

function mapDraft({ items }: ArrayType, draft: Draft, making: Making): Draft {
  const fields = items.kind === 'record' ? items.fields : []
  const key = fields.find(({ name }) => name === 'key')
  const value = fields.find(({ name }) => name === 'value')
  if (fields.length !== 2 || key === undefined || value === undefined)
    throw schemaUnusable('A map that is an array of entries needs entries of key and value.')
  return { ...draft, keys: partOf(key.type, {}, making), items: partOf(value.type, {}, making) }
}

function recordDraft(type: RecordType, draft: Draft, making: Making): Draft {
  const { config } = making
  const docs = !config['discard.type.doc.default'] && config['connect.meta.data']
  if (docs && type.doc !== undefined) draft.parameters.set(names.recordDoc, type.doc)
  const fields: Field[] = []
  draft.fields = fields
  for (const field of type.fields) {
    if (docs && field.doc !== undefined) draft.parameters.set(names.fieldDocPrefix + field.name, field.doc)
    fields.push({ name: field.name, schema: fieldSchema(field, making) })
  }
  return draft
}

function fieldSchema(field: AvroField, making: Making): Schema {
  const of = partOf(field.type, { fieldDefault: field.default, fieldDoc: field.doc }, making)
  const own = making.config['connect.meta.data'] ? field.props.get('connect.parameters') : undefined
  if (typeof own !== 'object' || own === null || Array.isArray(own) || !Object.isFrozen(of)) return of
  const given = Object.entries(own as Readonly<Record<string, Json>>).map(
    ([key, value]) => [key, textOf(value)] as const,
  )
  if (given.every(([key, value]) => of.parameters?.[key] === value)) return of
  return withSchema(of, { parameters: { ...of.parameters, ...Object.fromEntries(given) } })
}

function enumDraft(type: Extract<AvroType, { kind: 'enum' }>, draft: Draft, config: AvroConfig): Draft {
  const simple = type.name.slice(type.name.lastIndexOf('.') + 1)
  const discard = config['discard.type.doc.default']
  if (config['connect.meta.data']) {
    if (type.doc !== undefined)
      draft.parameters.set(discard ? 'connect.enum.doc' : names.enumDocPrefix + simple, type.doc)
    if (!discard && type.default !== undefined) draft.parameters.set(names.enumDefaultPrefix + simple, type.default)
  }
  draft.parameters.set(names.enumParameter, type.name)
  for (const symbol of type.symbols) draft.parameters.set(`${names.enumParameter}.${symbol}`, symbol)
  return draft
}

function unionDraft(type: UnionType, draft: Draft, making: Making): Draft {
  const fields: Field[] = []
  draft.name = names.unionName
  draft.fields = fields
  for (const branch of type.branches) {
    if (branch.kind === 'null') {
      draft.optional = true
      continue
    }
    const name = memberName(branch, making.config)
    if (fields.some(field => field.name === name))
      throw schemaUnusable(
        `Two types of a union are both called ${name}; enhanced.avro.schema.support=true tells them apart.`,
      )
    fields.push({ name, schema: partOf(branch, { optional: true }, making) })
  }
  return draft
}

/** The field of a union's struct that holds values of one of its types. */
export function memberName(branch: AvroType, config: AvroConfig): string {
  if (isPrimitiveKind(branch.kind) || branch.kind === 'array' || branch.kind === 'map' || branch.kind === 'union')
    return branch.kind
  const { name } = branch as { readonly name: string }
  return config['enhanced.avro.schema.support'] ? name : name.slice(name.lastIndexOf('.') + 1)
}

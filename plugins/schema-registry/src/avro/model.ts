import { errorMessage, parseJson, stringifyJson } from 'millrace/plugin'
import type { Value } from 'millrace/plugin'
import { schemaUnusable } from '../registry/failures.js'

/** JSON as the kit's `parseJson` reads it: numbers keep what they are. */
export type Json = Value
/** Attributes that Avro itself gives no meaning to, in their order. */
export type Props = ReadonlyMap<string, Json>

export type PrimitiveKind = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string' | 'bytes'

export interface PrimitiveType {
  readonly kind: PrimitiveKind
  readonly props: Props
}
export interface ArrayType {
  readonly kind: 'array'
  readonly items: AvroType
  readonly props: Props
}
export interface MapType {
  readonly kind: 'map'
  readonly values: AvroType
  readonly props: Props
}
export interface UnionType {
  readonly kind: 'union'
  readonly branches: readonly AvroType[]
  readonly props: Props
}
export interface RecordType {
  readonly kind: 'record'
  /** With its namespace. */
  readonly name: string
  readonly aliases: readonly string[]
  /** Filled in after the type is made, since a record may hold itself. */
  readonly fields: readonly AvroField[]
  readonly doc?: string
  readonly props: Props
}
export interface EnumType {
  readonly kind: 'enum'
  readonly name: string
  readonly aliases: readonly string[]
  readonly symbols: readonly string[]
  readonly default?: string
  readonly doc?: string
  readonly props: Props
}
export interface FixedType {
  readonly kind: 'fixed'
  readonly name: string
  readonly aliases: readonly string[]
  readonly size: number
  readonly doc?: string
  readonly props: Props
}
export type NamedType = RecordType | EnumType | FixedType
/** An Avro schema with every name resolved; a record that holds itself is a cycle of objects. */
export type AvroType = PrimitiveType | ArrayType | MapType | UnionType | NamedType

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  /** Undefined: it has none; null is a default. */
  readonly default?: Json
  readonly doc?: string
  readonly props: Props
}

export const noProps: Props = new Map()
const primitives = new Set<string>(['null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'])

export function isPrimitiveKind(kind: string): kind is PrimitiveKind {
  return primitives.has(kind)
}

/** Reads a schema after those that it refers to, whose named types it may use. Fails with `schema_registry.schema_unusable`. */
export function parseAvro(text: string, imports: readonly string[] = []): AvroType {
  const named = new Map<string, NamedType>()
  try {
    for (const imported of imports) typeOf(parseJson(imported) as Json, '', named)
    return typeOf(parseJson(text) as Json, '', named)
  } catch (error) {
    throw schemaUnusable(`The Avro schema cannot be read: ${errorMessage(error)}`, error)
  }
}

type JsonObject = Readonly<Record<string, Json>>

function typeOf(json: Json, namespace: string, named: Map<string, NamedType>): AvroType {
  if (typeof json === 'string') return reference(json, namespace, named)
  if (Array.isArray(json)) {
    const branches = (json as readonly Json[]).map(branch => typeOf(branch, namespace, named))
    return { kind: 'union', branches, props: noProps }
  }
  if (!isObject(json)) throw new Error(`${stringifyJson(json)} is no type.`)
  const { type } = json
  if (typeof type !== 'string') return typeOf(type ?? null, namespace, named)
  switch (type) {
    case 'array':
      return {
        kind: 'array',
        items: typeOf(json['items'] ?? null, namespace, named),
        props: propsOf(json, ['type', 'items']),
      }
    case 'map':
      return {
        kind: 'map',
        values: typeOf(json['values'] ?? null, namespace, named),
        props: propsOf(json, ['type', 'values']),
      }
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return definition(type, json, namespace, named)
    default:
      if (isPrimitiveKind(type)) return { kind: type, props: propsOf(json, ['type']) }
      return reference(type, namespace, named)
  }
}

function reference(name: string, namespace: string, named: ReadonlyMap<string, NamedType>): AvroType {
  if (isPrimitiveKind(name)) return { kind: name, props: noProps }
  const found = named.get(qualified(name, namespace)) ?? named.get(name)
  if (found === undefined) throw new Error(`The type ${name} is not defined.`)
  return found
}

const namedAttributes = ['type', 'name', 'namespace', 'doc', 'aliases', 'fields', 'symbols', 'size', 'default']

function definition(
  type: 'record' | 'error' | 'enum' | 'fixed',
  json: JsonObject,
  outer: string,
  named: Map<string, NamedType>,
): NamedType {
  const { name: given, namespace, aliases, doc } = json
  if (typeof given !== 'string' || given === '') throw new Error(`A ${type} has no name.`)
  const name = qualified(given, typeof namespace === 'string' ? namespace : outer)
  if (named.has(name)) throw new Error(`The type ${name} is defined twice.`)
  const space = namespaceOf(name)
  const common = {
    name,
    aliases: textsOf(aliases).map(alias => qualified(alias, space)),
    ...(typeof doc === 'string' && { doc }),
    props: propsOf(json, namedAttributes),
  }
  if (type === 'enum') {
    const symbols = textsOf(json['symbols'])
    const fallback = json['default']
    const made: EnumType = {
      kind: 'enum',
      ...common,
      symbols,
      ...(typeof fallback === 'string' && { default: fallback }),
    }
    named.set(name, made)
    return made
  }
  if (type === 'fixed') {
    const { size } = json
    if (typeof size !== 'number' || size < 0) throw new Error(`The fixed ${name} has no size.`)
    const made: FixedType = { kind: 'fixed', ...common, size }
    named.set(name, made)
    return made
  }
  const fields: AvroField[] = []
  const made: RecordType = { kind: 'record', ...common, fields }
  named.set(name, made)
  const { fields: listed } = json
  if (!Array.isArray(listed)) throw new Error(`The record ${name} has no fields.`)
  for (const field of listed as readonly Json[]) fields.push(fieldOf(field, name, space, named))
  return made
}

const fieldAttributes = ['name', 'type', 'doc', 'default', 'order', 'aliases']

function fieldOf(json: Json, record: string, namespace: string, named: Map<string, NamedType>): AvroField {
  if (!isObject(json) || typeof json['name'] !== 'string') throw new Error(`A field of ${record} has no name.`)
  const { name, doc, type } = json
  const fallback = json['default']
  return {
    name,
    aliases: textsOf(json['aliases']),
    type: typeOf(type ?? null, namespace, named),
    ...(fallback !== undefined && { default: fallback }),
    ...(typeof doc === 'string' && { doc }),
    props: propsOf(json, fieldAttributes),
  }
}

export function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

export function namespaceOf(fullName: string): string {
  const dot = fullName.lastIndexOf('.')
  return dot < 0 ? '' : fullName.slice(0, dot)
}

export function simpleNameOf(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1)
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && Object.getPrototypeOf(json) === Object.prototype
}

function textsOf(json: Json | undefined): readonly string[] {
  return Array.isArray(json) ? (json as readonly Json[]).filter(item => typeof item === 'string') : []
}

function propsOf(json: JsonObject, known: readonly string[]): Props {
  const entries = Object.entries(json).filter(([name]) => !known.includes(name))
  return entries.length === 0 ? noProps : new Map(entries)
}

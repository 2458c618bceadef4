import { logicalNames, withSchema } from 'millrace/plugin'
import type { Schema } from 'millrace/plugin'
import { dataInvalid } from '../registry/failures.js'
import { anythingType } from './anything.js'
import { defaultJson, fitsDefault } from './default-json.js'
import type { AvroConfig } from './keys.js'
import { noProps, simpleNameOf, type AvroField, type AvroType, type Json, type Props } from './model.js'
import * as names from './names.js'

/** What one schema's way to Avro shares: the names given out, and the records that are being made. */
interface Making {
  readonly config: AvroConfig
  /** Schemas without a name are told apart by number, the equal ones sharing one. */
  readonly unnamed: Map<string, AvroType>
  readonly entries: Map<string, AvroType>
  readonly open: Map<string, AvroType>
  readonly seenNames: Set<string>
}

/** The Avro schema of Connect's (AvroData.fromConnectSchema); undefined stands for data without a schema. */
export function avroTypeOf(schema: Schema | undefined, config: AvroConfig): AvroType {
  if (schema === undefined) return anythingType
  return typeOf(
    schema,
    { config, unnamed: new Map(), entries: new Map(), open: new Map(), seenNames: new Set() },
    false,
  )
}

/** Of a part: a record that is being made already stands for itself. */
function partOf(schema: Schema, making: Making, ignoreOptional: boolean): AvroType {
  const open = schema.name === undefined ? undefined : making.open.get(schema.name)
  if (open === undefined) return typeOf(schema, making, ignoreOptional)
  return ignoreOptional ? open : optionalIf(schema, open)
}

function typeOf(schema: Schema, making: Making, ignoreOptional: boolean): AvroType {
  if (names.isUnionStruct(schema)) {
    const branches = schema.fields!.map(field => partOf(required(field.schema), making, true))
    return union(schema.optional ? [nullType, ...branches] : branches)
  }
  if (schema.type === 'struct' && schema.optional) return union([nullType, partOf(required(schema), making, false)])
  const base = baseType(schema, making)
  return ignoreOptional ? base : optionalIf(schema, base)
}

const nullType: AvroType = { kind: 'null', props: noProps }
const union = (branches: readonly AvroType[]): AvroType => ({ kind: 'union', branches, props: noProps })

function required(schema: Schema): Schema {
  return schema.optional ? withSchema(schema, { optional: false }) : schema
}

/** A default must be of the union's first type. */
function optionalIf(schema: Schema, type: AvroType): AvroType {
  if (!schema.optional) return type
  return union(hasDefault(schema) ? [type, nullType] : [nullType, type])
}

const hasDefault = (schema: Schema): boolean => schema.default !== undefined && schema.default !== null

function baseType(schema: Schema, making: Making): AvroType {
  const { config } = making
  switch (schema.type) {
    case 'int8':
    case 'int16':
      return { kind: 'int', props: propsOf(schema, config, [], schema.type) }
    case 'int32':
      return { kind: 'int', props: propsOf(schema, config) }
    case 'int64':
      return { kind: 'long', props: propsOf(schema, config) }
    case 'float32':
      return { kind: 'float', props: propsOf(schema, config) }
    case 'float64':
      return { kind: 'double', props: propsOf(schema, config) }
    case 'boolean':
      return { kind: 'boolean', props: propsOf(schema, config) }
    case 'string':
      return config['enhanced.avro.schema.support'] && names.isEnumString(schema)
        ? enumType(schema, config)
        : { kind: 'string', props: propsOf(schema, config) }
    case 'bytes':
      return bytesType(schema, making)
    case 'array':
      return { kind: 'array', items: partOf(schema.items!, making, false), props: propsOf(schema, config) }
    case 'map':
      return isStringMap(schema, config)
        ? { kind: 'map', values: partOf(schema.items!, making, false), props: propsOf(schema, config) }
        : { kind: 'array', items: entryType(schema, making), props: propsOf(schema, config) }
    case 'struct':
      return recordType(schema, making)
  }
  return schema.type satisfies never
}

/** Whether a map can be one of Avro's, whose keys are strings. */
export function isStringMap(schema: Schema, config: AvroConfig): boolean {
  return schema.keys?.type === 'string' && (!schema.keys.optional || config['allow.optional.map.keys'])
}

function enumType(schema: Schema, config: AvroConfig): AvroType {
  const parameters = schema.parameters!
  const prefix = `${names.enumParameter}.`
  const simple = schema.name === undefined ? 'ConnectDefault' : simpleNameOf(avroName(schema.name, config))
  const doc = parameters[config['discard.type.doc.default'] ? 'connect.enum.doc' : names.enumDocPrefix + simple]
  const fallback = config['discard.type.doc.default'] ? undefined : parameters[names.enumDefaultPrefix + simple]
  return {
    kind: 'enum',
    name: parameters[names.enumParameter]!,
    aliases: [],
    symbols: Object.keys(parameters)
      .filter(key => key.startsWith(prefix))
      .map(key => key.slice(prefix.length)),
    ...(fallback !== undefined && { default: fallback }),
    ...(doc !== undefined && { doc }),
    props: propsOf(schema, config),
  }
}

function bytesType(schema: Schema, making: Making): AvroType {
  const isDecimal = schema.name === logicalNames.decimal
  const first: (readonly [string, Json])[] = []
  if (isDecimal) {
    const precision = schema.parameters?.[names.decimalPrecision]
    first.push(['scale', scaleIn(schema)], ['precision', Number(precision ?? names.defaultPrecision)])
  }
  const props = propsOf(schema, making.config, first)
  if (!names.isFixedBytes(schema)) return { kind: 'bytes', props }
  const size = Number(schema.parameters![names.fixedSize])
  return { kind: 'fixed', name: avroName(schema.name!, making.config), aliases: [], size, props }
}

function scaleIn(schema: Schema): number {
  const scale = Number(schema.parameters?.['scale'])
  if (!Number.isInteger(scale)) throw dataInvalid('Invalid Decimal schema: scale parameter not found.')
  return scale
}

/** Kafka Connect's converter cannot write two maps of different types in one schema; here the second kind of entry gets a number. */
function entryType(schema: Schema, making: Making): AvroType {
  const key = `map ${structureOf(schema.keys!)} ${structureOf(schema.items!)}`
  const before = schema.name === undefined ? making.entries.get(key) : undefined
  if (before !== undefined) return before
  const number = making.entries.size + 1
  const own = schema.name === undefined && number === 1
  const numbered = `${names.mapEntryName}${own ? '' : number}`
  const fields: AvroField[] = []
  const made: AvroType = {
    kind: 'record',
    name: schema.name === undefined ? numbered : avroName(schema.name, making.config),
    aliases: [],
    fields,
    props: own ? noProps : new Map([['connect.internal.type', 'MapEntry']]),
  }
  if (schema.name === undefined) making.entries.set(key, made)
  fields.push(fieldOf('key', schema.keys!, undefined, making), fieldOf('value', schema.items!, undefined, making))
  return made
}

function recordType(schema: Schema, making: Making): AvroType {
  const { config } = making
  const { parameters, name } = schema
  const key = name === undefined ? structureOf(required(schema)) : undefined
  const before = key === undefined ? undefined : making.unnamed.get(key)
  if (before !== undefined) return before
  const number = making.unnamed.size + 1
  const full = name === undefined ? `${names.defaultName}${number > 1 ? number : ''}` : avroName(name, config)
  const discard = config['discard.type.doc.default']
  const doc = parameters?.[discard ? 'connect.record.doc' : names.recordDoc]
  const fields: AvroField[] = []
  const made: AvroType = {
    kind: 'record',
    name: full,
    aliases: [],
    fields,
    ...(doc !== undefined && { doc }),
    props: propsOf(schema, config),
  }
  if (key !== undefined) making.unnamed.set(key, made)
  const outer = name === undefined ? undefined : making.open.get(name)
  if (name !== undefined) making.open.set(name, made)
  for (const { name: fieldName, schema: of } of schema.fields!) {
    const fieldDoc = discard ? undefined : parameters?.[names.fieldDocPrefix + fieldName]
    fields.push(fieldOf(config['scrub.invalid.names'] ? names.scrub(fieldName) : fieldName, of, fieldDoc, making))
  }
  if (name !== undefined && outer === undefined) making.open.delete(name)
  return made
}

function fieldOf(name: string, schema: Schema, doc: string | undefined, making: Making): AvroField {
  const { config, seenNames } = making
  const alreadySeen = schema.name !== undefined && seenNames.has(schema.name)
  if (schema.name !== undefined) seenNames.add(schema.name)
  const type = partOf(schema, making, false)
  const wanted = hasDefault(schema) ? defaultJson(schema, schema.default, config) : schema.optional ? null : undefined
  const told = config['discard.type.doc.default'] ? schema.doc : doc
  // A named type is written out once, so the parameters of a second use stand with its field.
  const parameters =
    config['connect.meta.data'] && alreadySeen && holdsNamed(type) ? parametersOf(schema, config) : undefined
  return {
    name,
    aliases: [],
    type,
    ...(wanted !== undefined && fitsDefault(type, wanted) && { default: wanted }),
    ...(told !== undefined && { doc: told }),
    props: parameters === undefined ? noProps : new Map([['connect.parameters', parameters]]),
  }
}

function holdsNamed(type: AvroType): boolean {
  const named = ({ kind }: AvroType): boolean => kind === 'record' || kind === 'enum' || kind === 'fixed'
  return type.kind === 'union' ? type.branches.some(named) : named(type)
}

/** The attributes of a type, in AvroData's order. */
function propsOf(
  schema: Schema,
  config: AvroConfig,
  first: readonly (readonly [string, Json])[] = [],
  connectType?: string,
): Props {
  const props = new Map<string, Json>(first)
  const { doc, version, parameters, name } = schema
  const flagged = !config['discard.type.doc.default'] && parameters?.[names.fieldDefaultFlag] !== undefined
  if (config['connect.meta.data']) {
    if (doc !== undefined) props.set('connect.doc', doc)
    if (version !== undefined) props.set('connect.version', version)
    const kept = parametersOf(schema, config)
    if (kept !== undefined) props.set('connect.parameters', kept)
    if (hasDefault(schema) && !flagged) props.set('connect.default', defaultJson(schema, schema.default, config))
    if (name !== undefined) props.set('connect.name', name)
    if (connectType !== undefined) props.set('connect.type', connectType)
  }
  const logical = name === undefined ? undefined : logicalTypes[name]
  if (logical !== undefined) props.set('logicalType', logical)
  for (const [key, value] of Object.entries(parameters ?? {})) if (key.startsWith('avro')) props.set(key, value)
  return props
}

const logicalTypes: Readonly<Record<string, string>> = {
  [logicalNames.decimal]: 'decimal',
  [logicalNames.date]: 'date',
  [logicalNames.time]: 'time-millis',
  [logicalNames.timestamp]: 'timestamp-millis',
}

function parametersOf({ parameters }: Schema, config: AvroConfig): Json | undefined {
  const kept = Object.entries(parameters ?? {}).filter(
    ([key]) => config['discard.type.doc.default'] || key !== names.fieldDefaultFlag,
  )
  return kept.length === 0 ? undefined : new Map<Json, Json>(kept)
}

/** The full name of a type for a schema's name. */
export function avroName(name: string, config: AvroConfig): string {
  return config['scrub.invalid.names'] ? names.scrubFull(name) : name
}

/** Equal for schemas that say the same. */
function structureOf(schema: Schema): string {
  return JSON.stringify(schema, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

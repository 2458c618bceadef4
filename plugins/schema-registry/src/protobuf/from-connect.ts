import { logicalNames } from 'millrace/plugin'
import type { Schema } from 'millrace/plugin'
import { logicalOf } from '../data/logical.js'
import { dataInvalid } from '../registry/failures.js'
import type { ProtobufConfig } from './keys.js'
import { wrappersFile, wrappersText } from './known-files.js'
import * as names from './names.js'
import { wrapperFor } from './wrappers.js'

export interface ProtoText {
  readonly text: string
  /** Of the message that data is written as. */
  readonly root: string
}

interface Making {
  readonly config: ProtobufConfig
  readonly imports: Set<string>
  unnamed: number
}

/** A message while its parts come together. */
interface Message {
  readonly lines: string[]
  /** Names of the types that are defined within, with what they were made of. */
  readonly types: Map<string, unknown>
}

/** The file of a Connect schema (ProtobufData.fromConnectSchema). */
export function protoOf(schema: Schema, config: ProtobufConfig): ProtoText {
  if (schema.type !== 'struct' || names.isUnionStruct(schema)) return wrapperProto(schema)
  const making: Making = { config, imports: new Set(), unnamed: 0 }
  const full = fullName(schema, making)
  const dot = full.lastIndexOf('.')
  const message = messageText(full.slice(dot + 1), schema, making, [], '')
  const head = [
    'syntax = "proto3";',
    ...(dot < 0 ? [] : [`package ${full.slice(0, dot)};`]),
    ...(making.imports.size > 0 ? ['', ...[...making.imports].toSorted().map(path => `import "${path}";`)] : []),
  ]
  return { text: `${[...head, '', message].join('\n')}\n`, root: full }
}

/** A value alone is a wrapper message, of the file of all of them. */
function wrapperProto(schema: Schema): ProtoText {
  const wrapper = wrapperFor(schema)
  if (wrapper === undefined || logicalOf(schema) !== undefined)
    throw dataInvalid(
      `Data of the type ${logicalOf(schema) ?? schema.type} cannot stand alone in Protobuf; put it into a struct.`,
    )
  return { text: wrappersText, root: `google.protobuf.${wrapper}` }
}

function fullName({ name }: Schema, making: Making): string {
  const given = name === undefined || name === '' ? `${names.defaultName}${++making.unnamed}` : name
  const scrubbed = making.config['scrub.invalid.names'] ? given.split('.').map(names.scrub).join('.') : given
  for (const part of scrubbed.split('.')) checkName(part)
  return scrubbed
}

function simpleName(schema: Schema, making: Making): string {
  const full = fullName(schema, making)
  return full.slice(full.lastIndexOf('.') + 1)
}

function fieldName(name: string, { config }: Making): string {
  return checkName(config['scrub.invalid.names'] ? names.scrub(name) : name)
}

function checkName(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw dataInvalid(
      `Protobuf does not allow the name ${JSON.stringify(name)}; scrub.invalid.names=true replaces such names.`,
    )
  return name
}

/** `around`: the structs that this one stands in, with their names: one that holds itself is not defined again. */
type Around = readonly (readonly [fields: unknown, name: string])[]

function messageText(name: string, schema: Schema, making: Making, around: Around, indent: string): string {
  const message: Message = { lines: [], types: new Map() }
  const within: Around = [...around, [schema.fields, name]]
  const place = { making, message, around: within, indent: `${indent}  ` }
  let next = 1
  const used = new Set<number>()
  for (const { name: own, schema: of } of schema.fields!) {
    if (names.isUnionStruct(of)) {
      oneofText(of, place, used)
      continue
    }
    const tag = tagOf(of) ?? next++
    used.add(tag)
    const line = fieldText(fieldName(own, making), of, tag, place, false)
    message.lines.push(line)
  }
  return [`${indent}message ${name} {`, ...message.lines, `${indent}}`].join('\n')
}

interface Place {
  readonly making: Making
  readonly message: Message
  readonly around: Around
  readonly indent: string
}

function tagOf({ parameters }: Schema): number | undefined {
  const tag = parameters?.[names.tagParameter]
  return tag === undefined ? undefined : Number(tag)
}

function oneofText(schema: Schema, place: Place, used: ReadonlySet<number>): void {
  const { making, message, indent } = place
  const full = schema.name!.slice(names.unionPrefix.length)
  const name = checkName(full.slice(full.lastIndexOf('.') + 1))
  const lines = schema.fields!.map(({ name: own, schema: of }) => {
    const tag = tagOf(of)
    if (tag === undefined || used.has(tag))
      throw dataInvalid(
        `The field ${own} of the oneof ${name} has no number of its own in the parameter ${names.tagParameter}.`,
      )
    return fieldText(fieldName(own, making), of, tag, { ...place, indent: `${indent}  ` }, true)
  })
  message.lines.push(`${indent}oneof ${name} {`, ...lines, `${indent}}`)
}

function fieldText(name: string, schema: Schema, tag: number, place: Place, inOneof: boolean): string {
  const { making, indent } = place
  const isList = schema.type === 'array'
  const of = isList ? schema.items! : schema
  if (isList && (of.type === 'array' || of.type === 'map'))
    throw dataInvalid(`Protobuf has no form for the field ${name}, a list of ${of.type}s; put them into a struct.`)
  const params = new Map<string, string>()
  const type = typeText(name, of, params, place, inOneof)
  const label =
    isList || of.type === 'map'
      ? 'repeated '
      : making.config['optional.for.nullables'] && schema.optional && !inOneof
        ? 'optional '
        : ''
  return `${indent}${label}${type} ${name} = ${tag}${metaText(params, making, indent)};`
}

function metaText(params: ReadonlyMap<string, string>, making: Making, indent: string): string {
  if (params.size === 0) return ''
  making.imports.add('confluent/meta.proto')
  const entries = [...params].map(([key, value]) => `${indent}    { key: "${key}", value: "${value}" }`)
  return ` [(confluent.field_meta) = {\n${indent}  params: [\n${entries.join(',\n')}\n${indent}  ]\n${indent}}]`
}

const logicalTypes: Readonly<Record<string, readonly [path: string, type: string]>> = {
  [logicalNames.decimal]: ['confluent/type/decimal.proto', names.decimalType],
  [logicalNames.date]: ['google/type/date.proto', names.dateType],
  [logicalNames.time]: ['google/type/timeofday.proto', names.timeType],
  [logicalNames.timestamp]: ['google/protobuf/timestamp.proto', names.timestampType],
}

function decimalParams({ parameters }: Schema, params: Map<string, string>): void {
  const precision = parameters?.['connect.decimal.precision']
  const scale = parameters?.['scale']
  if (precision !== undefined) params.set('precision', precision)
  if (scale !== undefined) params.set('scale', scale)
}

/** The type of a field, defined within the message where it is one of its own. */
function typeText(field: string, schema: Schema, params: Map<string, string>, place: Place, inOneof: boolean): string {
  const { making } = place
  const known = (path: string, type: string): string => {
    making.imports.add(path)
    return `.${type}`
  }
  const logical = schema.name === undefined ? undefined : logicalTypes[schema.name]
  if (logical !== undefined) {
    if (schema.name === logicalNames.decimal) decimalParams(schema, params)
    return known(...logical)
  }
  if (names.isEnum(schema)) return enumText(schema, place)
  const given = schema.parameters?.[names.typeParameter]
  const wraps =
    making.config['wrapper.for.nullables'] &&
    schema.optional &&
    (!inOneof || schema.parameters?.[names.wrapperParameter] === 'true')
  const wrapper = wraps ? wrapperFor(schema, given) : undefined
  if (wrapper !== undefined) return known(wrappersFile, `google.protobuf.${wrapper}`)
  switch (schema.type) {
    case 'int8':
    case 'int16':
      params.set('connect.type', schema.type)
      return 'int32'
    case 'int32':
    case 'int64':
      return given ?? schema.type
    case 'float32':
      return 'float'
    case 'float64':
      return 'double'
    case 'boolean':
      return 'bool'
    case 'string':
    case 'bytes':
      return schema.type
    case 'map':
      return mapText(field, schema, place)
    case 'struct':
      return structText(field, schema, place)
    case 'array':
      throw dataInvalid(`Protobuf has no form for a list in the field ${field}.`)
  }
  return schema.type satisfies never
}

function structText(field: string, schema: Schema, { making, message, around, indent }: Place): string {
  const open = around.find(([fields]) => fields === schema.fields)
  if (open !== undefined) return open[1]
  const own = simpleName(schema, making)
  // A message and a field of it cannot have one name.
  const name = own === field ? `${own}Message` : own
  define(name, schema, message, () => messageText(name, schema, making, around, indent))
  return name
}

/** Once within a message; two of one name must be the same. */
function define(name: string, schema: Schema, { lines, types }: Message, text: () => string): void {
  const made = text()
  const before = types.get(name)
  if (before !== undefined && before !== made)
    throw dataInvalid(`The schema has two different types of the name ${name} (${schema.name ?? 'without a name'}).`)
  if (before === undefined) lines.push(made)
  types.set(name, made)
}

function mapText(field: string, schema: Schema, place: Place): string {
  const { making, message, around, indent } = place
  if (schema.items!.type === 'array' || schema.items!.type === 'map')
    throw dataInvalid(
      `Protobuf has no form for the field ${field}, a map of ${schema.items!.type}s; put them into a struct.`,
    )
  const name = names.entryName(simpleName(schema, making))
  const parts: Message = { lines: [], types: new Map() }
  const within = { making, message: parts, around, indent: `${indent}  ` }
  parts.lines.push(fieldText('key', schema.keys!, 1, within, false))
  parts.lines.push(fieldText('value', schema.items!, 2, within, false))
  define(name, schema, message, () => [`${indent}message ${name} {`, ...parts.lines, `${indent}}`].join('\n'))
  return name
}

function enumText(schema: Schema, { making, message, indent }: Place): string {
  const prefix = `${names.enumParameter}.`
  const name = checkName(schema.parameters![names.enumParameter]!)
  const values = Object.entries(schema.parameters!)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, number]) => `${indent}  ${fieldName(key.slice(prefix.length), making)} = ${number};`)
  define(name, schema, message, () => [`${indent}enum ${name} {`, ...values, `${indent}}`].join('\n'))
  return name
}

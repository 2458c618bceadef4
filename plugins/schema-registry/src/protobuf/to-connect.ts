import { logicalNames } from 'millrace/plugin'
import type { Field, Schema, SchemaType } from 'millrace/plugin'
import type { ProtobufConfig } from './keys.js'
import { isMapEntry, type MessageType, type ProtoField } from './model.js'
import * as names from './names.js'
import { wrappedType } from './wrappers.js'

interface Making {
  readonly config: ProtobufConfig
  /** Messages that are being made, each with the places that wait for it. */
  readonly open: Map<MessageType, { readonly target: Record<string, unknown>; readonly changes: Changes }[]>
}

interface Changes {
  readonly optional: boolean
  readonly parameters: Record<string, string>
}

/** A schema while its parts come together. */
interface Draft {
  readonly type: SchemaType
  optional: boolean
  name?: string
  version?: number
  readonly parameters: Record<string, string>
  readonly fields?: readonly Field[]
  readonly items?: Schema
  readonly keys?: Schema
}

/** Connect's schema of a message (ProtobufData.toConnectSchema). `version` is the subject's. */
export function connectSchemaOf(message: MessageType, version: number | undefined, config: ProtobufConfig): Schema {
  const made = messageSchema(message, { config, open: new Map() })
  return version === undefined ? made : Object.freeze({ ...made, version })
}

function messageSchema(message: MessageType, making: Making): Schema {
  const { config, open } = making
  const wrapped = config['wrapper.for.raw.primitives'] ? wrappedType(message.fullName) : undefined
  if (wrapped !== undefined) return finish(draft(wrapped))
  open.set(message, [])
  const fields = structFields(message, making)
  const made = finish({
    ...draft('struct'),
    name: config['enhanced.protobuf.schema.support'] ? message.fullName : message.name,
    fields: Object.freeze(fields),
  })
  for (const { target, changes } of open.get(message)!)
    Object.freeze(Object.assign(target, made, changes, { parameters: { ...made.parameters, ...changes.parameters } }))
  open.delete(message)
  return made
}

/** Oneofs come first, as in ProtobufData. */
function structFields(message: MessageType, making: Making): Field[] {
  const oneofs = new Map<string, ProtoField[]>()
  for (const field of message.fields)
    if (field.oneof !== undefined) oneofs.set(field.oneof.name, [...(oneofs.get(field.oneof.name) ?? []), field])
  const ordered = [...oneofs.values()].toSorted((a, b) => a[0]!.oneof!.index - b[0]!.oneof!.index)
  const flat = making.config['flatten.unions']
  const first = flat
    ? ordered.flat().map(field => ({ name: field.name, schema: fieldSchema(field, making) }))
    : ordered.map(members => ({
        name: unionField(members[0]!.oneof!, making.config),
        schema: unionSchema(message, members, making),
      }))
  const rest = message.fields.filter(({ oneof }) => oneof === undefined)
  return [...first, ...rest.map(field => ({ name: field.name, schema: fieldSchema(field, making) }))]
}

export function unionField(
  { name, index }: { readonly name: string; readonly index: number },
  config: ProtobufConfig,
): string {
  return config['generate.index.for.unions'] ? `${name}_${index}` : name
}

function unionSchema(message: MessageType, members: readonly ProtoField[], making: Making): Schema {
  const { name } = members[0]!.oneof!
  const full = making.config['enhanced.protobuf.schema.support'] ? `${message.fullName}.${name}` : name
  const fields = members.map(field => ({ name: field.name, schema: fieldSchema(field, making) }))
  return finish({ ...draft('struct'), name: names.unionPrefix + full, optional: true, fields: Object.freeze(fields) })
}

function fieldSchema(field: ProtoField, making: Making): Schema {
  const { config } = making
  const made = valueDraft(field, making)
  const isList = field.repeated && made.type !== 'map'
  const waits = made.type === 'struct' && field.type.kind === 'message' && making.open.has(field.type.of)
  const place = (changes: Changes): Schema =>
    waits ? placeOf(field, changes, making) : finish({ ...made, ...changes })
  const of: Draft = isList
    ? { ...draft('array'), optional: true, items: place({ optional: true, parameters: made.parameters }) }
    : made
  if (field.oneof !== undefined) {
    of.optional = true
    if (
      config['wrapper.for.nullables'] &&
      field.type.kind === 'message' &&
      wrappedType(field.type.of.fullName) !== undefined
    )
      of.parameters[names.wrapperParameter] = 'true'
  } else if (config['optional.for.nullables']) {
    if (field.optional) of.optional = true
  } else if (!config['wrapper.for.nullables']) of.optional = true
  of.parameters[names.tagParameter] = String(field.id)
  return isList ? finish(of) : place({ optional: of.optional, parameters: of.parameters })
}

/** Where the message that is being made will stand. */
function placeOf(field: ProtoField, changes: Changes, making: Making): Schema {
  const target: Record<string, unknown> = {}
  if (field.type.kind === 'message') making.open.get(field.type.of)!.push({ target, changes })
  return target as unknown as Schema
}

function draft(type: SchemaType): Draft {
  return { type, optional: false, parameters: {} }
}

/** Of one value, whether it is repeated or not. */
function valueDraft(field: ProtoField, making: Making): Draft {
  const { type, params } = field
  switch (type.kind) {
    case 'scalar':
      return scalarDraft(field)
    case 'enum': {
      const { name, fullName, values } = type.of
      const made = draft(making.config['int.for.enums'] ? 'int32' : 'string')
      made.name = making.config['enhanced.protobuf.schema.support'] ? fullName : name
      made.parameters[names.enumParameter] = name
      for (const [symbol, number] of values) made.parameters[`${names.enumParameter}.${symbol}`] = String(number)
      made.optional = true
      return made
    }
    case 'message':
      return { ...messageDraft(type.of, field.repeated, params, making), optional: true }
  }
  return type satisfies never
}

function messageDraft(
  message: MessageType,
  repeated: boolean,
  params: ReadonlyMap<string, string>,
  making: Making,
): Draft {
  const { config } = making
  const logical = (type: SchemaType, name: string): Draft => ({ ...draft(type), name, version: 1 })
  switch (message.fullName) {
    case names.decimalType: {
      const made = logical('bytes', logicalNames.decimal)
      made.parameters['scale'] = params.get('scale') ?? '0'
      const precision = params.get('precision')
      if (precision !== undefined) made.parameters['connect.decimal.precision'] = precision
      return made
    }
    case names.dateType:
      return logical('int32', logicalNames.date)
    case names.timeType:
      return logical('int32', logicalNames.time)
    case names.timestampType:
      return logical('int64', logicalNames.timestamp)
  }
  const wrapped = wrappedType(message.fullName)
  if (wrapped !== undefined && (config['wrapper.for.nullables'] || config['wrapper.for.raw.primitives']))
    return draft(wrapped)
  if (repeated && isMapEntry(message)) {
    const [key, value] = message.fields.map(field => fieldSchema(field, making))
    const name = names.mapName(config['enhanced.protobuf.schema.support'] ? message.fullName : message.name)
    return { ...draft('map'), name, keys: key!, items: value! }
  }
  // One that is being made is not made again: whoever asks waits for it.
  if (making.open.has(message)) return draft('struct')
  const { optional: _optional, parameters, ...made } = messageSchema(message, making)
  return { ...made, optional: false, parameters: { ...parameters } }
}

function scalarDraft({ type, params }: ProtoField): Draft {
  const scalar = type.kind === 'scalar' ? type.scalar : 'bytes'
  const marked = (of: SchemaType, plain: boolean): Draft => {
    const made = draft(of)
    if (!plain) made.parameters[names.typeParameter] = scalar
    return made
  }
  switch (scalar) {
    case 'int32':
    case 'sint32':
    case 'sfixed32': {
      const narrow = params.get('connect.type')
      return narrow === 'int8' || narrow === 'int16' ? draft(narrow) : marked('int32', scalar === 'int32')
    }
    case 'uint32':
    case 'fixed32':
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return marked('int64', scalar === 'int64')
    case 'float':
      return draft('float32')
    case 'double':
      return draft('float64')
    case 'bool':
      return draft('boolean')
    case 'string':
    case 'bytes':
      return draft(scalar)
  }
  return scalar satisfies never
}

function finish({ type, optional, name, version, parameters, fields, items, keys }: Draft): Schema {
  return Object.freeze({
    type,
    optional,
    ...(fields && { fields }),
    ...(items && { items }),
    ...(keys && { keys }),
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(Object.keys(parameters).length > 0 && { parameters: Object.freeze({ ...parameters }) }),
  })
}

import type protobuf from 'protobufjs'
import { Decimal } from 'millrace/plugin'
import type { Schema, Struct, Value } from 'millrace/plugin'
import * as checked from '../data/checked.js'
import { inField } from '../data/in-field.js'
import { logicalOf } from '../data/logical.js'
import { dataInvalid, schemaUnusable } from '../registry/failures.js'
import type { ProtobufConfig } from './keys.js'
import { writeDate, writeDecimal, writeTime, writeTimestamp } from './logical-messages.js'
import type { MessageType, ProtoField } from './model.js'
import * as names from './names.js'
import { isDefault, scalarValue, wireTypes, writeScalar } from './scalars.js'
import { wrappedType } from './wrappers.js'

type Writer = protobuf.Writer
/** Writes a value's payload, without its tag. */
type WritePayload = (writer: Writer, value: Value) => void
/** Writes the fields of a message. */
export type WriteMessage = (writer: Writer, value: Value) => void

interface Making {
  readonly config: ProtobufConfig
  readonly made: Map<Schema, Map<MessageType, WriteMessage>>
}

/** Compiles how data of a schema is written as a message; fields go by name. Fails with `schema_registry.schema_unusable` where the message lacks one. */
export function messageWriter(schema: Schema, message: MessageType, config: ProtobufConfig): WriteMessage {
  const making: Making = { config, made: new Map() }
  if (schema.type === 'struct' && !names.isUnionStruct(schema)) return structWriter(schema, message, making)
  const field = message.fields.find(({ name }) => name === 'value')
  if (field === undefined || wrappedType(message.fullName) === undefined)
    throw schemaUnusable(`Data of the type ${schema.type} cannot be written as the message ${message.fullName}.`)
  return wrapperWriter(schema, field)
}

/** What wrappers hold is left out where it is the default. */
function wrapperWriter(schema: Schema, field: ProtoField): WriteMessage {
  const scalar = scalarOf(field)
  return (writer, value) => {
    const plain = scalarValue(schema, value)
    if (isDefault(plain)) return
    writer.uint32((field.id << 3) | wireTypes[scalar])
    writeScalar(writer, scalar, plain)
  }
}

function scalarOf({ type, name }: ProtoField) {
  if (type.kind !== 'scalar') throw schemaUnusable(`The registered field ${name} is no plain value.`)
  return type.scalar
}

function structWriter(schema: Schema, message: MessageType, making: Making): WriteMessage {
  const before = making.made.get(schema)?.get(message)
  if (before !== undefined) return before
  const writes: { readonly id: number; readonly write: (writer: Writer, struct: Struct) => void }[] = []
  const ofSchema = making.made.get(schema) ?? new Map<MessageType, WriteMessage>()
  const made: WriteMessage = (writer, value) => {
    const struct = checked.structOf(value)
    for (const { write } of writes) write(writer, struct)
  }
  making.made.set(schema, ofSchema.set(message, made))
  for (const { name, schema: of } of schema.fields!) {
    const get = fieldGetter(name, of, making.config)
    if (names.isUnionStruct(of)) {
      // A union of which nothing is set is left out, as any other null.
      for (const member of of.fields!) {
        const read = checked.getterOf(member.name)
        const first = of.fields!.slice(0, of.fields!.indexOf(member)).map(({ name: own }) => checked.getterOf(own))
        const value = (struct: Struct): Value => {
          const union = get(struct)
          if (union === null) return null
          const fields = checked.structOf(union)
          return first.some(earlier => earlier(fields) !== null) ? null : read(fields)
        }
        writes.push(fieldWriter(member.name, member.schema, message, value, making))
      }
    } else writes.push(fieldWriter(name, of, message, get, making))
  }
  // In the order of their numbers, as Protobuf's own libraries write.
  writes.sort((a, b) => a.id - b.id)
  return made
}

function fieldGetter(name: string, schema: Schema, config: ProtobufConfig): (struct: Struct) => Value {
  const get = checked.getterOf(name)
  const fallback = config['ignore.default.for.nullables'] ? null : ((schema.default ?? null) as Value)
  return fallback === null ? get : struct => get(struct) ?? fallback
}

function fieldWriter(
  name: string,
  schema: Schema,
  message: MessageType,
  get: (struct: Struct) => Value,
  making: Making,
): { readonly id: number; readonly write: (writer: Writer, struct: Struct) => void } {
  const own = making.config['scrub.invalid.names'] ? names.scrub(name) : name
  const field = message.fields.find(of => of.name === own)
  if (field === undefined)
    throw schemaUnusable(`The message ${message.fullName} has no field ${own}, which the data has.`)
  const write = presentWriter(schema, field, making)
  return {
    id: field.id,
    write: (writer, struct) => {
      try {
        const value = get(struct)
        if (value !== null) write(writer, value)
      } catch (error) {
        throw inField(name, error)
      }
    },
  }
}

/** With its tag; a default that is the same as nothing is left out. */
function presentWriter(schema: Schema, field: ProtoField, making: Making): WritePayload {
  const tag = (wire: number): number => (field.id << 3) | wire
  if (schema.type === 'array') return listWriter(schema, field, making)
  if (schema.type === 'map') return mapWriter(schema, field, making)
  if (field.repeated) throw schemaUnusable(`The registered field ${field.name} is repeated, and the data is not.`)
  const { type } = field
  if (type.kind === 'message') {
    const write = messagePayload(schema, type.of, making)
    return (writer, value) => {
      writer.uint32(tag(2)).fork()
      write(writer, value)
      writer.ldelim()
    }
  }
  const scalar = type.kind === 'enum' ? 'int32' : type.scalar
  const plain = plainValue(schema, field)
  return (writer, value) => {
    const of = plain(value)
    if (!field.presence && isDefault(of)) return
    writer.uint32(tag(wireTypes[scalar]))
    writeScalar(writer, scalar, of)
  }
}

function plainValue(schema: Schema, { type }: ProtoField): (value: Value) => Value {
  if (type.kind !== 'enum') return value => scalarValue(schema, value)
  const numbers = new Map<Value, number>(type.of.values)
  if (schema.type === 'int32') return value => checked.whole('int32', value)
  return value => {
    const number =
      numbers.get(value) ?? Number(/^UNKNOWN_ENUM_VALUE_.*_(-?\d+)$/.exec(checked.stringOf(value))?.[1] ?? NaN)
    if (Number.isNaN(number)) throw dataInvalid(`${JSON.stringify(value)} is no symbol of ${type.of.fullName}.`)
    return number
  }
}

function listWriter(schema: Schema, field: ProtoField, making: Making): WritePayload {
  const { type, id, packed, name } = field
  if (!field.repeated) throw schemaUnusable(`The registered field ${name} is not repeated, and the data is a list.`)
  const items = schema.items!
  if (type.kind === 'message') {
    const write = messagePayload(items, type.of, making)
    return (writer, value) => {
      for (const item of checked.arrayOf(value)) {
        writer.uint32((id << 3) | 2).fork()
        write(writer, notNull(item))
        writer.ldelim()
      }
    }
  }
  const scalar = type.kind === 'enum' ? 'int32' : type.scalar
  const plain = plainValue(items, field)
  return (writer, value) => {
    const list = checked.arrayOf(value)
    if (list.length === 0) return
    if (packed && wireTypes[scalar] !== 2) {
      writer.uint32((id << 3) | 2).fork()
      for (const item of list) writeScalar(writer, scalar, plain(notNull(item)))
      writer.ldelim()
    } else
      for (const item of list) {
        writer.uint32((id << 3) | wireTypes[scalar])
        writeScalar(writer, scalar, plain(notNull(item)))
      }
  }
}

function notNull(item: Value): Value {
  if (item === null) throw dataInvalid('A list holds null, for which Protobuf has no form.')
  return item
}

function mapWriter(schema: Schema, field: ProtoField, making: Making): WritePayload {
  const { type, id, name } = field
  if (type.kind !== 'message' || !field.repeated) throw schemaUnusable(`The registered field ${name} is no map.`)
  const part = (own: string, of: Schema): WritePayload => {
    const found = type.of.fields.find(member => member.name === own)
    if (found === undefined) throw schemaUnusable(`The registered field ${name} is no map.`)
    return presentWriter(of, found, making)
  }
  const writeKey = part('key', schema.keys!)
  const writeValue = part('value', schema.items!)
  return (writer, value) => {
    for (const [key, of] of checked.entriesOf(value)) {
      writer.uint32((id << 3) | 2).fork()
      if (key !== null) writeKey(writer, key)
      if (of !== null) writeValue(writer, of)
      writer.ldelim()
    }
  }
}

/** The fields of a message that stands for a logical type, holds a plain value, or is a struct. */
function messagePayload(schema: Schema, message: MessageType, making: Making): WriteMessage {
  switch (logicalOf(schema)) {
    case 'decimal':
      return (writer, value) => {
        if (!(value instanceof Decimal)) throw dataInvalid('Invalid type for Decimal.')
        writeDecimal(writer, value)
      }
    case 'date':
      return writeDate
    case 'time':
      return writeTime
    case 'timestamp':
      return writeTimestamp
    case undefined:
  }
  if (schema.type === 'struct') return structWriter(schema, message, making)
  const field = message.fields.find(({ name }) => name === 'value')
  if (field === undefined || wrappedType(message.fullName) === undefined)
    throw schemaUnusable(`Data of the type ${schema.type} cannot be written as the message ${message.fullName}.`)
  return wrapperWriter(schema, field)
}

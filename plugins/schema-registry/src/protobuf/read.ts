import type protobuf from 'protobufjs'
import { setField } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { logicalOf } from '../data/logical.js'
import type { ProtobufConfig } from './keys.js'
import { eachField, readDate, readDecimal, readTime, readTimestamp } from './logical-messages.js'
import { isMapEntry, type MessageType, type ProtoField } from './model.js'
import { defaultOf, readScalar, wireTypes } from './scalars.js'
import { unionField } from './to-connect.js'
import { wrappedType } from './wrappers.js'

type Reader = protobuf.Reader
/** Reads the fields of a message, up to `end`. */
export type ReadMessage = (reader: Reader, end: number) => Value

interface Making {
  readonly config: ProtobufConfig
  readonly made: Map<MessageType, Map<Schema, ReadMessage>>
}

/** Compiles how a message is read as data of the schema made of it. */
export function messageReader(message: MessageType, schema: Schema, config: ProtobufConfig): ReadMessage {
  return readerOf(message, schema, { config, made: new Map() })
}

function readerOf(message: MessageType, schema: Schema, making: Making): ReadMessage {
  switch (logicalOf(schema)) {
    case 'decimal':
      return readDecimal
    case 'date':
      return readDate
    case 'time':
      return readTime
    case 'timestamp':
      return readTimestamp
    case undefined:
  }
  if (schema.type !== 'struct' && wrappedType(message.fullName) !== undefined) return wrapperReader(message)
  const before = making.made.get(message)?.get(schema)
  if (before !== undefined) return before
  let read: ReadMessage | undefined
  const ofMessage = making.made.get(message) ?? new Map<Schema, ReadMessage>()
  making.made.set(
    message,
    ofMessage.set(schema, (reader, end) => read!(reader, end)),
  )
  read = structReader(message, schema, making)
  return read
}

function wrapperReader({ fields }: MessageType): ReadMessage {
  const [field] = fields
  const scalar = field!.type.kind === 'scalar' ? field!.type.scalar : 'bytes'
  return (reader, end) => {
    let value = defaultOf(scalar)
    eachField(reader, end, (id, wire) => {
      if (id !== 1 || wire !== wireTypes[scalar]) return false
      value = readScalar(reader, scalar)
      return true
    })
    return value
  }
}

type Target = Record<string, Value>
interface Step {
  /** What is there before anything was read. */
  readonly initial: () => Value
  /** Says whether it took the field. */
  readonly take: (reader: Reader, wire: number, target: Target) => boolean
}

function structReader(message: MessageType, schema: Schema, making: Making): ReadMessage {
  const steps = new Map<number, Step>()
  const initial = new Map<string, () => Value>()
  const schemas = new Map(schema.fields!.map(({ name, schema: of }) => [name, of]))
  for (const field of message.fields) {
    if (field.oneof !== undefined && !making.config['flatten.unions']) {
      const name = unionField(field.oneof, making.config)
      const union = schemas.get(name)!
      const member = union.fields!.find(of => of.name === field.name)!.schema
      const step = fieldStep(field, member, making)
      initial.set(name, () => null)
      // The last of a oneof that was written is the one that is set.
      steps.set(field.id, {
        ...step,
        take: (reader, wire, target) => {
          const set: Target = {}
          if (!step.take(reader, wire, set)) return false
          setField(target, name, set)
          return true
        },
      })
      continue
    }
    const step = fieldStep(field, schemas.get(field.name)!, making)
    initial.set(field.name, step.initial)
    steps.set(field.id, step)
  }
  const start = [...initial]
  return (reader, end) => {
    const struct: Target = {}
    for (const [name, value] of start) setField(struct, name, value())
    eachField(reader, end, (id, wire) => steps.get(id)?.take(reader, wire, struct) ?? false)
    return struct
  }
}

function fieldStep(field: ProtoField, schema: Schema, making: Making): Step {
  const { type, name } = field
  if (type.kind === 'message') {
    if (field.repeated)
      return isMapEntry(type.of) && schema.type === 'map'
        ? mapStep(field, type.of, schema, making)
        : listStep(field, schema, making)
    const read = readerOf(type.of, schema, making)
    const generates =
      making.config['generate.struct.for.nulls'] && schema.type === 'struct' && field.oneof === undefined
    return {
      initial: () => (generates ? read(emptyReader, 0) : null),
      take: (reader, wire, target) => {
        if (wire !== 2) return false
        const length = reader.uint32()
        setField(target, name, read(reader, reader.pos + length))
        return true
      },
    }
  }
  if (field.repeated) return listStep(field, schema, making)
  const { scalar, read } = plainReader(field, schema)
  const unset = field.oneof !== undefined || (field.optional && (!field.proto2 || making.config['optional.for.proto2']))
  const fallback = unset ? null : plainDefault(field, schema)
  return {
    initial: () => fallback,
    take: (reader, wire, target) => {
      if (wire !== wireTypes[scalar]) return false
      setField(target, name, read(reader))
      return true
    },
  }
}

/** A reader of nothing: every field keeps its default. */
const emptyReader = { pos: 0 } as Reader

function plainReader(field: ProtoField, schema: Schema) {
  const { type } = field
  if (type.kind === 'enum') {
    const symbols = new Map(type.of.values.map(([name, number]) => [number, name]).toReversed() as [number, string][])
    const read = (reader: Reader): Value => {
      const number = reader.int32()
      if (schema.type === 'int32') return number
      return symbols.get(number) ?? `UNKNOWN_ENUM_VALUE_${type.of.name}_${number}`
    }
    return { scalar: 'int32' as const, read }
  }
  const scalar = type.kind === 'scalar' ? type.scalar : 'bytes'
  if (schema.type === 'int8') return { scalar, read: (reader: Reader): Value => (reader.int32() << 24) >> 24 }
  if (schema.type === 'int16') return { scalar, read: (reader: Reader): Value => (reader.int32() << 16) >> 16 }
  return { scalar, read: (reader: Reader): Value => readScalar(reader, scalar) }
}

function plainDefault({ type }: ProtoField, schema: Schema): Value {
  if (type.kind === 'enum') {
    const [first] = type.of.values
    return schema.type === 'int32' ? (first?.[1] ?? 0) : (first?.[0] ?? '')
  }
  return type.kind === 'scalar' ? defaultOf(type.scalar) : null
}

function listStep(field: ProtoField, schema: Schema, making: Making): Step {
  const { type, name } = field
  const items = schema.items!
  const push = (target: Target, value: Value): void => {
    const list = target[name]
    if (Array.isArray(list)) (list as Value[]).push(value)
  }
  if (type.kind === 'message') {
    const read = readerOf(type.of, items, making)
    return {
      initial: () => [],
      take: (reader, wire, target) => {
        if (wire !== 2) return false
        const length = reader.uint32()
        push(target, read(reader, reader.pos + length))
        return true
      },
    }
  }
  const { scalar, read } = plainReader(field, items)
  return {
    initial: () => [],
    take: (reader, wire, target) => {
      // Numbers may stand packed or one by one, whatever the schema says.
      if (wire === 2 && wireTypes[scalar] !== 2) {
        const end = reader.uint32() + reader.pos
        while (reader.pos < end) push(target, read(reader))
        return true
      }
      if (wire !== wireTypes[scalar]) return false
      push(target, read(reader))
      return true
    },
  }
}

function mapStep(field: ProtoField, entry: MessageType, schema: Schema, making: Making): Step {
  const { name } = field
  const [keyField, valueField] = entry.fields
  const key = fieldStep(keyField!, schema.keys!, making)
  const value = fieldStep(valueField!, schema.items!, making)
  return {
    initial: () => new Map<Value, Value>(),
    take: (reader, wire, target) => {
      if (wire !== 2) return false
      const end = reader.uint32() + reader.pos
      const parts: Target = { key: key.initial(), value: value.initial() }
      eachField(reader, end, (id, of) => {
        if (id === keyField!.id) return key.take(reader, of, parts)
        return id === valueField!.id && value.take(reader, of, parts)
      })
      const map = target[name]
      if (map instanceof Map) (map as Map<Value, Value>).set(parts['key']!, parts['value']!)
      return true
    },
  }
}

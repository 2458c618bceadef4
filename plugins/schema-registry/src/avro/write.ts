import type { Schema, Value } from 'millrace/plugin'
import * as checked from '../data/checked.js'
import { inField } from '../data/in-field.js'
import { dataInvalid, schemaUnusable } from '../registry/failures.js'
import { anythingType, writeAnything, writeBlock } from './anything.js'
import { avroName, isStringMap } from './from-connect.js'
import type { AvroConfig } from './keys.js'
import { simpleNameOf, type AvroField, type AvroType, type RecordType, type UnionType } from './model.js'
import { defaultName, enumParameter, isEnumString, isUnionStruct, scrub } from './names.js'
import type { AvroOutput } from './output.js'
import { mismatch, scalarWriter, type Write } from './write-scalar.js'
import { writeJson } from './write-json.js'

/** How writers of one schema are made; parts that hold themselves find the writer that is being made. */
export interface WriterMaking {
  readonly config: AvroConfig
  readonly made: Map<Schema, Map<AvroType, Write>>
}

/**
 * Compiles how data of a Connect schema is written as an Avro type: the one made of the schema, or another one that is
 * registered (`use.latest.version`), where fields go by name and those that the data lacks take their defaults. Fails with
 * `schema_registry.schema_unusable` where the two do not go together.
 */
export function writerOf(schema: Schema | undefined, type: AvroType, config: AvroConfig): Write {
  if (schema === undefined) {
    if (type.kind === 'record' && type.name === anythingType.name) return writeAnything
    throw schemaUnusable('Data without a schema can only be written as io.confluent.connect.avro.Anything.')
  }
  return partWriter(schema, type, { config, made: new Map() })
}

export function partWriter(schema: Schema, type: AvroType, making: WriterMaking): Write {
  const before = making.made.get(schema)?.get(type)
  if (before !== undefined) return before
  let write: Write | undefined
  const later: Write = (out, value) => write!(out, value)
  const ofSchema = making.made.get(schema) ?? new Map<AvroType, Write>()
  making.made.set(schema, ofSchema.set(type, later))
  write = isUnionStruct(schema)
    ? unionStructWriter(schema, type, making)
    : type.kind === 'union'
      ? unionWriter(schema, type, making)
      : refusingNull(schema, plainWriter(schema, type, making))
  ofSchema.set(type, write)
  return write
}

function refusingNull(schema: Schema, write: Write): Write {
  const message = schema.optional
    ? 'Found null value where the registered schema has no null.'
    : 'Found null value for non-optional schema'
  return (out, value) => {
    if (value === null || value === undefined) throw dataInvalid(message)
    write(out, value)
  }
}

function unionWriter(schema: Schema, type: UnionType, making: WriterMaking): Write {
  const nullAt = type.branches.findIndex(({ kind }) => kind === 'null')
  const at = branchFor(schema, type, making.config)
  const write = plainWriter(schema, type.branches[at]!, making)
  if (!schema.optional || nullAt < 0)
    return refusingNull(schema, (out, value) => {
      out.long(at)
      write(out, value)
    })
  return (out, value) => {
    if (value === null || value === undefined) {
      out.long(nullAt)
    } else {
      out.long(at)
      write(out, value)
    }
  }
}

/** A struct of which one field is set: that field's value, as the type of the union that is the field's. */
function unionStructWriter(schema: Schema, type: AvroType, making: WriterMaking): Write {
  if (type.kind !== 'union') throw mismatch(schema, type)
  const nullAt = type.branches.findIndex(({ kind }) => kind === 'null')
  const fields = schema.fields!.map(({ name, schema: of }) => {
    const at = branchFor(of, type, making.config)
    return { get: checked.getterOf(name), at, write: plainWriter(of, type.branches[at]!, making) }
  })
  return (out, value) => {
    if (value !== null && value !== undefined) {
      const struct = checked.structOf(value)
      for (const { get, at, write } of fields) {
        const set = get(struct)
        if (set === null) continue
        out.long(at)
        return write(out, set)
      }
    }
    if (!schema.optional || nullAt < 0) throw dataInvalid('Found null value for non-optional schema')
    out.long(nullAt)
  }
}

/** Which type of a union is the schema's own; else the first that could hold its data. */
function branchFor(schema: Schema, type: UnionType, config: AvroConfig): number {
  const name = schema.name === undefined ? undefined : avroName(schema.name, config)
  const exact = type.branches.findIndex(branch => isOwn(schema, name, branch, config))
  if (exact >= 0) return exact
  const wide = type.branches.findIndex(branch => couldHold(schema, branch))
  if (wide >= 0) return wide
  throw mismatch(schema, type)
}

function isOwn(schema: Schema, name: string | undefined, branch: AvroType, config: AvroConfig): boolean {
  switch (branch.kind) {
    case 'record':
      return (
        schema.type === 'struct' && (name === undefined ? branch.name.startsWith(defaultName) : branch.name === name)
      )
    case 'enum':
      return isEnumString(schema) && schema.parameters?.[enumParameter] === branch.name
    case 'fixed':
      return schema.type === 'bytes' && (branch.name === name || simpleNameOf(branch.name) === name)
    case 'array':
      return schema.type === 'array' || (schema.type === 'map' && !isStringMap(schema, config))
    case 'map':
      return schema.type === 'map' && isStringMap(schema, config)
    case 'string':
      return schema.type === 'string' && !(config['enhanced.avro.schema.support'] && isEnumString(schema))
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'union':
      return branch.kind === ownKinds[schema.type]
  }
  return branch satisfies never
}

const ownKinds: Readonly<Record<string, string>> = {
  int8: 'int',
  int16: 'int',
  int32: 'int',
  int64: 'long',
  float32: 'float',
  float64: 'double',
  boolean: 'boolean',
  bytes: 'bytes',
}

const wider: Readonly<Record<string, readonly string[]>> = {
  int8: ['int', 'long', 'float', 'double'],
  int16: ['int', 'long', 'float', 'double'],
  int32: ['int', 'long', 'float', 'double'],
  int64: ['long', 'float', 'double'],
  float32: ['float', 'double'],
  float64: ['double'],
  boolean: ['boolean'],
  string: ['string', 'enum', 'bytes'],
  bytes: ['bytes', 'fixed', 'string'],
  array: ['array'],
  map: ['map', 'array'],
  struct: ['record'],
}

function couldHold(schema: Schema, type: AvroType): boolean {
  return wider[schema.type]!.includes(type.kind)
}

/** Never called with null. */
function plainWriter(schema: Schema, type: AvroType, making: WriterMaking): Write {
  if (!couldHold(schema, type)) throw mismatch(schema, type)
  if (schema.type === 'map') return mapWriter(schema, type, making)
  if (schema.type === 'struct' && type.kind === 'record') return recordWriter(schema, type, making)
  if (schema.type === 'array' && type.kind === 'array') {
    const write = partWriter(schema.items!, type.items, making)
    return (out, value) => writeBlock(out, checked.arrayOf(value), item => write(out, item))
  }
  return scalarWriter(schema, type)
}

function mapWriter(schema: Schema, type: AvroType, making: WriterMaking): Write {
  if (type.kind === 'map' && schema.keys!.type === 'string') {
    const write = partWriter(schema.items!, type.values, making)
    return (out, value) =>
      writeBlock(out, [...checked.entriesOf(value)], ([key, of]) => {
        out.string(checked.stringOf(key))
        write(out, of)
      })
  }
  const entry = type.kind === 'array' && type.items.kind === 'record' ? type.items : undefined
  const [keyField, valueField] = entry?.fields ?? []
  if (keyField?.name !== 'key' || valueField?.name !== 'value') throw mismatch(schema, type)
  const writeKey = partWriter(schema.keys!, keyField.type, making)
  const writeValue = partWriter(schema.items!, valueField.type, making)
  return (out, value) =>
    writeBlock(out, [...checked.entriesOf(value)], ([key, of]) => {
      writeKey(out, key)
      writeValue(out, of)
    })
}

function recordWriter(schema: Schema, type: RecordType, making: WriterMaking): Write {
  const writes = type.fields.map(field => fieldWriter(schema, field, making))
  return (out, value) => {
    const struct = checked.structOf(value)
    for (const write of writes) write(out, struct)
  }
}

function fieldWriter(schema: Schema, field: AvroField, making: WriterMaking): (out: AvroOutput, struct: Value) => void {
  const { config } = making
  const own = schema.fields!.find(({ name }) => (config['scrub.invalid.names'] ? scrub(name) : name) === field.name)
  if (own === undefined) {
    if (field.default === undefined)
      throw schemaUnusable(
        `The registered schema has a field ${field.name} without a default, which the data does not have.`,
      )
    const { default: fallback } = field
    return out => writeJson(out, field.type, fallback)
  }
  const get = checked.getterOf(own.name)
  const write = partWriter(own.schema, field.type, making)
  const fallback = config['ignore.default.for.nullables'] ? undefined : (own.schema.default as Value | undefined)
  return (out, struct) => {
    try {
      write(out, get(struct as Readonly<Record<string, Value>>) ?? fallback)
    } catch (error) {
      throw inField(own.name, error)
    }
  }
}

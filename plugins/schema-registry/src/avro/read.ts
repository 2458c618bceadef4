import { setField } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { dateFromDays, dateFromMs, decimalFromBytes, logicalOf, scaleOf } from '../data/logical.js'
import { dataInvalid, schemaUnusable } from '../registry/failures.js'
import { anythingType, readAnything } from './anything.js'
import type { AvroInput } from './input.js'
import type { AvroConfig } from './keys.js'
import type { ArrayType, AvroType, EnumType, MapType, RecordType, UnionType } from './model.js'
import { isEntry, memberName, onlyBranch } from './to-connect.js'
import { valueFromJson } from './value-from-json.js'

export type Read = (input: AvroInput) => Value

interface Making {
  readonly config: AvroConfig
  /** By the two types and the schema: what holds itself finds the reader that is being made. */
  readonly made: Map<AvroType, Map<AvroType, Map<Schema, Read>>>
  /** By the schema of a map: that of its entries. */
  readonly entries: Map<Schema, Schema>
}

/**
 * Compiles how data that was written as one Avro type is read as another (mostly the same one), into the Connect schema
 * made of the latter. Fails with `schema_registry.schema_unusable` where Avro's rules of resolution do not let it.
 */
export function readerOf(written: AvroType, wanted: AvroType, schema: Schema | undefined, config: AvroConfig): Read {
  if (schema === undefined) {
    if (written.kind === 'record' && written.name === anythingType.name) return readAnything
    throw schemaUnusable('Data with a schema cannot be read as data without one.')
  }
  return partReader(written, wanted, schema, { config, made: new Map(), entries: new Map() })
}

function partReader(written: AvroType, wanted: AvroType, schema: Schema, making: Making): Read {
  const known = readersOf(written, wanted, making)
  const before = known.get(schema)
  if (before !== undefined) return before
  let read: Read | undefined
  known.set(schema, input => read!(input))
  read = makeReader(written, wanted, schema, making)
  known.set(schema, read)
  return read
}

function readersOf(written: AvroType, wanted: AvroType, { made }: Making): Map<Schema, Read> {
  const ofWritten = made.get(written) ?? new Map<AvroType, Map<Schema, Read>>()
  made.set(written, ofWritten)
  const ofWanted = ofWritten.get(wanted) ?? new Map<Schema, Read>()
  ofWritten.set(wanted, ofWanted)
  return ofWanted
}

function makeReader(written: AvroType, wanted: AvroType, schema: Schema, making: Making): Read {
  if (written.kind === 'union') return unionReader(written, wanted, schema, making)
  if (wanted.kind === 'union') return branchReader(written, wanted, schema, making)
  if (wanted.kind === 'array' && written.kind === 'array') return arrayReader(written, wanted, schema, making)
  if (wanted.kind === 'map' && written.kind === 'map') return mapReader(written, wanted, schema, making)
  if (wanted.kind === 'record' && written.kind === 'record') return recordReader(written, wanted, schema, making)
  if (wanted.kind === 'enum' && written.kind === 'enum') return enumReader(written, wanted)
  return scalarReader(written, wanted, schema)
}

function enumReader(written: EnumType, { name, symbols, default: fallback }: EnumType): Read {
  return input => {
    const symbol = written.symbols[input.int()]
    const known = symbol !== undefined && symbols.includes(symbol) ? symbol : fallback
    if (known === undefined) throw dataInvalid(`The data has a symbol that ${name} does not have.`)
    return known
  }
}

/** Each branch is read as what is wanted; one that cannot be is an error only for data that has it. */
function unionReader(written: UnionType, wanted: AvroType, schema: Schema, making: Making): Read {
  const branches = written.branches.map((branch): Read => {
    try {
      return wanted.kind === 'union'
        ? branchReader(branch, wanted, schema, making)
        : partReader(branch, wanted, schema, making)
    } catch (error) {
      return () => {
        throw error
      }
    }
  })
  return input => {
    const at = input.int()
    const read = branches[at]
    if (read === undefined) throw dataInvalid(`The data has the branch ${at} of a union of ${branches.length}.`)
    return read(input)
  }
}

/** As which type of a union something is read. */
function branchReader(written: AvroType, wanted: UnionType, schema: Schema, making: Making): Read {
  if (written.kind === 'null') {
    if (wanted.branches.some(({ kind }) => kind === 'null')) return () => null
    throw unresolvable(written, wanted)
  }
  const branch = bestBranch(written, wanted)
  if (onlyBranch(wanted, making.config) !== undefined) return partReader(written, branch, schema, making)
  const name = memberName(branch, making.config)
  const member = schema.fields!.find(field => field.name === name)!
  const read = partReader(written, branch, member.schema, making)
  return input => ({ [name]: read(input) })
}

function bestBranch(written: AvroType, wanted: UnionType): AvroType {
  const { branches } = wanted
  const name = 'name' in written ? written.name : undefined
  const found =
    branches.find(branch => branch === written) ??
    branches.find(
      branch => branch.kind === written.kind && (name === undefined || ('name' in branch && branch.name === name)),
    ) ??
    branches.find(branch => branch.kind === written.kind) ??
    branches.find(branch => promotions[written.kind]?.includes(branch.kind))
  if (found === undefined) throw unresolvable(written, wanted)
  return found
}

/** What Avro reads as what. */
const promotions: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

function arrayReader(written: ArrayType, wanted: ArrayType, schema: Schema, making: Making): Read {
  if (isEntry(wanted)) return entriesReader(written, wanted, schema, making)
  const read = partReader(written.items, wanted.items, schema.items!, making)
  return input => {
    const items: Value[] = []
    for (let left = input.block(); left > 0; left = input.block()) for (; left > 0; left--) items.push(read(input))
    return items
  }
}

function entriesReader(written: ArrayType, wanted: ArrayType, schema: Schema, making: Making): Read {
  const fields = (wanted.items as RecordType).fields.map(({ name }) => ({
    name,
    schema: name === 'key' ? schema.keys! : schema.items!,
  }))
  const entry: Schema = making.entries.get(schema) ?? { type: 'struct', optional: false, fields }
  making.entries.set(schema, entry)
  const read = partReader(written.items, wanted.items, entry, making)
  return input => {
    const map = new Map<Value, Value>()
    for (let left = input.block(); left > 0; left = input.block())
      for (; left > 0; left--) {
        const { key, value } = read(input) as Readonly<Record<string, Value>>
        map.set(key!, value!)
      }
    return map
  }
}

function mapReader(written: MapType, wanted: MapType, schema: Schema, making: Making): Read {
  const read = partReader(written.values, wanted.values, schema.items!, making)
  return input => {
    const map = new Map<Value, Value>()
    for (let left = input.block(); left > 0; left = input.block())
      for (; left > 0; left--) map.set(input.string(), read(input))
    return map
  }
}

function recordReader(written: RecordType, wanted: RecordType, schema: Schema, making: Making): Read {
  const found = new Set<string>()
  const steps = written.fields.map(field => {
    const at = wanted.fields.findIndex(({ name, aliases }) => name === field.name || aliases.includes(field.name))
    if (at < 0) return { name: undefined, read: skipper(field.type) }
    const { name, type } = wanted.fields[at]!
    found.add(name)
    return { name, read: partReader(field.type, type, schema.fields![at]!.schema, making) }
  })
  const defaults = wanted.fields.flatMap((field, at) => {
    if (found.has(field.name)) return []
    if (field.default === undefined)
      throw schemaUnusable(
        `The data has no field ${field.name}, and the schema that it is read by has no default for it.`,
      )
    const of = schema.fields![at]!.schema
    return [{ name: field.name, value: valueFromJson(field.type, of, field.default, making.config) ?? null }]
  })
  return input => {
    const struct: Record<string, Value> = {}
    for (const { name, read } of steps) {
      if (name === undefined) read(input)
      else if (name === '__proto__') setField(struct, name, read(input))
      else struct[name] = read(input)
    }
    for (const { name, value } of defaults) setField(struct, name, value)
    return struct
  }
}

/** Reads past something. */
function skipper(type: AvroType): Read {
  switch (type.kind) {
    case 'union': {
      const branches = type.branches.map(skipper)
      return input => branches[input.int()]?.(input) ?? null
    }
    case 'array':
    case 'map': {
      const read = lazy(() => skipper(type.kind === 'array' ? type.items : type.values))
      return input => {
        for (let left = input.block(); left > 0; left = input.block())
          for (; left > 0; left--) {
            if (type.kind === 'map') input.string()
            read(input)
          }
        return null
      }
    }
    case 'record': {
      const fields = type.fields.map(field => lazy(() => skipper(field.type)))
      return input => {
        for (const read of fields) read(input)
        return null
      }
    }
    case 'enum':
      return input => input.int()
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
    case 'bytes':
    case 'fixed':
      return scalarReader(type, type, { type: 'bytes', optional: false })
  }
  return type satisfies never
}

/** Made when first used: what holds itself would never be done. */
function lazy(make: () => Read): Read {
  let made: Read | undefined
  return input => (made ??= make())(input)
}

function scalarReader(written: AvroType, wanted: AvroType, schema: Schema): Read {
  if (written.kind !== wanted.kind && !promotions[written.kind]?.includes(wanted.kind))
    throw unresolvable(written, wanted)
  const convert = conversionOf(schema)
  switch (written.kind) {
    case 'null':
      return () => null
    case 'boolean':
      return input => input.byte() !== 0
    case 'int': {
      return convert ? input => convert(input.int()) : input => input.int()
    }
    case 'long':
      return wanted.kind !== 'long'
        ? input => Number(input.long())
        : convert
          ? input => convert(input.long())
          : input => input.long()
    case 'float':
      return input => input.float()
    case 'double':
      return input => input.double()
    case 'string':
      return wanted.kind === 'bytes' ? input => input.bytes() : input => input.string()
    case 'bytes':
      if (wanted.kind === 'string') return input => input.string()
      return convert ? input => convert(input.bytes()) : input => input.bytes()
    case 'fixed': {
      const { size } = written
      if (wanted.kind !== 'fixed' || wanted.size !== size) break
      return convert ? input => convert(input.fixed(size)) : input => input.fixed(size)
    }
    case 'array':
    case 'map':
    case 'record':
    case 'enum':
    case 'union':
  }
  throw unresolvable(written, wanted)
}

/** From the type below a logical type, and from an int to the narrower ones of Connect; undefined where nothing is to be done. */
function conversionOf(schema: Schema): ((value: Value) => Value) | undefined {
  switch (logicalOf(schema)) {
    case 'decimal': {
      const scale = scaleOf(schema)
      return value => decimalFromBytes(value as Buffer, scale)
    }
    case 'date':
      return value => dateFromDays(value as number)
    case 'time':
    case 'timestamp':
      return value => dateFromMs(value as number | bigint)
    case undefined:
  }
  if (schema.type === 'int8') return value => ((value as number) << 24) >> 24
  if (schema.type === 'int16') return value => ((value as number) << 16) >> 16
  return undefined
}

function unresolvable(written: AvroType, wanted: AvroType): Error {
  return schemaUnusable(`Data that was written as the Avro type ${written.kind} cannot be read as ${wanted.kind}.`)
}

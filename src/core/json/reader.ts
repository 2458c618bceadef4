import type { Schema, SchemaType } from '../schema.js'
import { Decimal, Float64, setField } from '../value.js'
import type { Value } from '../value.js'
import { invalidValue } from './failure.js'
import {
  dateFromDays,
  decimalFromBytes,
  logicalTypeOf,
  scaleOf,
  timeFromMillis,
  timestampFromMillis,
} from './logical.js'
import type { LogicalType } from './logical.js'
import { int64, parseDecimal, wholePart } from './number.js'
import { JsonNumber } from './parse.js'
import type { JsonNode } from './parse.js'
import { fromBase64 } from './text.js'

export interface ReadOptions {
  /** A null or an absent field under a schema with a default is read as the default. */
  readonly replaceNullWithDefault: boolean
}

/** Turns JSON, read by `parseExact`, into a value of one schema. */
export type Read = (node: JsonNode | undefined) => Value

/**
 * Compiles the reader of a schema, by the rules of Connect's JsonConverter, the odd ones included: a plain type that
 * does not fit is not an error but becomes 0, false or null, and integers wrap. Throws `data.value_invalid`.
 *
 * `place` is given within a struct: there Java checks the fields it sets, so a null that came of a misfit is refused
 * where the schema does not allow it.
 */
export function jsonReader(schema: Schema, options: ReadOptions, place?: string): Read {
  const read = compile(schema, options, place)
  const standIn = (schema.default ?? null) as Value
  const onNull =
    standIn !== null && options.replaceNullWithDefault
      ? () => standIn
      : () => {
          if (schema.optional) return null
          throw invalidValue(`Invalid null value for required ${schema.type.toUpperCase()} field`)
        }
  return node => (node === null || node === undefined ? onNull() : read(node))
}

type ReadSome = (node: Exclude<JsonNode, null>) => Value

function compile(schema: Schema, options: ReadOptions, place: string | undefined): ReadSome {
  const logical = logicalTypeOf(schema)
  return logical === undefined ? plainReaders[schema.type](schema, options, place) : logicalReaders[logical](schema)
}

const plainReaders: Record<SchemaType, (schema: Schema, options: ReadOptions, place: string | undefined) => ReadSome> =
  {
    int8: () => node => (int32(node) << 24) >> 24,
    int16: () => node => (int32(node) << 16) >> 16,
    int32: () => int32,
    int64: () => long,
    float32: () => node => Math.fround(double(node)),
    float64: () => double,
    boolean: () => node => node === true,
    string: (schema, _, place) => orNull(schema, place, node => (typeof node === 'string' ? node : null)),
    bytes: (schema, _, place) => orNull(schema, place, bytes),
    array: arrayReader,
    map: mapReader,
    struct: structReader,
  }

function orNull(schema: Schema, place: string | undefined, read: ReadSome): ReadSome {
  if (place === undefined || schema.optional) return read
  return node => {
    const value = read(node)
    if (value !== null) return value
    throw nullUsed(place, schema)
  }
}

function nullUsed(place: string, schema: Schema): Error {
  return invalidValue(`Invalid value: null used for required ${place}, schema type: ${schema.type.toUpperCase()}`)
}

/** The low 32 bits of a number's whole part; 0 of anything else (Jackson's `intValue`). */
function int32(node: JsonNode): number {
  if (typeof node === 'number') return node | 0
  const whole = wholeOf(node)
  return whole === undefined ? 0 : Number(BigInt.asIntN(32, whole))
}

function long(node: JsonNode): number | bigint {
  if (typeof node === 'number') return Math.trunc(node) + 0
  const whole = wholeOf(node)
  return whole === undefined ? 0 : int64(whole)
}

function wholeOf(node: JsonNode): bigint | undefined {
  if (typeof node === 'bigint') return node
  return node instanceof JsonNumber ? wholePart(decimalOf(node.text)) : undefined
}

function double(node: JsonNode): number {
  if (typeof node === 'number') return node
  if (typeof node === 'bigint') return Number(node)
  return node instanceof JsonNumber ? Number(node.text) + 0 : 0
}

function decimalOf(text: string): Decimal {
  const decimal = parseDecimal(text)
  if (decimal === undefined) throw invalidValue(`The number ${text} has too large an exponent.`)
  return decimal
}

function bytes(node: JsonNode): Value {
  if (typeof node !== 'string') return null
  const decoded = fromBase64(node)
  if (decoded === undefined) throw invalidValue('Invalid bytes field')
  return decoded
}

function decimalOfBase64(schema: Schema, text: string): Decimal {
  const raw = fromBase64(text)
  if (raw === undefined || raw.length === 0 || schema.parameters?.['scale'] === undefined)
    throw invalidValue('Invalid bytes for Decimal field')
  return decimalFromBytes(raw, scaleOf(schema))
}

const isInt32 = (node: JsonNode): node is number => typeof node === 'number' && (node | 0) === node

const logicalReaders: Record<LogicalType, (schema: Schema) => ReadSome> = {
  decimal: schema => node => {
    if (typeof node === 'number') return decimalOf(String(node))
    if (typeof node === 'bigint') return new Decimal(node, 0)
    if (node instanceof JsonNumber) return decimalOf(node.text)
    if (typeof node === 'string') return decimalOfBase64(schema, node)
    throw misfit('Decimal', 'numeric or bytes', node)
  },
  date: () => node => {
    if (isInt32(node)) return dateFromDays(node)
    throw misfit('Date', 'integer', node)
  },
  time: () => node => {
    if (isInt32(node)) return timeFromMillis(node)
    throw misfit('Time', 'integer', node)
  },
  timestamp: () => node => {
    if (typeof node === 'bigint') return timestampFromMillis(int64(node))
    if (typeof node === 'number' && Number.isInteger(node)) return timestampFromMillis(node)
    throw misfit('Timestamp', 'integral', node)
  },
}

function misfit(type: string, wanted: string, node: JsonNode): Error {
  return invalidValue(
    `Invalid type for ${type}, underlying representation should be ${wanted} but was ${nodeType(node)}`,
  )
}

/** Jackson's name for a kind of node. */
function nodeType(node: JsonNode): string {
  if (node === null) return 'NULL'
  if (typeof node === 'number' || typeof node === 'bigint') return 'NUMBER'
  if (node instanceof JsonNumber || node instanceof Float64) return 'NUMBER'
  if (typeof node !== 'object') return typeof node === 'string' ? 'STRING' : 'BOOLEAN'
  return Array.isArray(node) ? 'ARRAY' : 'OBJECT'
}

type JsonObject = { readonly [key: string]: JsonNode }

function isObject(node: JsonNode): node is JsonObject {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof JsonNumber)
}

function arrayReader(schema: Schema, options: ReadOptions, place: string | undefined): ReadSome {
  const item = itemReader(schema.items, options, within('element of array', place))
  return node => {
    if (Array.isArray(node)) return node.map(part => item(part as JsonNode))
    // Java iterates over whatever node stands here: an object's values, and nothing of a plain value.
    return isObject(node) ? Object.values(node).map(part => item(part)) : []
  }
}

function within(part: string, place: string | undefined): string | undefined {
  return place === undefined ? undefined : `${part} ${place}`
}

function itemReader(schema: Schema | undefined, options: ReadOptions, place: string | undefined): Read {
  return schema === undefined ? schemalessValue : jsonReader(schema, options, place)
}

function mapReader(schema: Schema, options: ReadOptions, place: string | undefined): ReadSome {
  const key = itemReader(schema.keys, options, within('key of map', place))
  const item = itemReader(schema.items, options, within('value of map', place))
  if (schema.keys === undefined || schema.keys.type === 'string')
    return node => {
      if (!isObject(node))
        throw invalidValue(`Maps with string fields should be encoded as JSON objects, but found ${nodeType(node)}`)
      return new Map(Object.entries(node).map(([name, part]) => [name, item(part)]))
    }
  return node => {
    if (!Array.isArray(node))
      throw invalidValue(
        `Maps with non-string fields should be encoded as JSON array of tuples, but found ${nodeType(node)}`,
      )
    const map = new Map<Value, Value>()
    for (const entry of node as readonly JsonNode[]) {
      if (!Array.isArray(entry))
        throw invalidValue(`Found invalid map entry instead of array tuple: ${nodeType(entry)}`)
      if (entry.length !== 2)
        throw invalidValue(`Found invalid map entry, expected length 2 but found :${entry.length}`)
      map.set(key(entry[0] as JsonNode), item(entry[1] as JsonNode))
    }
    return map
  }
}

function structReader(schema: Schema, options: ReadOptions): ReadSome {
  const fields = (schema.fields ?? []).map(({ name, schema }) => ({
    name,
    inherited: name in Object.prototype,
    read: jsonReader(schema, options, `field: "${name}"`),
  }))
  return node => {
    if (!isObject(node)) throw invalidValue(`Structs should be encoded as JSON objects, but found ${nodeType(node)}`)
    const struct: Record<string, Value> = {}
    for (const { name, inherited, read } of fields) {
      if (inherited) setField(struct, name, read(Object.hasOwn(node, name) ? node[name] : undefined))
      else struct[name] = read(node[name])
    }
    return struct
  }
}

/**
 * JSON as schemaless data by the converter's rules: integers wrap to 64 bits, all other numbers are doubles, objects
 * are maps. Changes the tree it is given, which `parseJson` made.
 */
export function schemalessValue(node: JsonNode | undefined): Value {
  if (typeof node === 'bigint') return int64(node)
  if (node instanceof JsonNumber) {
    const number = Number(node.text) + 0
    return Number.isInteger(number) ? new Float64(number) : number
  }
  if (typeof node !== 'object' || node === null || node instanceof Float64) return node ?? null
  const parts = node as Record<string, JsonNode | Value>
  for (const key of Object.keys(parts)) {
    const part = parts[key] as JsonNode
    if (typeof part === 'bigint' || (typeof part === 'object' && part !== null)) parts[key] = schemalessValue(part)
  }
  return node as Value
}

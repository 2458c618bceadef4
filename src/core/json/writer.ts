import type { Schema, SchemaType } from '../schema.js'
import { Decimal, Float64 } from '../value.js'
import type { Value } from '../value.js'
import { invalidValue } from './failure.js'
import { dateToDays, decimalToBytes, logicalTypeOf, scaleOf, timeToMillis, timestampToMillis } from './logical.js'
import type { LogicalType } from './logical.js'
import { decimalText, floatText } from './number.js'
import { quoteUnlessFinite, stringifyJson } from './schemaless.js'
import { fieldsWriter } from './fields-writer.js'
import { isStruct, kindOf } from './struct.js'
import { base64, jsonString } from './text.js'

export interface WriteOptions {
  /** `BASE64`: the unscaled bytes; `NUMERIC`: a number with all its digits. */
  readonly decimalFormat: 'BASE64' | 'NUMERIC'
  /** A null under a schema with a default is written as the default. */
  readonly replaceNullWithDefault: boolean
}

/** Turns a value of one schema into JSON text. */
export type Write = (value: Value | undefined) => string

/**
 * Compiles writers, one per schema instance and kept as long as it lives, by the rules of Connect's JsonConverter.
 * A value that does not fit its schema fails with `data.value_invalid`.
 */
export function jsonWriters(options: WriteOptions): (schema: Schema) => Write {
  const compiled = new WeakMap<Schema, Write>()
  const writerOf = (schema: Schema): Write => {
    let write = compiled.get(schema)
    if (write === undefined) {
      write = withNulls(schema, compile(schema), options)
      compiled.set(schema, write)
    }
    return write
  }
  const compile = (schema: Schema): Write => {
    const logical = logicalTypeOf(schema)
    return logical === undefined ? plainWriters[schema.type](schema, writerOf) : logicalWriter(schema, logical, options)
  }
  return writerOf
}

function withNulls(schema: Schema, write: Write, { replaceNullWithDefault }: WriteOptions): Write {
  const standIn = (schema.default ?? null) as Value
  if (standIn !== null && replaceNullWithDefault) return value => write(value ?? standIn)
  if (schema.optional) return value => (value === null || value === undefined ? 'null' : write(value))
  return value => {
    if (value === null || value === undefined)
      throw invalidValue('Conversion error: null value for field that is required and has no default value')
    return write(value)
  }
}

function mismatch(schema: Schema, value: unknown): never {
  throw invalidValue(`Invalid type for ${schema.type.toUpperCase()}: ${kindOf(value)}`)
}

/** Names, states and times are the same in many records that follow each other: the last text is kept. */
function remembering(write: Write): Write {
  let last: Value | undefined
  let lastText = ''
  return value => {
    if (value === last && value !== undefined) return lastText
    lastText = write(value)
    last = value
    return lastText
  }
}

function integerWriter(schema: Schema, bits: 8 | 16 | 32): Write {
  const unused = 32 - bits
  return value => {
    if (typeof value !== 'number' || (value << unused) >> unused !== value) mismatch(schema, value)
    return `${value}`
  }
}

const plainWriters: Record<SchemaType, (schema: Schema, writerOf: (schema: Schema) => Write) => Write> = {
  int8: schema => integerWriter(schema, 8),
  int16: schema => integerWriter(schema, 16),
  int32: schema => integerWriter(schema, 32),
  int64: schema =>
    remembering(value => {
      if (typeof value === 'number' && Number.isSafeInteger(value)) return `${value}`
      if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return `${value}`
      return mismatch(schema, value)
    }),
  float32: schema => value => {
    const number = value instanceof Float64 ? value.value : value
    if (typeof number !== 'number') return mismatch(schema, value)
    return Number.isFinite(Math.fround(number)) ? floatText(number) : quoteUnlessFinite(Math.fround(number))
  },
  float64: schema => value => {
    const number = value instanceof Float64 ? value.value : value
    return typeof number === 'number' ? quoteUnlessFinite(number) : mismatch(schema, value)
  },
  boolean: schema => value => (typeof value === 'boolean' ? `${value}` : mismatch(schema, value)),
  string: schema => remembering(value => (typeof value === 'string' ? jsonString(value) : mismatch(schema, value))),
  bytes: schema => value => (value instanceof Uint8Array ? `"${base64(value)}"` : mismatch(schema, value)),
  array: arrayWriter,
  map: mapWriter,
  struct: structWriter,
}

function logicalWriter(schema: Schema, logical: LogicalType, options: WriteOptions): Write {
  if (logical === 'decimal') {
    const text =
      options.decimalFormat === 'NUMERIC'
        ? decimalText
        : (value: Decimal) => `"${decimalToBytes(value, scaleOf(schema)).toString('base64')}"`
    return value => {
      if (value instanceof Decimal) return text(value)
      throw invalidValue(`Invalid type for Decimal, expected Decimal but was ${kindOf(value)}`)
    }
  }
  const number = { date: dateToDays, time: timeToMillis, timestamp: timestampToMillis }[logical]
  return value => {
    if (value instanceof Date) return `${number(value)}`
    const title = logical[0]?.toUpperCase() + logical.slice(1)
    throw invalidValue(`Invalid type for ${title}, expected Date but was ${kindOf(value)}`)
  }
}

function arrayWriter(schema: Schema, writerOf: (schema: Schema) => Write): Write {
  const item = schema.items === undefined ? stringifyJson : writerOf(schema.items)
  return value => {
    if (!Array.isArray(value)) return mismatch(schema, value)
    let text = '['
    for (let i = 0; i < value.length; i++) text += i === 0 ? item(value[i] as Value) : `,${item(value[i] as Value)}`
    return `${text}]`
  }
}

function mapWriter(schema: Schema, writerOf: (schema: Schema) => Write): Write {
  const key = schema.keys === undefined ? stringifyJson : writerOf(schema.keys)
  const item = schema.items === undefined ? stringifyJson : writerOf(schema.items)
  const asObject = schema.keys?.type === 'string'
  return value => {
    const entries = value instanceof Map ? value : asObject && isStruct(value) ? Object.entries(value) : undefined
    if (entries === undefined) return mismatch(schema, value)
    const parts: string[] = []
    for (const [entryKey, entryValue] of entries as Iterable<[Value, Value]>) {
      const name = key(entryKey)
      // An optional string key that is null becomes the name "null", as in Java.
      parts.push(
        asObject ? `${name === 'null' ? '"null"' : name}:${item(entryValue)}` : `[${name},${item(entryValue)}]`,
      )
    }
    return asObject ? `{${parts.join()}}` : `[${parts.join()}]`
  }
}

function structWriter(schema: Schema, writerOf: (schema: Schema) => Write): Write {
  const write = fieldsWriter((schema.fields ?? []).map(field => ({ name: field.name, write: writerOf(field.schema) })))
  /** A frozen struct is the same for many records, as the source of a change is: its text is kept for the next. */
  let last: Value = null
  let lastText = ''
  return value => {
    if (value === last && value !== null) return lastText
    if (!isStruct(value)) return mismatch(schema, value)
    const text = write(value)
    if (Object.isFrozen(value)) {
      last = value
      lastText = text
    }
    return text
  }
}

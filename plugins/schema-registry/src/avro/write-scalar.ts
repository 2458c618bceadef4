import type { Schema, Value } from 'millrace/plugin'
import * as checked from '../data/checked.js'
import { daysOf, decimalBytes, invalid, logicalOf, scaleOf, timeOf, timestampOf } from '../data/logical.js'
import { dataInvalid, schemaUnusable } from '../registry/failures.js'
import type { AvroType } from './model.js'
import type { AvroOutput } from './output.js'

export type Write = (out: AvroOutput, value: Value | undefined) => void

/** How data without parts is written. Never called with null. */
export function scalarWriter(schema: Schema, type: AvroType): Write {
  const base = baseOf(schema)
  switch (type.kind) {
    case 'int':
    case 'long':
      return (out, value) => out.long(base(value) as number | bigint)
    case 'float':
      return (out, value) => out.float(Number(base(value)))
    case 'double':
      return (out, value) => out.double(Number(base(value)))
    case 'boolean':
      return (out, value) => out.byte(base(value) ? 1 : 0)
    case 'string':
      return schema.type === 'bytes'
        ? (out, value) => out.bytes(base(value) as Uint8Array)
        : (out, value) => out.string(base(value) as string)
    case 'bytes':
      return schema.type === 'string'
        ? (out, value) => out.string(base(value) as string)
        : (out, value) => out.bytes(base(value) as Uint8Array)
    case 'fixed': {
      const pad = logicalOf(schema) === 'decimal'
      return (out, value) => {
        const bytes = base(value) as Uint8Array
        if (pad && bytes.length < type.size)
          out.fixed(Buffer.alloc(type.size - bytes.length, bytes[0]! & 0x80 ? 0xff : 0))
        else if (bytes.length !== type.size)
          throw dataInvalid(`${bytes.length} bytes do not fit the ${type.size} of ${type.name}.`)
        out.fixed(bytes)
      }
    }
    case 'enum': {
      const index = new Map(type.symbols.map((symbol, at) => [symbol, at]))
      return (out, value) => {
        const at = index.get(base(value) as string)
        if (at === undefined) throw dataInvalid(`${JSON.stringify(value)} is no symbol of ${type.name}.`)
        out.long(at)
      }
    }
    case 'null':
    case 'array':
    case 'map':
    case 'record':
    case 'union':
      throw mismatch(schema, type)
  }
  return type satisfies never
}

/** A value as the type below its schema, checked. */
function baseOf(schema: Schema): (value: Value | undefined) => Value {
  switch (logicalOf(schema)) {
    case 'decimal': {
      const scale = scaleOf(schema)
      return value => decimalBytes(value, scale)
    }
    case 'date':
      return daysOf
    case 'time':
      return timeOf
    case 'timestamp':
      return timestampOf
    case undefined:
  }
  const { type } = schema
  switch (type) {
    case 'int8':
    case 'int16':
    case 'int32':
      return value => checked.whole(type, value)
    case 'int64':
      return checked.int64Of
    case 'float32':
      return value => checked.floatOf('FLOAT32', value)
    case 'float64':
      return value => checked.floatOf('FLOAT64', value)
    case 'boolean':
      return checked.booleanOf
    case 'string':
      return checked.stringOf
    case 'bytes':
      return checked.bytesOf
    case 'array':
    case 'map':
    case 'struct':
      throw invalid(type.toUpperCase(), null)
  }
  return type satisfies never
}

export function mismatch(schema: Schema, type: AvroType): Error {
  return schemaUnusable(
    `Data of the type ${schema.type.toUpperCase()}${schema.name === undefined ? '' : ` (${schema.name})`} cannot be written as the Avro type ${type.kind}.`,
  )
}

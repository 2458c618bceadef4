import type protobuf from 'protobufjs'
import type { Schema, Value } from 'millrace/plugin'
import * as checked from '../data/checked.js'
import { invalid } from '../data/logical.js'
import { fromWords, wordsOf } from './int64.js'
import type { ScalarKind } from './model.js'

/** How the payload of each type ends: 0 by itself, 1 after eight bytes, 2 after a length, 5 after four bytes. */
export const wireTypes: Readonly<Record<ScalarKind, 0 | 1 | 2 | 5>> = {
  double: 1,
  float: 5,
  int32: 0,
  int64: 0,
  uint32: 0,
  uint64: 0,
  sint32: 0,
  sint64: 0,
  fixed32: 5,
  fixed64: 1,
  sfixed32: 5,
  sfixed64: 1,
  bool: 0,
  string: 2,
  bytes: 2,
}

/** A value checked by its schema. */
export function scalarValue(schema: Schema, value: Value): Value {
  const { type } = schema
  switch (type) {
    case 'int8':
    case 'int16':
    case 'int32':
      return checked.whole(type, value)
    case 'int64':
      return checked.int64Of(value)
    case 'float32':
      return Math.fround(checked.floatOf('FLOAT32', value))
    case 'float64':
      return checked.floatOf('FLOAT64', value)
    case 'boolean':
      return checked.booleanOf(value)
    case 'string':
      return checked.stringOf(value)
    case 'bytes':
      return checked.bytesOf(value)
    case 'array':
    case 'map':
    case 'struct':
      throw invalid('a plain value', value)
  }
  return type satisfies never
}

/** Whether a field without presence need not be written. Minus zero is not zero. */
export function isDefault(value: Value): boolean {
  return Object.is(value, 0) || value === false || value === '' || (value instanceof Uint8Array && value.length === 0)
}

export function writeScalar(writer: protobuf.Writer, kind: ScalarKind, value: Value): void {
  switch (kind) {
    case 'double':
    case 'float':
      writer[kind](Number(value))
      return
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      writer[kind](within(value, -(2 ** 31), 2 ** 31, kind))
      return
    case 'uint32':
    case 'fixed32':
      writer[kind](within(value, 0, 2 ** 32, kind))
      return
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      writer[kind](wordsOf(checked.int64Of(value)))
      return
    case 'bool':
      writer.bool(checked.booleanOf(value))
      return
    case 'string':
      writer.string(checked.stringOf(value))
      return
    case 'bytes':
      writer.bytes(checked.bytesOf(value))
      return
  }
  kind satisfies never
}

function within(value: Value, least: number, below: number, kind: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < least || number >= below) throw invalid(kind, value)
  return number
}

export function readScalar(reader: protobuf.Reader, kind: ScalarKind): Value {
  switch (kind) {
    case 'double':
    case 'float':
    case 'int32':
    case 'sint32':
    case 'sfixed32':
    case 'uint32':
    case 'fixed32':
    case 'bool':
    case 'string':
      return reader[kind]()
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return fromWords(reader[kind]())
    // Connect has no unsigned numbers: beyond 2^63 they are negative, as in Java.
    case 'uint64':
      return fromWords(reader.int64())
    case 'fixed64':
      return fromWords(reader.sfixed64())
    case 'bytes':
      return Buffer.from(reader.bytes())
  }
  return kind satisfies never
}

export function defaultOf(kind: ScalarKind): Value {
  switch (kind) {
    case 'bool':
      return false
    case 'string':
      return ''
    case 'bytes':
      return Buffer.alloc(0)
    case 'double':
    case 'float':
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
    case 'sint32':
    case 'sint64':
    case 'fixed32':
    case 'fixed64':
    case 'sfixed32':
    case 'sfixed64':
      return 0
  }
  return kind satisfies never
}

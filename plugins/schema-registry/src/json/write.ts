import { decimalText, floatText, Float64, jsonString, stringifyJson } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import * as checked from '../data/checked.js'
import { daysOf, decimalBytes, decimalOf, logicalOf, scaleOf, timeOf, timestampOf } from '../data/logical.js'
import { inField } from '../data/in-field.js'
import { isNumeric, type JsonConfig } from './keys.js'
import { isStringMap, isUnionStruct } from './names.js'

/** JSON text of a value; undefined where it has none: a null that is not optional is left out of its struct. */
export type Write = (value: Value | undefined) => string | undefined

/** Compiles how data of a schema is written, as JsonSchemaData does it. */
export function jsonWriter(schema: Schema, config: JsonConfig): Write {
  const made = new Map<Schema, Write>()
  const writerOf = (of: Schema): Write => {
    const before = made.get(of)
    if (before !== undefined) return before
    let plain: ((value: Value) => string) | undefined
    const fallback = of.default as Value | undefined
    const replaces = fallback !== undefined && fallback !== null && !config['ignore.default.for.nullables']
    const write: Write = value => {
      if (value !== null && value !== undefined) return plain!(value)
      if (replaces) return plain!(fallback)
      return of.optional ? 'null' : undefined
    }
    made.set(of, write)
    plain = plainWriter(of, writerOf, config)
    return write
  }
  return writerOf(schema)
}

function plainWriter(schema: Schema, writerOf: (of: Schema) => Write, config: JsonConfig): (value: Value) => string {
  switch (logicalOf(schema)) {
    case 'decimal': {
      const scale = scaleOf(schema)
      return isNumeric(config)
        ? value => decimalText(decimalOf(value, scale))
        : value => base64(decimalBytes(value, scale))
    }
    case 'date':
      return value => String(daysOf(value))
    case 'time':
      return value => String(timeOf(value))
    case 'timestamp':
      return value => String(timestampOf(value))
    case undefined:
  }
  const { type } = schema
  switch (type) {
    case 'int8':
    case 'int16':
    case 'int32':
      return value => String(checked.whole(type, value))
    case 'int64':
      return value => String(checked.int64Of(value))
    case 'float32':
      return value => floatJson(checked.floatOf('FLOAT32', value))
    case 'float64':
      return value => stringifyJson(new Float64(checked.floatOf('FLOAT64', value)))
    case 'boolean':
      return value => String(checked.booleanOf(value))
    case 'string':
      return value => jsonString(checked.stringOf(value))
    case 'bytes':
      return value => base64(checked.bytesOf(value))
    case 'array': {
      const write = writerOf(schema.items!)
      return value =>
        `[${checked
          .arrayOf(value)
          .map(item => write(item) ?? 'null')
          .join()}]`
    }
    case 'map':
      return mapWriter(schema, writerOf)
    case 'struct':
      return isUnionStruct(schema) ? unionWriter(schema, writerOf) : structWriter(schema, writerOf)
  }
  return type satisfies never
}

function mapWriter(schema: Schema, writerOf: (of: Schema) => Write): (value: Value) => string {
  const writeKey = writerOf(schema.keys!)
  const write = writerOf(schema.items!)
  const asObject = isStringMap(schema)
  return value => {
    const entries: string[] = []
    for (const [key, of] of checked.entriesOf(value))
      entries.push(
        asObject
          ? `${jsonString(checked.stringOf(key))}:${write(of) ?? 'null'}`
          : `{"key":${writeKey(key) ?? 'null'},"value":${write(of) ?? 'null'}}`,
      )
    return asObject ? `{${entries.join()}}` : `[${entries.join()}]`
  }
}

/** A struct of which one field is set: that field's value. */
function unionWriter(schema: Schema, writerOf: (of: Schema) => Write): (value: Value) => string {
  const fields = schema.fields!.map(({ name, schema: of }) => [checked.getterOf(name), writerOf(of)] as const)
  return value => {
    const struct = checked.structOf(value)
    for (const [get, write] of fields) {
      const set = get(struct)
      if (set !== null) return write(set) ?? 'null'
    }
    return 'null'
  }
}

function structWriter(schema: Schema, writerOf: (of: Schema) => Write): (value: Value) => string {
  const fields = schema.fields!.map(({ name, schema: of }) => ({
    name,
    text: `${jsonString(name)}:`,
    get: checked.getterOf(name),
    write: writerOf(of),
  }))
  return value => {
    const struct = checked.structOf(value)
    let json = ''
    for (const { name, text, get, write } of fields) {
      let of: string | undefined
      try {
        of = write(get(struct))
      } catch (error) {
        throw inField(name, error)
      }
      if (of !== undefined) json += json === '' ? text + of : `,${text}${of}`
    }
    return `{${json}}`
  }
}

function base64(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}"`
}

/** As Jackson has it: what is no number in JSON is text. */
function floatJson(value: number): string {
  return Number.isFinite(value) ? floatText(value) : `"${value}"`
}

import { fromBase64, int64, isStruct, JsonNumber, kindOf, parseDecimal, setField, Decimal } from 'millrace/plugin'
import type { JsonNode, Schema, Value } from 'millrace/plugin'
import { dateFromDays, dateFromMs, decimalFromBytes, logicalOf, scaleOf } from '../data/logical.js'
import { inField } from '../data/in-field.js'
import { dataInvalid } from '../registry/failures.js'
import { isStringMap, isUnionStruct } from './names.js'

/** Reads JSON, whose absence is undefined. */
export type Read = (json: JsonNode | undefined) => Value

/** Compiles how JSON is read as data of a schema, as JsonSchemaData does it; what is not of its type is refused. */
export function jsonReader(schema: Schema): Read {
  const made = new Map<Schema, Read>()
  const readerOf = (of: Schema): Read => {
    const before = made.get(of)
    if (before !== undefined) return before
    let plain: ((json: Exclude<JsonNode, null>) => Value) | undefined
    const fallback = (of.default ?? null) as Value
    const read: Read = json => {
      if (json !== undefined && json !== null) return plain!(json)
      if (fallback !== null || json === undefined || of.optional) return fallback
      throw dataInvalid(`Invalid null value for required ${of.type.toUpperCase()} field`)
    }
    made.set(of, read)
    plain = plainReader(of, readerOf)
    return read
  }
  return readerOf(schema)
}

type Present = Exclude<JsonNode, null>

function plainReader(schema: Schema, readerOf: (of: Schema) => Read): (json: Present) => Value {
  switch (logicalOf(schema)) {
    case 'decimal': {
      const scale = scaleOf(schema)
      return json => decimalIn(json, scale)
    }
    case 'date':
      return json => dateFromDays(Number(wholeIn('Date', json, 32)))
    case 'time':
      return json => dateFromMs(wholeIn('Time', json, 32))
    case 'timestamp':
      return json => dateFromMs(wholeIn('Timestamp', json, 64))
    case undefined:
  }
  switch (schema.type) {
    case 'int8':
      return json => wholeIn('INT8', json, 8)
    case 'int16':
      return json => wholeIn('INT16', json, 16)
    case 'int32':
      return json => wholeIn('INT32', json, 32)
    case 'int64':
      return json => wholeIn('INT64', json, 64)
    case 'float32':
      return json => Math.fround(numberIn('FLOAT32', json))
    case 'float64':
      return json => numberIn('FLOAT64', json)
    case 'boolean':
      return json => (typeof json === 'boolean' ? json : wrong('BOOLEAN', json))
    case 'string':
      return json => (typeof json === 'string' ? json : wrong('STRING', json))
    case 'bytes':
      return json => (typeof json === 'string' ? fromBase64(json) : undefined) ?? wrong('BYTES', json)
    case 'array': {
      const read = readerOf(schema.items!)
      return json => (isList(json) ? json.map(read) : wrong('ARRAY', json))
    }
    case 'map':
      return mapReader(schema, readerOf)
    case 'struct':
      return isUnionStruct(schema) ? unionReader(schema, readerOf) : structReader(schema, readerOf)
  }
  return schema.type satisfies never
}

function mapReader(schema: Schema, readerOf: (of: Schema) => Read): (json: Present) => Value {
  const readKey = readerOf(schema.keys!)
  const read = readerOf(schema.items!)
  if (isStringMap(schema))
    return json => {
      if (!isObject(json)) return wrong('MAP', json)
      return new Map(Object.entries(json).map(([key, of]) => [key, read(of)]))
    }
  return json => {
    if (!isList(json)) return wrong('MAP', json)
    return new Map(
      json.map(entry => {
        if (!isObject(entry) || Object.keys(entry).length !== 2)
          throw dataInvalid('An entry of a map is no object of key and value.')
        return [readKey(entry['key']), read(entry['value'])]
      }),
    )
  }
}

function structReader(schema: Schema, readerOf: (of: Schema) => Read): (json: Present) => Value {
  const fields = schema.fields!.map(({ name, schema: of }) => ({ name, read: readerOf(of) }))
  return json => {
    if (!isObject(json)) return wrong('STRUCT', json)
    const struct: Record<string, Value> = {}
    for (const { name, read } of fields) {
      try {
        setField(struct, name, read(Object.hasOwn(json, name) ? json[name] : undefined))
      } catch (error) {
        throw inField(name, error)
      }
    }
    return struct
  }
}

/** The first type that the value is of; among structs, the one with the most of its properties. */
function unionReader(schema: Schema, readerOf: (of: Schema) => Read): (json: Present) => Value {
  const fields = schema.fields!.map(({ name, schema: of }) => ({ name, of, read: readerOf(of) }))
  return json => {
    let best: (typeof fields)[number] | undefined
    let most = 0
    for (const field of fields) {
      if (isOfType(field.of, json)) return { [field.name]: field.read(json) }
      const matching = matchingProperties(field.of, json)
      if (matching > most) [best, most] = [field, matching]
    }
    if (best === undefined) throw dataInvalid('Did not find matching oneof field for data')
    return { [best.name]: best.read(json) }
  }
}

function isOfType({ type }: Schema, json: Present): boolean {
  switch (type) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json))
    case 'float32':
    case 'float64':
      return typeof json === 'bigint' || typeof json === 'number' || json instanceof JsonNumber
    case 'boolean':
    case 'string':
      return typeof json === type
    case 'bytes':
      return json instanceof JsonNumber || (typeof json === 'number' && !Number.isInteger(json))
    case 'array':
      return isList(json)
    case 'map':
      return isObject(json) || isList(json)
    case 'struct':
      return false
  }
  return type satisfies never
}

function matchingProperties(schema: Schema, json: JsonNode | undefined): number {
  if (schema.type !== 'struct' || json === undefined || !isObject(json)) return 0
  let matching = 0
  for (const { name, schema: of } of schema.fields!)
    if (Object.hasOwn(json, name)) matching += 1 + matchingProperties(of, json[name])
  return matching
}

/** A decimal keeps all its digits; trailing zeros that the schema's scale asks for are added or left out. */
function decimalIn(json: Present, scale: number): Decimal {
  if (typeof json === 'string') return decimalFromBytes(fromBase64(json) ?? wrong('Decimal', json), scale)
  const decimal = parseDecimal(numberText(json) ?? wrong('Decimal', json))!
  const more = scale - decimal.scale
  if (more >= 0) return new Decimal(decimal.unscaled * 10n ** BigInt(more), scale)
  const divisor = 10n ** BigInt(-more)
  if (decimal.unscaled % divisor !== 0n)
    throw dataInvalid(`The decimal ${decimal.toString()} has more digits than the schema’s scale of ${scale}.`)
  return new Decimal(decimal.unscaled / divisor, scale)
}

function numberText(json: Present): string | undefined {
  if (typeof json === 'number' || typeof json === 'bigint') return String(json)
  return json instanceof JsonNumber ? json.text : undefined
}

function numberIn(type: string, json: Present): number {
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json)
  return Number(numberText(json) ?? wrong(type, json))
}

/** A whole number of so many bits, in whatever layout (`1.0`, `1e3`). */
function wholeIn(type: string, json: Present, bits: number): number | bigint {
  if (typeof json === 'number' && bits === 32 && (json | 0) === json) return json
  const decimal = parseDecimal(numberText(json) ?? wrong(type, json))!
  const factor = 10n ** BigInt(Math.abs(decimal.scale))
  const exact = decimal.scale <= 0 || decimal.unscaled % factor === 0n
  const whole = decimal.scale <= 0 ? decimal.unscaled * factor : decimal.unscaled / factor
  if (!exact || BigInt.asIntN(bits, whole) !== whole) throw dataInvalid(`${numberText(json)} is no ${type}.`)
  return int64(whole)
}

function isList(json: JsonNode): json is readonly JsonNode[] {
  return Array.isArray(json)
}

export function isObject(json: JsonNode | undefined): json is { readonly [key: string]: JsonNode } {
  return isStruct(json)
}

function wrong(type: string, json: JsonNode): never {
  throw dataInvalid(`Invalid type for ${type}: the JSON has a value of the type ${kindOf(json)}.`)
}

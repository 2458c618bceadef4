import { decimalText, parseDecimal } from '../json/number.js'
import type { SchemaAndValue } from '../record.js'
import { logicalNames, schema, withSchema } from '../schema.js'
import type { Schema, SchemaType } from '../schema.js'
import type { Decimal, Value } from '../value.js'

/** The schema and value that a number's text stands for: the smallest integer that holds it, else a float. Undefined where it is no number. */
export function inferNumber(text: string): SchemaAndValue | undefined {
  const decimal = parseDecimal(text)
  if (decimal === undefined) return undefined
  const whole = wholeLong(decimal)
  if (whole !== undefined) return { schema: integerSchema(whole), value: whole }
  const double = Number(decimalText(decimal))
  const float = Math.fround(double)
  if (decimal.scale !== 0 && Number.isFinite(float)) return { schema: float32, value: float }
  if (decimal.scale !== 0 && Number.isFinite(double)) return { schema: float64, value: double }
  return { schema: schema.decimal(decimal.scale), value: decimal }
}

const int8 = schema.int8()
const int16 = schema.int16()
const int32 = schema.int32()
const int64 = schema.int64()
const float32 = schema.float32()
const float64 = schema.float64()

/** A decimal that is whole and fits 64 bits, as INT64 values stand in records. */
function wholeLong(decimal: Decimal): number | bigint | undefined {
  // Beyond these no 64-bit number lies, and the power of ten would be large.
  if (decimal.unscaled === 0n) return 0
  if (decimal.scale < -19 || decimal.scale > 400_000) return undefined
  const power = 10n ** BigInt(Math.abs(decimal.scale))
  if (decimal.scale > 0 && decimal.unscaled % power !== 0n) return undefined
  const whole = decimal.scale > 0 ? decimal.unscaled / power : decimal.unscaled * power
  if (BigInt.asIntN(64, whole) !== whole) return undefined
  const number = Number(whole)
  return Number.isSafeInteger(number) ? number : whole
}

function integerSchema(value: number | bigint): Schema {
  if (typeof value === 'bigint') return int64
  if ((value << 24) >> 24 === value) return int8
  if ((value << 16) >> 16 === value) return int16
  return (value | 0) === value ? int32 : int64
}

/** A list's or map's text cannot be one after all; its text is then a string. */
export class NotCollection extends Error {}

/** Finds the one schema that fits all elements, widening numbers. */
export class CommonSchema {
  #common: Schema | undefined
  #compatible = true

  /** Undefined where no element had a schema, or no schema fits all. */
  get schema(): Schema | undefined {
    return this.#compatible ? this.#common : undefined
  }

  add(next: Schema | undefined): void {
    if (next === undefined || !this.#compatible) return
    this.#common = this.#common === undefined ? next : merge(this.#common, next)
    this.#compatible = this.#common !== undefined
  }
}

const widths: readonly SchemaType[] = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64']

function merge(previous: Schema, next: Schema): Schema | undefined {
  if (previous.type === next.type) return next
  const [before, after] = [widths.indexOf(previous.type), widths.indexOf(next.type)]
  if (before === -1 || after === -1) return undefined
  return after > before ? next : previous
}

/** Makes an element fit the common schema. Throws `NotCollection` where Java cannot either. */
export function align(schema: Schema, value: Value): Value {
  if (value === null) throw new NotCollection()
  switch (schema.type) {
    case 'float32':
      return Math.fround(numeric(value))
    case 'float64':
      return numeric(value)
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return alignInteger(schema, value)
    case 'boolean':
    case 'string':
    case 'bytes':
    case 'array':
    case 'map':
    case 'struct':
      return value
  }
  throw new NotCollection()
}

function numeric(value: Value): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  throw new NotCollection()
}

function alignInteger(schema: Schema, value: Value): Value {
  if (schema.name === undefined) {
    if (typeof value === 'number' || typeof value === 'bigint') return value
    throw new NotCollection()
  }
  if (value instanceof Date) return value
  const number = numeric(value)
  if (schema.name === logicalNames.date) return new Date(number * 86_400_000)
  if (schema.name === logicalNames.time && (number < 0 || number > 86_400_000)) throw new NotCollection()
  return new Date(number)
}

/** A list whose elements have no common schema; Connect's array without a value schema. */
export const arrayOfAnything: Schema = withSchema(schema.string(), { type: 'array' })

/** A map whose keys, or values, have no common schema. */
export function mapOf(keys: Schema | undefined, items: Schema | undefined): Schema {
  return withSchema(schema.string(), { type: 'map', ...(keys && { keys }), ...(items && { items }) })
}

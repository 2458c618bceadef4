import { Decimal, Float64, int64, kindOf, isStruct, parseDecimal, rejected } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import { doubleOf, isIntegerType, isNumber, narrowed } from './java-number.js'

/** Gives the value to put in the place of another; null stays null. */
export type Mask = (of: Schema | undefined, value: Value) => Value

/** Masks with `replacement` made into the value's type, or with the type's empty value. */
export function maskFor(replacement: string | undefined): Mask {
  const mask = replacement === undefined ? emptyOf : replaced(replacement)
  return (of, value) => (value === null ? null : mask(of, value))
}

function emptyOf(of: Schema | undefined, value: Value): Value {
  if (typeof value === 'string') return ''
  if (typeof value === 'boolean') return false
  // Of scale 0 whatever the schema's, as in Connect; the converter then refuses another.
  if (value instanceof Decimal) return new Decimal(0n, 0)
  if (isNumber(value)) return numberLike(of, value, 0)
  if (value instanceof Date) return new Date(0)
  if (Array.isArray(value)) return []
  if (value instanceof Map) return new Map()
  if (isStruct(value) && of?.type !== 'struct') return {}
  throw rejected(`Cannot mask value of type: ${typeName(of, value)}`)
}

function replaced(replacement: string): Mask {
  const decimal = parseDecimal(replacement)
  return (of, value) => {
    if (typeof value === 'string') return replacement
    if (!isNumber(value)) throw rejected(`Cannot mask value of type ${typeName(of, value)} with custom replacement.`)
    if (decimal === undefined)
      throw rejected(`Unable to convert ${replacement} (string) to ${value instanceof Decimal ? '' : 'a '}number`)
    if (value instanceof Decimal) return decimal
    const type = of?.type ?? 'int64'
    if (!isFloating(of, value)) return int64(narrowed(decimal, isIntegerType(type) ? type : 'int64'))
    const double = doubleOf(decimal)
    return numberLike(of, value, type === 'float32' ? Math.fround(double) : double)
  }
}

function isFloating(of: Schema | undefined, value: number | bigint | Float64): boolean {
  if (of !== undefined) return of.type === 'float32' || of.type === 'float64'
  return value instanceof Float64 || (typeof value === 'number' && !Number.isInteger(value))
}

/** A number in the form that the other has: schemaless doubles that are integral are `Float64`. */
function numberLike(of: Schema | undefined, value: number | bigint | Float64, number: number): Value {
  return of === undefined && isFloating(of, value) && Number.isInteger(number) ? new Float64(number) : number
}

function typeName(of: Schema | undefined, value: Value): string {
  return of?.type ?? (value instanceof Uint8Array ? 'bytes' : kindOf(value))
}

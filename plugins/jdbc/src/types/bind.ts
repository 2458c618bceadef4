import { ofMillis, toWall, wallText, type Moment } from '@millrace/relational'
import { Decimal, kindOf, logicalNames, rejected } from 'millrace/plugin'
import type { MillraceError, Schema, Value } from 'millrace/plugin'
import type { BindOptions } from '../dialect.js'

/** What a field is to a database: Connect's logical types first. */
export type FieldKind = 'decimal' | 'date' | 'time' | 'timestamp' | Schema['type']

const logical: Readonly<Record<string, FieldKind>> = {
  [logicalNames.decimal]: 'decimal',
  [logicalNames.date]: 'date',
  [logicalNames.time]: 'time',
  [logicalNames.timestamp]: 'timestamp',
}

export function fieldKind(of: Schema): FieldKind {
  return (of.name !== undefined && logical[of.name]) || of.type
}

/** `2026-03-01`, of the calendar of `date.timezone`. */
export function dateText(value: Value, { dateZone }: BindOptions): string {
  return wallText(toWall(ofMillis(dateOf(value).getTime()), dateZone), 0).slice(0, -9)
}

/** `12:00:00.000`, of the clocks of `db.timezone`. */
export function timeText(value: Value, { zone }: BindOptions): string {
  const text = wallText(toWall(ofMillis(dateOf(value).getTime()), zone), 3)
  return text.slice(text.indexOf(' ') + 1)
}

export function momentOf(value: Value): Moment {
  return ofMillis(dateOf(value).getTime())
}

/** Fields of `timestamp.fields.list`: numbers count in the unit of `timestamp.precision.mode` from the epoch, texts too. */
export function momentOfUnits(value: Value, digits: 6 | 9): Moment {
  const units = typeof value === 'string' && /^[+-]?\d+$/.test(value.trim()) ? BigInt(value.trim()) : value
  if (typeof units !== 'bigint' && typeof units !== 'number')
    throw rejected(`${kindOf(value)} is no timestamp.`, { code: 'jdbc.value_invalid' })
  const all = BigInt(units)
  const perSecond = 10n ** BigInt(digits)
  const seconds = all / perSecond - (all % perSecond < 0n ? 1n : 0n)
  return { seconds: Number(seconds), nanos: Number(all - seconds * perSecond) * 10 ** (9 - digits) }
}

export function decimalParam(value: Value): string {
  if (value instanceof Decimal) return value.toString()
  throw wrongValue('Decimal', value)
}

export function bytesParam(value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw wrongValue('BYTES', value)
}

export function wrongValue(expected: string, value: Value): MillraceError {
  return rejected(`A value of ${expected} was expected, and ${kindOf(value)} came.`, { code: 'jdbc.value_invalid' })
}

/** In the JDBC sink's words. */
export function unsupported(of: Schema): MillraceError {
  const name = of.name ?? of.type.toUpperCase()
  return rejected(`Unsupported source data type: ${of.type.toUpperCase()}${of.name ? ` (${name})` : ''}.`, {
    code: 'jdbc.type_unsupported',
    hint: 'Flatten, drop or convert the field with a transform.',
  })
}

function dateOf(value: Value): Date {
  if (value instanceof Date) return value
  if (typeof value === 'number') return new Date(value)
  throw wrongValue('a logical time type', value)
}

/** A whole number or a double as its text: exact for an INT64. */
export function numberParam(value: Value): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  throw wrongValue('a number', value)
}

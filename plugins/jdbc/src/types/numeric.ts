import { Decimal, fatal, int64, parseDecimal, schema } from 'millrace/plugin'
import type { Schema } from 'millrace/plugin'
import type { ColumnReader, ReadOptions } from '../dialect.js'

type Options = Parameters<typeof schema.int8>[0]

/** The scale of decimals whose column says none, as the JDBC connectors have it. */
const anyScale = 127

/** A decimal with the scale of its column, by a name that the JDBC connectors keep its precision under. */
export function decimalReader(precision: number, scale: number, options: Options = {}): ColumnReader {
  const parameters = { scale: String(scale), 'connect.decimal.precision': String(precision) }
  return { schema: schema.decimal(scale, { ...options, parameters }), read: cell => decimalOf(String(cell), scale) }
}

function decimalOf(text: string, scale: number): Decimal {
  const value = parseDecimal(text)
  if (value === undefined)
    throw unreadable(text, 'a decimal', 'numeric.mapping=best_fit reads such columns as doubles.')
  if (value.scale === scale) return value
  const missing = scale - value.scale
  if (missing > 0) return new Decimal(value.unscaled * 10n ** BigInt(missing), scale)
  const divisor = 10n ** BigInt(-missing)
  if (value.unscaled % divisor !== 0n) throw unreadable(text, `a decimal with ${scale} digits after the point`)
  return new Decimal(value.unscaled / divisor, scale)
}

/**
 * NUMERIC by `numeric.mapping`. `precision` 0: the column says none. There the best fit is a double, where the JDBC
 * connector takes an INT8 and fails on the first larger value (confluentinc/kafka-connect-jdbc#480).
 */
export function numericReader(
  precision: number,
  scale: number,
  mapping: ReadOptions['numericMapping'],
  options: Options = {},
): ColumnReader {
  const fits = mapping === 'best_fit' || mapping === 'best_fit_eager_double'
  if (precision === 0) return fits ? float64Reader(options) : decimalReader(0, anyScale, options)
  if (mapping === 'precision_only' && scale === 0 && precision <= 18) return wholeReader(precision, options)
  if (fits && precision <= 18 && scale < 1 && scale >= -84) return wholeReader(precision, options)
  if (fits && scale > 0 && (precision <= 18 || mapping === 'best_fit_eager_double')) return float64Reader(options)
  return decimalReader(precision, scale, options)
}

function wholeReader(precision: number, options: Options): ColumnReader {
  if (precision > 9) return { schema: schema.int64(options), read: int64Of }
  const type = precision > 4 ? schema.int32 : precision > 2 ? schema.int16 : schema.int8
  return { schema: type(options), read: cell => Number(cell) }
}

export function float64Reader(options: Options = {}): ColumnReader {
  return { schema: schema.float64(options), read: cell => Number(cell) }
}

/** Texts of up to 15 digits are safe integers. */
export function int64Of(cell: string | number | bigint | Uint8Array): number | bigint {
  const text = String(cell)
  if (text.length <= 15) return Number(text)
  const value = BigInt(text)
  if (BigInt.asIntN(64, value) !== value) throw unreadable(text, 'an INT64')
  return int64(value)
}

export function readerOf(of: Schema, read: ColumnReader['read']): ColumnReader {
  return { schema: of, read }
}

/** A value that the field's type cannot hold: the task fails, for leaving it out or bending it would be a silent loss. */
export function unreadable(text: string, what: string, hint?: string): Error {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return fatal(`"${shown}" cannot be read as ${what}.`, {
    code: 'jdbc.value_unreadable',
    hint: hint ?? 'Leave the row or the column out with a query, or cast the column there.',
  })
}

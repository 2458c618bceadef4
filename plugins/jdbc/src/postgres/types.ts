import { schema } from 'millrace/plugin'
import type { ResultColumn } from '../connection/session.js'
import type { ColumnReader, ReadOptions } from '../dialect.js'
import { float64Reader, int64Of, numericReader, readerOf, unreadable } from '../types/numeric.js'
import { dateReader, timeReader, timestampReader } from '../types/temporal.js'
import type { PostgresType } from './session.js'

/**
 * A column's reader, as the JDBC connector and pgjdbc make one. Arrays, intervals, network addresses, ranges, geometry,
 * `hstore`, `citext`, `tsvector`, `varbit` and composites have none.
 */
export function postgresReader(
  { nullable, type }: ResultColumn<PostgresType>,
  options: ReadOptions,
): ColumnReader | undefined {
  const of = nullable ? { optional: true } : {}
  if (type.kind === 'e') return readerOf(schema.string(of), asText)
  switch (type.name) {
    case 'bool':
      return readerOf(schema.boolean(of), cell => cell === 't')
    case 'int2':
      return readerOf(schema.int16(of), Number)
    case 'int4':
      return readerOf(schema.int32(of), Number)
    case 'int8':
    case 'oid':
      return readerOf(schema.int64(of), int64Of)
    case 'float4':
      return readerOf(schema.float32(of), Number)
    case 'float8':
      return float64Reader(of)
    case 'money':
      return readerOf(schema.float64(of), cell => moneyOf(String(cell)))
    case 'numeric':
      return numericReader(...precisionAndScale(type.modifier), options.numericMapping, of)
    case 'char':
    case 'bpchar':
    case 'varchar':
    case 'text':
    case 'name':
    case 'json':
    case 'jsonb':
    case 'uuid':
    case 'xml':
      return readerOf(schema.string(of), asText)
    case 'bytea':
      return readerOf(schema.bytes(of), cell => Buffer.from(String(cell).slice(2), 'hex'))
    case 'bit':
      return bitReader(type.modifier, of)
    case 'date':
      return dateReader(of)
    case 'time':
    case 'timetz':
      return timeReader(of, options.zone)
    case 'timestamp':
    case 'timestamptz':
      return timestampReader(of, options)
    default:
      return undefined
  }
}

function asText(cell: unknown): string {
  return String(cell)
}

/** pg_attribute.atttypmod of a numeric; −1 where the column has neither. The scale has 11 bits with a sign. */
export function precisionAndScale(modifier: number): [precision: number, scale: number] {
  if (modifier < 4) return [0, 0]
  const both = modifier - 4
  return [(both >> 16) & 0xffff, ((both & 0x7ff) ^ 0x400) - 0x400]
}

/** `bit(1)` is a boolean, up to 8 bits are their number, signed; of more the printed digits are the bytes, as pgjdbc hands them over. */
function bitReader(bits: number, of: { readonly optional?: boolean }): ColumnReader {
  if (bits <= 1) return readerOf(schema.boolean(of), cell => cell === '1')
  if (bits > 8) return readerOf(schema.bytes(of), cell => Buffer.from(String(cell), 'latin1'))
  return readerOf(schema.int8(of), cell => (Number.parseInt(String(cell), 2) << 24) >> 24)
}

/** `$1,234.56`, `-$1.00`, `($1.00)`; the server's locale decides about marks, and its last one is that of the fraction. */
function moneyOf(text: string): number {
  const negative = text.includes('-') || text.includes('(')
  const digits = text.replace(/[^\d.,]/g, '')
  const point = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','))
  const whole = digits.slice(0, point < 0 ? undefined : point).replace(/[.,]/g, '')
  const value = Number(`${whole}.${point < 0 ? '0' : digits.slice(point + 1)}`)
  if (Number.isNaN(value)) throw unreadable(text, 'an amount of money')
  return negative ? -value : value
}

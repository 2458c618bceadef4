import { parseMoment, zoneOf } from '@millrace/relational'
import { schema } from 'millrace/plugin'
import type { ResultColumn } from '../connection/session.js'
import type { ColumnReader, ReadOptions } from '../dialect.js'
import { decimalReader, float64Reader, int64Of, readerOf, unreadable } from '../types/numeric.js'
import { dateReader, timeReader, timestampReader } from '../types/temporal.js'
import type { MysqlType } from './session.js'

/** Numbers of the protocol (`enum_field_types` of MySQL's field_types.h). */
export const code = {
  decimal: 0,
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  newDate: 14,
  varchar: 15,
  bit: 16,
  vector: 242,
  json: 245,
  newDecimal: 246,
  enum: 247,
  set: 248,
  tinyBlob: 249,
  mediumBlob: 250,
  longBlob: 251,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
} as const

/** Settings of Connector/J that change schemas. */
export interface MysqlReading {
  readonly tinyIsBit: boolean
  readonly bitIsBoolean: boolean
  readonly yearIsDate: boolean
  readonly zeroDates: 'EXCEPTION' | 'CONVERT_TO_NULL' | 'ROUND'
}

const utc = zoneOf('UTC')!
export const text = (cell: unknown): string =>
  cell instanceof Uint8Array ? Buffer.from(cell.buffer, cell.byteOffset, cell.length).toString('utf8') : String(cell)

/** A column's reader, as the JDBC connector and Connector/J make one. */
export function mysqlReader(
  { nullable, type }: ResultColumn<MysqlType>,
  { zone, granularity }: ReadOptions,
  reading: MysqlReading,
): ColumnReader | undefined {
  const of = nullable ? { optional: true } : {}
  const number = (cell: unknown): number => Number(text(cell))
  switch (type.code) {
    case code.tiny:
      if (type.length === 1 && !type.unsigned && reading.tinyIsBit && reading.bitIsBoolean)
        return readerOf(schema.boolean(of), cell => number(cell) !== 0)
      return readerOf(type.unsigned ? schema.int16(of) : schema.int8(of), number)
    case code.short:
      return readerOf(type.unsigned ? schema.int32(of) : schema.int16(of), number)
    case code.int24:
    case code.long:
      return readerOf(type.unsigned ? schema.int64(of) : schema.int32(of), number)
    case code.longlong:
      return readerOf(schema.int64(of), cell => int64Of(text(cell)))
    case code.bit:
      return readerOf(schema.int8(of), cell => bitNumber(cell))
    case code.float:
      return readerOf(schema.float32(of), number)
    case code.double:
      return readerOf(float64Reader(of).schema, number)
    case code.decimal:
    case code.newDecimal: {
      const precision = type.length - (type.unsigned ? 0 : 1) - (type.decimals > 0 ? 1 : 0)
      const reader = decimalReader(precision, type.decimals, of)
      return readerOf(reader.schema, cell => reader.read(text(cell)))
    }
    case code.date:
    case code.newDate:
      return withZeroDates(options => dateReader(options, text), of, reading)
    case code.datetime:
      return withZeroDates(options => timestampReader(options, { granularity, zone }, text), of, reading)
    case code.timestamp:
      // The session's zone is UTC, so that an instant is printed, whatever the server's zone.
      return withZeroDates(options => timestampReader(options, { granularity, zone: utc }, text), of, reading)
    case code.year:
      if (!reading.yearIsDate) return readerOf(schema.int16(of), number)
      return readerOf(schema.date(of), cell => new Date(Date.UTC(number(cell), 0, 1)))
    case code.time:
      return timeReader(of, zone, text)
    case code.json:
    case code.enum:
    case code.set:
      return readerOf(schema.string(of), text)
    case code.varchar:
    case code.tinyBlob:
    case code.mediumBlob:
    case code.longBlob:
    case code.blob:
    case code.varString:
    case code.string:
      return type.binary ? readerOf(schema.bytes(of), bytes) : readerOf(schema.string(of), text)
    case code.geometry:
    case code.vector:
      return readerOf(schema.bytes(of), bytes)
    default:
      return undefined
  }
}

function bytes(cell: unknown): Uint8Array {
  return cell as Uint8Array
}

/** Days and months of zero are no dates: `zeroDateTimeBehavior` says what becomes of them. */
function withZeroDates(
  make: (options: { readonly optional?: boolean }) => ColumnReader,
  of: { readonly optional?: boolean },
  { zeroDates }: MysqlReading,
): ColumnReader {
  const reader = make(zeroDates === 'CONVERT_TO_NULL' ? { optional: true } : of)
  return readerOf(reader.schema, cell => {
    const printed = text(cell)
    if (parseMoment(printed) !== undefined || !/^\d{4}-(00|\d\d-00)|^0000/.test(printed)) return reader.read(printed)
    if (zeroDates === 'CONVERT_TO_NULL') return null
    if (zeroDates === 'ROUND') return reader.read(printed.replace(/^0000/, '0001').replace(/-00/g, '-01'))
    throw unreadable(printed, 'a date', 'zeroDateTimeBehavior=CONVERT_TO_NULL in the URL reads such dates as null.')
  })
}

function bitNumber(cell: unknown): number {
  const value = BigInt(`0x${Buffer.from(cell as Uint8Array).toString('hex') || '0'}`)
  if (value > 127n) throw unreadable(String(value), 'an INT8', 'Cast the column with a query: col + 0.')
  return Number(value)
}

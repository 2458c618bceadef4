import { ofMillis, wallText } from '@millrace/relational'
import { schema } from 'millrace/plugin'
import type { Cell, ResultColumn } from '../connection/session.js'
import type { ColumnReader, ReadOptions } from '../dialect.js'
import { decimalReader, float64Reader, int64Of, numericReader, readerOf, unreadable } from '../types/numeric.js'
import { dateReader, timestampReader } from '../types/temporal.js'
import type { SqliteType } from './session.js'

/**
 * A column's reader by its declared type alone, so that schemas do not change with the rows (sqlite-jdbc goes by the first row
 * as well).
 */
export function sqliteReader({ nullable, type }: ResultColumn<SqliteType>, options: ReadOptions): ColumnReader {
  const of = nullable ? { optional: true } : {}
  switch (type.declared) {
    case 'BOOLEAN':
      return readerOf(schema.boolean(of), cell => Number(cell) !== 0)
    case 'TINYINT':
      return readerOf(schema.int8(of), cell => within(cell, 8))
    case 'SMALLINT':
    case 'INT2':
      return readerOf(schema.int16(of), cell => within(cell, 16))
    case 'BIGINT':
    case 'INT8':
    case 'UNSIGNED BIG INT':
      return readerOf(schema.int64(of), int64Of)
    case 'INT':
    case 'INTEGER':
    case 'MEDIUMINT':
      if (options.wideIntegers || type.isRowId) return readerOf(schema.int64(of), int64Of)
      return readerOf(schema.int32(of), cell => within(cell, 32))
    case 'DATE':
    case 'DATETIME':
      return dateReader(of, cell => momentText(cell as Cell))
    case 'TIMESTAMP':
      return timestampReader(of, options, cell => momentText(cell as Cell))
    case 'DECIMAL':
      return decimalReader(type.precision, type.scale, of)
    case 'NUMERIC':
      return numericReader(type.precision, type.scale, options.numericMapping, of)
    case 'REAL':
      return readerOf(schema.float32(of), Number)
    case 'DOUBLE':
    case 'DOUBLE PRECISION':
    case 'FLOAT':
      return float64Reader(of)
    case 'BLOB':
      return readerOf(schema.bytes(of), blob)
    default:
      return readerOf(schema.string(of), cell =>
        cell instanceof Uint8Array ? Buffer.from(cell).toString('utf8') : String(cell),
      )
  }
}

/** An expression has no declared type: what its first value is decides. */
export function sqliteExpressionReader(first: Cell | undefined): ColumnReader {
  const of = { optional: true }
  if (typeof first === 'bigint') return readerOf(schema.int64(of), int64Of)
  if (typeof first === 'number') return float64Reader(of)
  if (first instanceof Uint8Array) return readerOf(schema.bytes(of), blob)
  return readerOf(schema.string(of), String)
}

function blob(cell: Exclude<Cell, null>): Uint8Array {
  return cell instanceof Uint8Array ? cell : Buffer.from(String(cell))
}

function within(cell: Cell, bits: number): number {
  const value = Number(cell)
  if (!Number.isInteger(value) || Math.abs(value + 0.5) > 2 ** (bits - 1))
    throw unreadable(String(cell), `an INT${bits}`, 'sqlite.integer.mapping=int64 reads INTEGER columns as INT64.')
  return value
}

/** Texts as they are; whole numbers are milliseconds since the epoch, as sqlite-jdbc writes them, others Julian days. */
export function momentText(cell: Cell): string {
  if (typeof cell === 'bigint') return wallText(ofMillis(Number(cell)), 3)
  if (typeof cell === 'number') return wallText(ofMillis(Math.round((cell - 2_440_587.5) * 86_400_000)), 3)
  return String(cell)
}

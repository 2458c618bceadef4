import { toWall, wallText, zoneOf, type Moment, type Zone } from '@millrace/relational'
import type { Schema, Value } from 'millrace/plugin'
import type { Param } from '../connection/session.js'
import type { BindOptions, TableColumn } from '../dialect.js'
import {
  bytesParam,
  dateText,
  decimalParam,
  fieldKind,
  momentOf,
  numberParam,
  timeText,
  unsupported,
} from '../types/bind.js'

const utc = zoneOf('UTC')!

/** Column types of `auto.create` and `auto.evolve`, as the JDBC sink has them. A text in a primary key needs a length. */
export function mysqlColumnType(of: Schema, inKey: boolean): string {
  const kind = fieldKind(of)
  switch (kind) {
    case 'decimal':
      return `DECIMAL(65,${Math.min(Number(of.parameters?.['scale'] ?? 0), 30)})`
    case 'date':
      return 'DATE'
    case 'time':
      return 'TIME(3)'
    case 'timestamp':
      return 'DATETIME(3)'
    case 'int8':
      return 'TINYINT'
    case 'int16':
      return 'SMALLINT'
    case 'int32':
      return 'INT'
    case 'int64':
      return 'BIGINT'
    case 'float32':
      return 'FLOAT'
    case 'float64':
      return 'DOUBLE'
    case 'boolean':
      return 'TINYINT'
    case 'string':
      return inKey ? 'VARCHAR(255)' : 'TEXT'
    case 'bytes':
      return 'VARBINARY(1024)'
    case 'array':
    case 'map':
    case 'struct':
      throw unsupported(of)
  }
}

export function bindMysql(
  of: Schema,
  value: Exclude<Value, null>,
  options: BindOptions,
  column: TableColumn | undefined,
): Param {
  switch (fieldKind(of)) {
    case 'decimal':
      return decimalParam(value)
    case 'date':
      return dateText(value, options)
    case 'time':
      return timeText(value, options)
    case 'timestamp':
      return wallText(toWall(momentOf(value), zoneOfColumn(column, options.zone)), 3)
    case 'bytes':
      return Buffer.from(bytesParam(value))
    case 'array':
    case 'map':
    case 'struct':
      throw unsupported(of)
    case 'int64':
      return numberParam(value)
    case 'boolean':
      return value === true ? 1 : 0
    case 'int8':
    case 'int16':
    case 'int32':
    case 'float32':
    case 'float64':
    case 'string':
      return value as Param
  }
}

/** A TIMESTAMP is an instant, which the session reads and prints in UTC; a DATETIME is what the clocks of `zone` show. */
export function zoneOfColumn(column: TableColumn | undefined, zone: Zone): Zone {
  return column?.type.startsWith('timestamp') ? utc : zone
}

export function momentOfColumn(moment: Moment, column: TableColumn | undefined, zone: Zone): string {
  return wallText(toWall(moment, zoneOfColumn(column, zone)), 6)
}

export function mysqlLiteral(of: Schema, value: Value, options: BindOptions): string {
  const bound = value === null ? null : bindMysql(of, value, options, undefined)
  if (bound === null) return 'NULL'
  if (bound instanceof Uint8Array) return `X'${Buffer.from(bound).toString('hex')}'`
  if (typeof bound === 'number') return String(bound)
  return `'${String(bound).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

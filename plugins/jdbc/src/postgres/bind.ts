import { zonedText } from '@millrace/relational'
import type { Schema, Value } from 'millrace/plugin'
import type { Param } from '../connection/session.js'
import type { BindOptions } from '../dialect.js'
import {
  bytesParam,
  dateText,
  decimalParam,
  fieldKind,
  momentOf,
  numberParam,
  timeText,
  unsupported,
  wrongValue,
} from '../types/bind.js'

/** Column types of `auto.create` and `auto.evolve`, as the JDBC sink has them. */
export function postgresColumnType(of: Schema): string {
  const kind = fieldKind(of)
  switch (kind) {
    case 'decimal':
      return 'DECIMAL'
    case 'date':
      return 'DATE'
    case 'time':
      return 'TIME'
    case 'timestamp':
      return 'TIMESTAMP'
    case 'int8':
    case 'int16':
      return 'SMALLINT'
    case 'int32':
      return 'INT'
    case 'int64':
      return 'BIGINT'
    case 'float32':
      return 'REAL'
    case 'float64':
      return 'DOUBLE PRECISION'
    case 'boolean':
      return 'BOOLEAN'
    case 'string':
      return 'TEXT'
    case 'bytes':
      return 'BYTEA'
    case 'array':
      return `${postgresColumnType(elementOf(of))}[]`
    case 'map':
    case 'struct':
      throw unsupported(of)
  }
}

/** Arrays of primitives only. */
function elementOf(of: Schema): Schema {
  const items = of.items
  if (items === undefined || ['array', 'map', 'struct', 'bytes'].includes(items.type)) throw unsupported(of)
  return items
}

/** Texts take the type of their column by themselves: uuid, jsonb, enums, inet and all others. */
export function bindPostgres(of: Schema, value: Exclude<Value, null>, options: BindOptions): Param {
  switch (fieldKind(of)) {
    case 'decimal':
      return decimalParam(value)
    case 'date':
      return dateText(value, options)
    case 'time':
      return timeText(value, options)
    case 'timestamp':
      return zonedText(momentOf(value), options.zone, 3)
    case 'bytes':
      return bytesParam(value)
    case 'array': {
      const items = elementOf(of)
      if (!Array.isArray(value)) throw wrongValue('ARRAY', value)
      return arrayText(value.map(item => (item === null ? null : bindPostgres(items, item, options))))
    }
    case 'map':
    case 'struct':
      throw unsupported(of)
    case 'float32':
    case 'float64':
    case 'int64':
      return numberParam(value)
    case 'int8':
    case 'int16':
    case 'int32':
    case 'boolean':
    case 'string':
      return value as Param
  }
}

/** `{1,2,NULL,"a\"b"}`: a text, so that the server takes the column's element type. */
function arrayText(items: readonly Param[]): string {
  const shown = items.map(item =>
    item === null ? 'NULL' : `"${String(item).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  )
  return `{${shown.join(',')}}`
}

export function postgresLiteral(of: Schema, value: Value, options: BindOptions): string {
  const bound = value === null ? null : bindPostgres(of, value, options)
  if (bound === null) return 'NULL'
  if (bound instanceof Uint8Array) return `'\\x${Buffer.from(bound).toString('hex')}'`
  if (typeof bound === 'boolean') return bound ? 'TRUE' : 'FALSE'
  if (typeof bound === 'number') return String(bound)
  return `'${String(bound).replaceAll("'", "''")}'`
}

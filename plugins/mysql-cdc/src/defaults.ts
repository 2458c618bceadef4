import type { CdcType } from '@millrace/relational'
import type { Value } from 'millrace/plugin'
import type { MysqlColumn } from './catalog.js'
import { parseDeclared, unescaped } from './column-type.js'
import type { Raw } from './raw.js'
import { isBinary } from './readers.js'
import { isNoDate } from './temporal.js'

/**
 * The default of a column as the schema has it; undefined: none. What is reckoned only when a row comes (CURRENT_TIMESTAMP, expressions) stands as
 * the zero of its type where the column must have a value, as Debezium has it.
 */
export function defaultValue(column: MysqlColumn, type: CdcType<Raw>): Value | undefined {
  const text = column.default
  if (text === undefined || column.generated || (/^null$/i.test(text) && column.nullable)) return undefined
  const literal = column.isExpression ? undefined : literalOf(text)
  const bytes = bytesOf(text)
  if (bytes !== undefined && isBinary(parseDeclared(column.columnType).type)) return type.read(bytes)
  if (literal === undefined) return /^current_timestamp|^now\b/i.test(text) && !column.nullable ? type.zero : undefined
  const raw = rawOf(literal, column)
  if (raw === null) return column.nullable ? undefined : type.zero
  return raw === undefined ? undefined : type.read(raw)
}

/** What a column's default was declared as, without the quotes around a text. */
export function defaultText({ default: text, nullable, isExpression }: MysqlColumn): string | undefined {
  if (text === undefined || (/^null$/i.test(text) && nullable)) return undefined
  return bytesOf(text)?.toString('utf8') ?? (isExpression ? undefined : literalOf(text)) ?? text
}

/** Bytes as MySQL prints them. */
function bytesOf(text: string): Buffer | undefined {
  const hex = /^0x((?:[0-9a-f]{2})+)$/i.exec(text)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex')
}

/** A text, with or without the quotes that MariaDB prints; undefined: an expression. */
function literalOf(text: string): string | undefined {
  const quoted = /^'((?:[^'\\]|''|\\.)*)'$/s.exec(text)?.[1]
  if (quoted !== undefined) return unescaped(quoted)
  return /^(current_timestamp|now|localtime|curdate|current_date|uuid|nextval)\b|\(.*\)$/i.test(text) ? undefined : text
}

/** Null: no date. Undefined: it cannot be read. */
function rawOf(literal: string, column: MysqlColumn): Raw | null | undefined {
  const { type, numbers } = parseDeclared(column.columnType)
  switch (type) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return /^-?\d+$/.test(literal.trim()) ? literal.trim() : roundedText(literal)
    case 'year':
    case 'float':
    case 'double':
      return Number.isNaN(Number(literal)) ? undefined : Number(literal)
    case 'decimal':
      return Number.isNaN(Number(literal)) ? undefined : literal.trim()
    case 'bit':
      return bitsOf(literal, numbers[0] ?? 1)
    case 'date':
      return isNoDate(literal) ? null : literal
    case 'datetime':
    case 'timestamp':
      return isNoDate(literal) ? null : literal.length === 10 ? `${literal} 00:00:00` : literal
    default:
      return isBinary(type) ? Buffer.from(literal, 'utf8') : literal
  }
}

function roundedText(literal: string): string | undefined {
  const number = Number(literal)
  return Number.isNaN(number) ? undefined : String(Math.round(number))
}

/** `b'101'`, or the number itself. */
function bitsOf(literal: string, length: number): Raw | undefined {
  const bits = /^b'([01]+)'$/i.exec(literal)?.[1]
  const hex = /^(?:x'|0x)([0-9a-f]+)'?$/i.exec(literal)?.[1]
  const value =
    bits !== undefined
      ? BigInt(`0b${bits}`)
      : hex !== undefined
        ? BigInt(`0x${hex}`)
        : /^\d+$/.test(literal)
          ? BigInt(literal)
          : undefined
  if (value === undefined) return undefined
  return Buffer.from(value.toString(16).padStart(Math.ceil(length / 8) * 2, '0'), 'hex')
}

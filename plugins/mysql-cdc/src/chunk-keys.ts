import type { ChunkDialect, JavaKey, JavaKeyPart } from '@millrace/relational'
import { escape } from 'mysql2'
import type { MysqlColumn, MysqlTable } from './catalog.js'
import { parseDeclared, type Declared } from './column-type.js'
import { quotedName } from './connections.js'
import type { Raw } from './raw.js'
import { isBinary } from './readers.js'

/** What the chunks of a table go by. */
export interface ChunkKey {
  readonly names: readonly string[]
  /** Of what its columns are printed as (`dialect.printed`). */
  readonly of: (printed: readonly (Raw | null)[]) => JavaKey
  /** Whether a key that was stored can be compared: the table may have had another, or Debezium may have stored it in its own way. */
  readonly takes: (key: JavaKey | undefined) => boolean
  readonly dialect: ChunkDialect
}

/** The columns to go by; a text: why there are none. */
export function chunkKey({ columns, key }: MysqlTable, surrogate: string | undefined): ChunkKey | string {
  const names = surrogate === undefined ? key : [surrogate]
  if (names.length === 0) return 'It has neither a primary key nor a surrogate key.'
  const found = names.map(name => columns.find(column => column.name === name))
  if (!found.every((column): column is MysqlColumn => column !== undefined))
    return `It has no column "${surrogate}" for a surrogate key.`
  if (found.some(({ nullable }) => nullable)) return `Its surrogate key "${surrogate}" may be null.`
  const forms = new Map(found.map(column => [column.name, formOf(column)]))
  const java = names.map(name => forms.get(name)!.java)
  return {
    names,
    of: printed => printed.map((value, at) => (value === null ? null : { java: java[at]!, text: String(value) })),
    takes: stored => stored?.length === java.length && stored.every((part, at) => part?.java === java[at]),
    dialect: {
      quote: quotedName,
      placeholder: (at, column) => forms.get(column)!.constant(`\0${at}\0`),
      printed: column => forms.get(column)!.printed,
      // The server finds no place in an index by them.
      rowValues: false,
    },
  }
}

/** Puts parameters in their places: question marks could be in names too, which have no NUL. */
export function withParams(sql: string, params: readonly (string | null)[]): string {
  return sql.replaceAll(/\0(\d+)\0/g, (_, at: string) => escape(params[Number(at)]))
}

interface Form {
  /** Debezium's class of it, where it is stored so; else a text. */
  readonly java: JavaKeyPart['java']
  /** What to select. */
  readonly printed: string
  /** What compares with the column as the column orders, without losing its index. */
  readonly constant: (value: string) => string
}

function formOf({ name, columnType }: MysqlColumn): Form {
  const declared = parseDeclared(columnType)
  const { type, numbers, unsigned } = declared
  const column = quotedName(name)
  switch (type) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint': {
      const to = unsigned ? 'UNSIGNED' : 'SIGNED'
      return { java: javaOf(declared), printed: column, constant: value => `CAST(${value} AS ${to})` }
    }
    case 'enum':
    case 'set':
    case 'bit':
      // They are ordered by their numbers, and not by what they print.
      return {
        java: 'Long',
        printed: `CAST(${column} + 0 AS UNSIGNED)`,
        constant: value => `CAST(${value} AS UNSIGNED)`,
      }
    case 'decimal':
      return {
        java: 'String',
        printed: column,
        constant: value => `CAST(${value} AS DECIMAL(${numbers.join(',')}))`,
      }
    case 'float':
    case 'double':
      return { java: 'String', printed: `${column} + 0e0`, constant: value => `(${value} + 0e0)` }
    default:
      return isBinary(type)
        ? { java: 'String', printed: `HEX(${column})`, constant: value => `UNHEX(${value})` }
        : { java: 'String', printed: column, constant: value => value }
  }
}

function javaOf({ type, unsigned }: Declared): JavaKeyPart['java'] {
  if (type === 'bigint') return unsigned ? 'String' : 'Long'
  return type === 'int' && unsigned ? 'Long' : 'Integer'
}

import type { Connection } from 'mysql2'
import { rowsOf, type PrintedRow } from './connections.js'

export interface TableRef {
  readonly database: string
  readonly name: string
  /** Rows, as the server reckons. */
  readonly estimate: number
}

/** A column as the server describes it. */
export interface MysqlColumn {
  readonly name: string
  /** As it was declared, in small letters but for labels: `decimal(10,2) unsigned`. */
  readonly columnType: string
  readonly nullable: boolean
  /** In SQL: a literal, or an expression. MySQL's, which are bare texts, have quotes like MariaDB's; but bytes are `0x616263`, which MariaDB never prints. */
  readonly default: string | undefined
  readonly isExpression: boolean
  readonly charset: string | undefined
  readonly autoIncrement: boolean
  readonly generated: boolean
  readonly comment: string
}

export interface MysqlTable {
  readonly columns: readonly MysqlColumn[]
  /** Of the primary key, else of the first unique one. */
  readonly key: readonly string[]
  readonly charset: string | undefined
  readonly comment: string
}

const system = `'mysql', 'information_schema', 'performance_schema', 'sys'`

export async function listTables(connection: Connection): Promise<readonly TableRef[]> {
  const rows = await rowsOf(
    connection,
    `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES
     WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND LOWER(TABLE_SCHEMA) NOT IN (${system})`,
  )
  const tables = rows.map(([database, name, estimate]) => ({
    database: database!,
    name: name!,
    estimate: Number(estimate ?? 0),
  }))
  // By the letters themselves, as Debezium does, whatever the server's collation says.
  const key = ({ database, name }: TableRef): string => `${database}\0${name}`
  return tables.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** Undefined: there is no such table. */
export async function describeTable(
  connection: Connection,
  database: string,
  name: string,
): Promise<MysqlTable | undefined> {
  const of = [database, name]
  const columns = await rowsOf(
    connection,
    `SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, CHARACTER_SET_NAME, EXTRA, COLUMN_COMMENT, VERSION()
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    of,
  )
  if (columns.length === 0) return undefined
  const indexes = await rowsOf(
    connection,
    `SELECT INDEX_NAME, COLUMN_NAME, NULLABLE FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
     ORDER BY INDEX_NAME = 'PRIMARY' DESC, INDEX_NAME, SEQ_IN_INDEX`,
    of,
  )
  const [table] = await rowsOf(
    connection,
    `SELECT CHARACTER_SET_NAME, TABLE_COMMENT FROM information_schema.TABLES
     LEFT JOIN information_schema.COLLATION_CHARACTER_SET_APPLICABILITY ON COLLATION_NAME = TABLE_COLLATION
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? LIMIT 1`,
    of,
  )
  return {
    columns: columns.map(columnOf),
    key: keyOf(indexes),
    charset: table?.[0] ?? undefined,
    comment: table?.[1] ?? '',
  }
}

/** Whether an index says that no two rows have the same value of a column. */
export async function hasUniqueIndex(
  connection: Connection,
  database: string,
  table: string,
  column: string,
): Promise<boolean> {
  const found = await rowsOf(
    connection,
    `SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
     GROUP BY INDEX_NAME HAVING COUNT(*) = 1 AND MAX(COLUMN_NAME) = ?`,
    [database, table, column],
  )
  return found.length > 0
}

function columnOf([name, columnType, nullable, byDefault, charset, extra, comment, version]: PrintedRow): MysqlColumn {
  const more = (extra ?? '').toLowerCase()
  const isExpression = more.includes('default_generated')
  const isSql = isExpression || version!.includes('MariaDB') || /^current_timestamp/i.test(byDefault ?? '')
  return {
    name: name!,
    columnType: declared(columnType!),
    nullable: nullable === 'YES',
    default: byDefault === null ? undefined : isSql ? byDefault! : literal(byDefault!, columnType!),
    isExpression,
    charset: charset ?? undefined,
    autoIncrement: more.includes('auto_increment'),
    generated: /\b(virtual|stored|persistent) generated|\bgenerated always\b/.test(more),
    comment: comment ?? '',
  }
}

/** A default that MySQL prints without its quotes. */
function literal(text: string, columnType: string): string {
  if (/^(var)?binary\b/i.test(columnType) && /^0x/i.test(text)) return text
  return `'${text.replaceAll('\\', '\\\\').replaceAll(`'`, `''`)}'`
}

/** Small letters, but labels as they are; without what MariaDB says in comments. */
export function declared(type: string): string {
  return type
    .replaceAll(/\s*\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/'(?:[^'\\]|''|\\.)*'|[^']+/g, part => (part.startsWith(`'`) ? part : part.toLowerCase()))
}

function keyOf(indexes: readonly (readonly (string | null)[])[]): readonly string[] {
  const byName = new Map<string, { readonly columns: string[]; hasNull: boolean }>()
  for (const [index, column, nullable] of indexes) {
    const of = byName.get(index!) ?? { columns: [], hasNull: false }
    of.columns.push(column!)
    if (nullable === 'YES') of.hasNull = true
    byName.set(index!, of)
  }
  const whole = [...byName].find(([name, { hasNull }]) => name === 'PRIMARY' || !hasNull)
  return whole?.[1].columns ?? []
}

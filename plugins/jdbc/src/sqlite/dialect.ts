import { millis, toWall, wallText, zoneOf } from '@millrace/relational'
import { errorCode } from 'millrace/plugin'
import type { Schema, Value } from 'millrace/plugin'
import type { FailureKind, Param, ResultColumn } from '../connection/session.js'
import {
  identifierParts,
  warnOfUnknown,
  type BindOptions,
  type Dialect,
  type DialectSetup,
  type InsertMode,
  type TableColumn,
  type TableName,
} from '../dialect.js'
import { readPrinted } from '../types/temporal.js'
import { bytesParam, dateText, decimalParam, fieldKind, momentOf, timeText, unsupported } from '../types/bind.js'
import { commas, deleteSql, rowsOf, updateSql } from '../write-sql.js'
import { openSqlite, sqliteSettings, type SqliteType } from './session.js'
import { momentText, sqliteExpressionReader, sqliteReader } from './types.js'

const tableTypes: Readonly<Record<string, string>> = { TABLE: 'table', VIEW: 'view' }

const utc = zoneOf('UTC')!
const mark = (): string => '?'

export function sqliteDialect(setup: DialectSetup): Dialect {
  warnOfUnknown(setup, sqliteSettings)
  const asText = setup.properties['date_class']?.toUpperCase() === 'TEXT'
  return {
    name: 'SQLite',
    quoteMark: '`',
    mark,
    limits: { params: 32_000, bytes: 64 << 20 },
    // Takes the lock at once: a statement that does not get it would stand open, and no transaction could end while it does.
    begin: 'BEGIN IMMEDIATE',
    // libsql leaves a statement open that found the database locked.
    commitsStatements: false,
    transactionalDdl: true,
    open: async () => openSqlite(setup),
    classify: classifySqlite,

    fullName: ({ table }) => table,
    tableNamed: text => ({ table: identifierParts(text).at(-1) ?? '' }),
    async tables(session, { types }) {
      const wanted = types.map(type => tableTypes[type]).filter(type => type !== undefined)
      const { rows } = await session.query(
        `SELECT name, type FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
      )
      return rows
        .filter(([, type]) => wanted.includes(String(type)))
        .map(([name]): TableName => ({ table: String(name) }))
    },
    async columns(session, { table }) {
      const { rows } = await session.query(
        'SELECT name, "notnull", type, pk FROM pragma_table_info((SELECT name FROM sqlite_schema WHERE name = ? COLLATE NOCASE))',
        [table],
      )
      const alone = rows.filter(row => Number(row[3]) > 0).length === 1
      return rows.map(([name, required, type, pk]): TableColumn => {
        const isRowId = alone && Number(pk) === 1 && String(type).toUpperCase() === 'INTEGER'
        return {
          name: String(name),
          nullable: Number(required) === 0 && !isRowId,
          counted: isRowId,
          type: String(type).toLowerCase(),
          inPrimaryKey: Number(pk) > 0,
        }
      })
    },
    async now(session) {
      const { rows } = await session.query(`SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')`)
      return readPrinted(String(rows[0]![0]), utc)
    },
    reader(column, options, sample) {
      const of = column as ResultColumn<SqliteType>
      return of.type.declared === '' ? sqliteExpressionReader(sample) : sqliteReader(of, options)
    },
    async estimate(session, { table }) {
      // The largest row number is a look at the end of the tree; a table without has no such thing.
      const sql = `SELECT max(rowid) FROM \`${table.replaceAll('`', '``')}\``
      const { rows } = await session.query(sql).catch(() => ({ rows: [] }))
      const found = rows[0]?.[0]
      return found === null || found === undefined ? undefined : Number(found)
    },
    async timeKind(session, from, quoted) {
      const { rows } = await session.query(`SELECT typeof(${quoted}) FROM ${from} WHERE ${quoted} IS NOT NULL LIMIT 1`)
      return rows[0] === undefined || rows[0][0] === 'text' ? 'wall' : 'number'
    },
    // Texts compare in the one form that `momentColumn` gives them: the same time may be written with a fraction or without.
    momentParam: (moment, kind, zone) => (kind === 'wall' ? wallText(toWall(moment, zone), 3) : millis(moment)),
    momentColumn: (quoted, kind) => (kind === 'wall' ? `strftime('%Y-%m-%d %H:%M:%f', ${quoted})` : quoted),
    readMoment: (cell, kind, zone) =>
      kind === 'wall' ? readPrinted(momentText(cell), zone) : readPrinted(momentText(cell), utc),
    isolation: () => undefined,

    columnType: (schema, _, asTimestamp) => (asTimestamp ? 'NUMERIC' : sqliteColumnType(schema)),
    literal(of, value, options) {
      const bound = value === null ? null : bindSqlite(of, value, options, asText)
      if (bound === null) return 'NULL'
      if (bound instanceof Uint8Array) return `X'${Buffer.from(bound).toString('hex')}'`
      if (typeof bound === 'boolean') return bound ? '1' : '0'
      return typeof bound === 'number' ? String(bound) : `'${String(bound).replaceAll("'", "''")}'`
    },
    bind: (of, value, options) => bindSqlite(of, value, options, asText),
    bindMoment: (moment, { zone }) => (asText ? wallText(toWall(moment, zone), 6) : millis(moment)),
    addColumns: (table, definitions) => definitions.map(one => `ALTER TABLE ${table} ADD ${one}`),
    write: writeSql,
    remove: (table, keys, rows) => deleteSql(table, keys, rows, mark),
  }
}

function sqliteColumnType(of: Schema): string {
  switch (fieldKind(of)) {
    case 'decimal':
    case 'date':
    case 'time':
    case 'timestamp':
      return 'NUMERIC'
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'boolean':
      return 'INTEGER'
    case 'float32':
    case 'float64':
      return 'REAL'
    case 'string':
      return 'TEXT'
    case 'bytes':
      return 'BLOB'
    case 'array':
    case 'map':
    case 'struct':
      throw unsupported(of)
  }
}

/** Dates and times are milliseconds since the epoch, as sqlite-jdbc has them, or texts where `date_class=TEXT` says so. */
function bindSqlite(of: Schema, value: Exclude<Value, null>, options: BindOptions, asText: boolean): Param {
  switch (fieldKind(of)) {
    case 'decimal':
      return decimalParam(value)
    case 'date':
      return asText ? dateText(value, options) : millis(momentOf(value))
    case 'time':
      return asText ? timeText(value, options) : millis(momentOf(value))
    case 'timestamp':
      return asText ? wallText(toWall(momentOf(value), options.zone), 3) : millis(momentOf(value))
    case 'bytes':
      return bytesParam(value)
    case 'array':
    case 'map':
    case 'struct':
      throw unsupported(of)
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'float32':
    case 'float64':
    case 'boolean':
    case 'string':
      return value as Param
  }
}

function writeSql(
  mode: InsertMode,
  table: string,
  keys: readonly string[],
  others: readonly string[],
  rows: number,
): string {
  if (mode === 'update') return updateSql(table, keys, others, mark)
  const all = [...keys, ...others]
  const verb = mode === 'upsert' ? 'INSERT OR REPLACE' : 'INSERT'
  return `${verb} INTO ${table} (${commas(all)}) VALUES ${rowsOf(all.length, rows, mark)}`
}

function classifySqlite(error: unknown): FailureKind {
  const code = errorCode(error)
  if (/^SQLITE_(BUSY|LOCKED|FULL|IOERR|PROTOCOL)/.test(code)) return 'transient'
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code) ? 'record' : 'permanent'
}

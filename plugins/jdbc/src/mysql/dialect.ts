import { toWall, wallText, zoneOf } from '@millrace/relational'
import { errorCode } from 'millrace/plugin'
import type { FailureKind, ResultColumn } from '../connection/session.js'
import {
  identifierParts,
  warnOfUnknown,
  type Dialect,
  type DialectSetup,
  type InsertMode,
  type TableColumn,
  type TableName,
} from '../dialect.js'
import { readPrinted } from '../types/temporal.js'
import { commas, deleteSql, likes, rowsOf, updateSql } from '../write-sql.js'
import { bindMysql, momentOfColumn, mysqlColumnType, mysqlLiteral } from './bind.js'
import { connectMysql, mysqlSettings, type MysqlType } from './session.js'
import { code, mysqlReader, text, type MysqlReading } from './types.js'

const tableTypes: Readonly<Record<string, string>> = {
  'BASE TABLE': 'TABLE',
  VIEW: 'VIEW',
  'SYSTEM VIEW': 'SYSTEM TABLE',
}
/** Schemas of the server's own. */
const systemSchemas = new Set(['information_schema', 'performance_schema', 'mysql', 'sys'])

/** Errors that pass by themselves: too many connections, full disks, shutdown, network, lock waits and deadlocks, killed, read-only for a failover. */
const transient = new Set([
  1021, 1040, 1053, 1077, 1114, 1158, 1159, 1160, 1161, 1205, 1213, 1290, 1317, 1836, 1927, 2002, 2003, 2006, 2013,
])
/** Errors of a row beside SQLSTATEs 22 and 23: truncated, out of range, no default, failed checks. */
const ofRecord = new Set([1048, 1062, 1264, 1265, 1292, 1364, 1366, 1406, 1411, 1452, 3819, 3140, 4025])

const utc = zoneOf('UTC')!
const mark = (): string => '?'

export function mysqlDialect(setup: DialectSetup): Dialect {
  warnOfUnknown(setup, mysqlSettings)
  const { properties, url } = setup
  const reading: MysqlReading = {
    tinyIsBit: properties['tinyInt1isBit'] !== 'false',
    bitIsBoolean: properties['transformedBitIsBoolean'] === 'true',
    yearIsDate: properties['yearIsDateType'] !== 'false',
    zeroDates: zeroDatesOf(properties['zeroDateTimeBehavior']),
  }
  return {
    name: 'MySQL',
    quoteMark: '`',
    mark,
    limits: { params: 100_000, bytes: 8 << 20 },
    begin: 'BEGIN',
    commitsStatements: true,
    transactionalDdl: false,
    open: signal => connectMysql(setup, signal),
    classify: classifyMysql,

    fullName: ({ catalog, table }) => (catalog === undefined ? table : `${catalog}.${table}`),
    tableNamed(text) {
      const parts = identifierParts(text)
      return { catalog: parts.at(-2) ?? (url.database || undefined), table: parts.at(-1) ?? '' }
    },
    async tables(session, { types, catalog }) {
      const { rows } = await session.query(
        'SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY 1, 2',
      )
      return rows
        .map(([schema, table, type]) => ({
          catalog: String(schema),
          table: String(table),
          type: tableTypes[String(type)],
        }))
        .filter(found => found.type !== undefined && types.includes(found.type))
        .filter(found =>
          catalog === null && url.database !== '' ? found.catalog === url.database : likes(catalog, found.catalog),
        )
        .filter(found => types.includes('SYSTEM TABLE') || !systemSchemas.has(found.catalog))
        .map(({ catalog, table }): TableName => ({ catalog, table }))
    },
    async columns(session, { catalog, table }) {
      const { rows } = await session.query(
        `SELECT column_name, is_nullable, extra, column_type, column_key FROM information_schema.columns
         WHERE table_schema = ${catalog === undefined ? 'DATABASE()' : '?'} AND table_name = ? ORDER BY ordinal_position`,
        catalog === undefined ? [table] : [catalog, table],
      )
      return rows.map(([name, nullable, extra, type, key]): TableColumn => ({
        name: String(name),
        nullable: nullable === 'YES',
        counted: String(extra).includes('auto_increment'),
        type: String(type).toLowerCase(),
        inPrimaryKey: key === 'PRI',
      }))
    },
    async now(session) {
      const { rows } = await session.query('SELECT UTC_TIMESTAMP(6)')
      return readPrinted(String(rows[0]![0]), utc)
    },
    reader: (column, options) => mysqlReader(column as ResultColumn<MysqlType>, options, reading),
    async estimate(session, { catalog, table }) {
      const { rows } = await session.query(
        'SELECT table_rows FROM information_schema.tables WHERE table_schema = ifnull(?, DATABASE()) AND table_name = ?',
        [catalog ?? null, table],
      )
      const found = rows[0]?.[0]
      return found === null || found === undefined ? undefined : Number(found)
    },
    async timeKind(session, from, quoted) {
      const { columns } = await session.query(`SELECT ${quoted} FROM ${from} LIMIT 0`)
      return (columns[0]?.type as MysqlType | undefined)?.code === code.timestamp ? 'instant' : 'wall'
    },
    momentParam: (moment, kind, zone) => wallText(toWall(moment, kind === 'instant' ? utc : zone), 6),
    momentColumn: quoted => quoted,
    readMoment: (cell, kind, zone) => readPrinted(text(cell), kind === 'instant' ? utc : zone),
    isolation: mode => `SET SESSION TRANSACTION ISOLATION LEVEL ${mode.replaceAll('_', ' ')}`,

    columnType: (schema, inKey, asTimestamp) => (asTimestamp ? 'DATETIME(6)' : mysqlColumnType(schema, inKey)),
    literal: mysqlLiteral,
    bind: bindMysql,
    bindMoment: (moment, { zone }, column) => momentOfColumn(moment, column, zone),
    addColumns: (table, definitions) => [`ALTER TABLE ${table} ${commas(definitions.map(one => `ADD ${one}`))}`],
    write: writeSql,
    remove: (table, keys, rows) => deleteSql(table, keys, rows, mark),
  }
}

/** Connector/J has had camel case and capitals. */
function zeroDatesOf(text = 'EXCEPTION'): MysqlReading['zeroDates'] {
  const plain = text.replaceAll('_', '').toUpperCase()
  if (plain === 'CONVERTTONULL') return 'CONVERT_TO_NULL'
  return plain === 'ROUND' ? 'ROUND' : 'EXCEPTION'
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
  const insert = `insert into ${table}(${commas(all)}) values ${rowsOf(all.length, rows, mark)}`
  if (mode === 'insert') return insert
  const changed = others.length === 0 ? keys : others
  return `${insert} on duplicate key update ${commas(changed.map(name => `${name}=values(${name})`))}`
}

function classifyMysql(error: unknown): FailureKind {
  const { errno = 0, sqlState = '', fatal } = error as { errno?: number; sqlState?: string; fatal?: boolean }
  if (transient.has(errno)) return 'transient'
  if (ofRecord.has(errno) || /^2[23]/.test(sqlState)) return 'record'
  const text = errorCode(error)
  if (/^(E[A-Z]+|PROTOCOL_.*)$/.test(text) && !text.startsWith('ER_')) return 'transient'
  return fatal === true && sqlState === '' ? 'transient' : 'permanent'
}

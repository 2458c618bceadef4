import { zonedText, zoneOf } from '@millrace/relational'
import { errorCode, errorMessage } from 'millrace/plugin'
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
import { commas, deleteSql, rowsOf, updateSql } from '../write-sql.js'
import { arrayStatement } from './array-writes.js'
import { bindPostgres, postgresColumnType, postgresLiteral } from './bind.js'
import { connectPostgres, postgresSettings, type PostgresType } from './session.js'
import { postgresReader } from './types.js'

/** Kinds of relations (pg_class.relkind) by what `table.types` calls them. */
const relationKinds: Readonly<Record<string, string>> = {
  TABLE: 'r',
  'PARTITIONED TABLE': 'p',
  VIEW: 'v',
  'MATERIALIZED VIEW': 'm',
  'FOREIGN TABLE': 'f',
}

/** SQLSTATEs, whole or their class, of what passes by itself: connections, resources, shutdowns, conflicts of transactions. */
const transient = /^(08...|53...|57P0.|57014|40001|40P01|55P03|25006)$/
/** Of what is wrong with a row: data exceptions, constraints, a value that is not of the column's type. */
const ofRecord = /^(22...|23...|42804)$/

const utc = zoneOf('UTC')!
const mark = (number: number): string => `$${number}`
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

export function postgresDialect(setup: DialectSetup): Dialect {
  warnOfUnknown(setup, postgresSettings)
  const defaultSchema = setup.properties['currentSchema']?.split(',')[0]?.trim()
  return {
    name: 'PostgreSQL',
    quoteMark: '"',
    mark,
    limits: { params: 65_535, bytes: 64 << 20 },
    begin: 'BEGIN',
    commitsStatements: true,
    transactionalDdl: true,
    open: signal => connectPostgres(setup, signal),
    classify: classifyPostgres,

    fullName: ({ schema, table }) => (schema === undefined ? table : `${schema}.${table}`),
    tableNamed(text) {
      const parts = identifierParts(text)
      return { schema: parts.at(-2) ?? defaultSchema, table: parts.at(-1) ?? '' }
    },
    async tables(session, { types, schema }) {
      const kinds = types.map(type => relationKinds[type]).filter(kind => kind !== undefined)
      const { rows } = await session.query(
        `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind::text = ANY($1) AND c.relpersistence <> 't' AND ($2::text IS NULL OR n.nspname LIKE $2)
           AND (n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%' OR $3)
         ORDER BY 1, 2`,
        [kinds, schema, types.includes('SYSTEM TABLE')],
      )
      return rows.map(([schema, table]): TableName => ({ schema: String(schema), table: String(table) }))
    },
    async columns(session, { schema, table }) {
      const { rows } = await session.query(
        `SELECT a.attname, a.attnotnull, a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%',
           format_type(a.atttypid, null), coalesce(a.attnum = ANY(i.indkey), false),
           CASE WHEN t.typcategory <> 'A' AND t.typarray <> 0 AND t.typdelim = ',' AND 'bytea'::regtype NOT IN (t.oid, t.typbasetype)
             THEN quote_ident(tn.nspname) || '.' || quote_ident(t.typname) END
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
         WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
        [schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`],
      )
      return rows.map(([name, required, counted, type, inPrimaryKey, arrayElement]): TableColumn => ({
        name: String(name),
        nullable: required !== 't',
        counted: counted === 't',
        type: String(type),
        inPrimaryKey: inPrimaryKey === 't',
        arrayElement: arrayElement === null || arrayElement === undefined ? undefined : String(arrayElement),
      }))
    },
    async now(session) {
      const { rows } = await session.query('SELECT statement_timestamp()')
      return readPrinted(String(rows[0]![0]), utc)
    },
    reader: (column, options) => postgresReader(column as ResultColumn<PostgresType>, options),
    async estimate(session, { schema, table }) {
      const { rows } = await session.query('SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass($1)', [
        schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`,
      ])
      const found = Number(rows[0]?.[0] ?? -1)
      return found < 0 ? undefined : found
    },
    timeKind: async () => 'wall',
    // With an offset: where the column has a time zone it counts, and where it has none the server leaves it out.
    momentParam: (moment, _, zone) => zonedText(moment, zone, 6),
    momentColumn: quoted => quoted,
    readMoment: (cell, _, zone) => readPrinted(String(cell), zone),
    isolation: mode => `SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL ${mode.replaceAll('_', ' ')}`,

    columnType: (schema, _, asTimestamp) => (asTimestamp ? 'TIMESTAMP' : postgresColumnType(schema)),
    literal: postgresLiteral,
    bind: bindPostgres,
    bindMoment: (moment, { zone }) => zonedText(moment, zone, 6),
    addColumns: (table, definitions) => [`ALTER TABLE ${table} ${commas(definitions.map(one => `ADD ${one}`))}`],
    write: (mode, table, keys, others, rows) => writeSql(mode, table, keys, others, rows),
    remove: (table, keys, rows) => deleteSql(table, keys, rows, mark),
    writeArrays: arrayStatement,
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
  const insert = `INSERT INTO ${table} (${commas(all)}) VALUES ${rowsOf(all.length, rows, mark)}`
  if (mode === 'insert') return insert
  const set = commas(others.map(name => `${name}=EXCLUDED.${name}`))
  return `${insert} ON CONFLICT (${commas(keys)}) DO ${others.length === 0 ? 'NOTHING' : `UPDATE SET ${set}`}`
}

function classifyPostgres(error: unknown): FailureKind {
  const code = errorCode(error)
  if (transient.test(code)) return 'transient'
  if (ofRecord.test(code)) return 'record'
  // Without a SQLSTATE it is the connection's failure: refused, cut, or ended under a query.
  if (/^E[A-Z]+$/.test(code) || /Connection terminated|timeout|not queryable|socket/i.test(errorMessage(error)))
    return 'transient'
  return 'permanent'
}

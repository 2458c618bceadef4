import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { postgresTls } from '@millrace/relational'
import { errorMessage } from 'millrace/plugin'
import pg from 'pg'
import Cursor from 'pg-cursor'
import type { DialectSetup } from '../dialect.js'
import {
  answerMs,
  silenceMs,
  type Param,
  type ResultColumn,
  type ResultRows,
  type Session,
} from '../connection/session.js'

/** What the catalogue says of a result's column, beyond what the result says. */
export interface PostgresType {
  readonly oid: number
  readonly modifier: number
  /** pg_type.typtype: `b` base, `e` enum, `d` domain, `c` composite, `r` range. */
  readonly kind: string
  /** pg_type.typname: `int4`, `_text`, `citext`. */
  readonly name: string
}

/** Values come as the server prints them: no type of JavaScript holds them all. */
const asPrinted = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig

const settings = new Set([
  'user',
  'password',
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'ApplicationName',
  'connectTimeout',
  'loginTimeout',
  'socketTimeout',
  'currentSchema',
  'options',
  'targetServerType',
  'tcpKeepAlive',
  // Heeded by doing so always: texts are bound as what the column is, rows stream, inserts are batched.
  'stringtype',
  'defaultRowFetchSize',
  'reWriteBatchedInserts',
  'prepareThreshold',
])
export const postgresSettings: ReadonlySet<string> = settings

/** Connects to the first host that answers. */
export async function connectPostgres(setup: DialectSetup, signal: AbortSignal): Promise<PostgresSession> {
  let failure: unknown
  for (const host of setup.url.hosts) {
    signal.throwIfAborted()
    try {
      return await connectTo(host, setup)
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

async function connectTo(
  host: { readonly host: string; readonly port: number },
  setup: DialectSetup,
): Promise<PostgresSession> {
  const { properties: of, url, user, password } = setup
  const mode = of['sslmode'] ?? (of['ssl'] !== undefined && of['ssl'] !== 'false' ? 'verify-full' : 'prefer')
  const seconds = Number(of['connectTimeout'] ?? of['loginTimeout'] ?? 10)
  const options: pg.ClientConfig = {
    ...host,
    user: user ?? process.env['USER'] ?? 'postgres',
    ...(password !== undefined && { password }),
    database: url.database || user,
    application_name: of['ApplicationName'] ?? `Millrace ${hostname()}`,
    connectionTimeoutMillis: (seconds || 10) * 1_000,
    ...(Number(of['socketTimeout'] ?? 0) > 0 && { query_timeout: Number(of['socketTimeout']) * 1_000 }),
    ...(of['options'] !== undefined && { options: of['options'] }),
    keepAlive: true,
    keepAliveInitialDelayMillis: silenceMs,
    types: asPrinted,
  }
  const open = async (ssl: pg.ClientConfig['ssl']): Promise<pg.Client> => {
    const client = new pg.Client({ ...options, ssl: ssl ?? false })
    // Told to whoever runs the next query; without a listener it would end the thread.
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const ssl = await postgresTls(mode, { rootcert: of['sslrootcert'], cert: of['sslcert'], key: of['sslkey'] })
  const client = await open(ssl).catch((error: unknown) => {
    if (mode === 'prefer' && /does not support SSL/.test(errorMessage(error))) return open(undefined)
    throw error
  })
  const session = new PostgresSession(client, () => open(ssl).catch(() => open(undefined)))
  // Instants are printed in UTC, and every value by one rule, whatever the role's own settings are.
  await session.execute(
    `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 3`,
  )
  if (of['currentSchema']) await session.execute(`SELECT set_config('search_path', $1, false)`, [of['currentSchema']])
  return session
}

export class PostgresSession implements Session {
  readonly #client: pg.Client
  readonly #another: () => Promise<pg.Client>
  #broken = false
  #goodbye: NodeJS.Timeout | undefined

  constructor(client: pg.Client, another: () => Promise<pg.Client>) {
    this.#client = client
    this.#another = another
    client.on('end', () => (this.#broken = true))
    client.on('error', () => (this.#broken = true))
  }

  get broken(): boolean {
    return this.#broken
  }

  async query(sql: string, params: readonly Param[] = []): Promise<ResultRows<PostgresType>> {
    const result = await this.#client.query<string[]>({ text: sql, values: [...params], rowMode: 'array' })
    return { columns: result.fields.map(plainColumn), rows: result.rows }
  }

  async execute(sql: string, params: readonly Param[] = []): Promise<number> {
    const result = await this.#client.query(params.length === 0 ? sql : { text: sql, values: [...params] })
    return result.rowCount ?? 0
  }

  async *stream(sql: string, params: readonly Param[], size: number): AsyncGenerator<ResultRows<PostgresType>> {
    for (;;) {
      const columns = await this.#describe(sql, params)
      const cursor = this.#client.query(new Cursor<string[]>(sql, [...params], { rowMode: 'array', types: asPrinted }))
      let next = readCursor(cursor, size)
      try {
        let first = true
        for (;;) {
          const { rows, fields } = await next
          // The table was altered between the two: what was described is no longer what comes.
          if (first && !sameColumns(columns, fields)) break
          first = false
          const isLast = rows.length < size
          // The server fetches the next rows while these are worked on.
          if (!isLast) next = readCursor(cursor, size)
          if (rows.length > 0) yield { columns, rows }
          if (isLast) return
        }
      } finally {
        await next.catch(() => undefined)
        if (!this.#broken) await cursor.close()
      }
    }
  }

  async cancel(): Promise<void> {
    const own = (this.#client as unknown as { readonly processID: number | null }).processID
    if (own === null || this.#broken) return
    this.#goodbye ??= setTimeout(() => this.#stream.destroy(), answerMs)
    const other = await this.#another()
    try {
      await other.query('SELECT pg_cancel_backend($1)', [own])
    } finally {
      await other.end()
    }
  }

  async close(): Promise<void> {
    this.#broken = true
    this.#goodbye ??= setTimeout(() => this.#stream.destroy(), answerMs)
    await this.#client.end().finally(() => clearTimeout(this.#goodbye))
  }

  get #stream(): Duplex {
    return (this.#client as unknown as { readonly connection: { readonly stream: Duplex } }).connection.stream
  }

  /** The columns of a query, with what the catalogue says of their types and whether they may be null. */
  async #describe(sql: string, params: readonly Param[]): Promise<readonly ResultColumn<PostgresType>[]> {
    const { fields } = await this.#client.query({
      text: `SELECT * FROM (${sql.replace(/;\s*$/, '')}) described WHERE false`,
      values: [...params],
      rowMode: 'array',
    })
    const [types, known] = [
      unique(fields.map(({ dataTypeID }) => dataTypeID)),
      unique(fields.map(({ tableID }) => tableID)),
    ]
    const found = await this.#client.query<[string, string, string]>({
      text: 'SELECT oid, typtype, typname FROM pg_type WHERE oid = ANY($1::oid[])',
      values: [types],
      rowMode: 'array',
    })
    const notNull = await this.#client.query<[string, string]>({
      text: 'SELECT attrelid, attnum FROM pg_attribute WHERE attrelid = ANY($1::oid[]) AND attnotnull AND attnum > 0',
      values: [known.filter(oid => oid > 0)],
      rowMode: 'array',
    })
    const kinds = new Map(found.rows.map(([oid, kind, name]) => [Number(oid), { kind, name }]))
    const required = new Set(notNull.rows.map(([table, column]) => `${table}.${column}`))
    return fields.map(field => ({
      name: field.name,
      nullable: !required.has(`${field.tableID}.${field.columnID}`),
      type: {
        oid: field.dataTypeID,
        modifier: field.dataTypeModifier,
        ...(kinds.get(field.dataTypeID) ?? { kind: 'b', name: '' }),
      },
    }))
  }
}

function plainColumn(field: pg.FieldDef): ResultColumn<PostgresType> {
  const type = { oid: field.dataTypeID, modifier: field.dataTypeModifier, kind: 'b', name: '' }
  return { name: field.name, nullable: true, type }
}

function sameColumns(columns: readonly ResultColumn<PostgresType>[], fields: readonly pg.FieldDef[]): boolean {
  return (
    columns.length === fields.length &&
    columns.every(({ name, type }, index) => name === fields[index]?.name && type.oid === fields[index]?.dataTypeID)
  )
}

function readCursor(
  cursor: Cursor<string[]>,
  size: number,
): Promise<{ readonly rows: string[][]; readonly fields: readonly pg.FieldDef[] }> {
  return new Promise((resolve, reject) =>
    cursor.read(size, (error: Error | undefined, rows, result) =>
      error ? reject(error) : resolve({ rows, fields: result.fields }),
    ),
  )
}

function unique(values: readonly number[]): readonly number[] {
  return [...new Set(values)]
}

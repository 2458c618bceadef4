import type { Duplex } from 'node:stream'
import { postgresTls } from '@millrace/relational'
import { errorMessage } from 'millrace/plugin'
import pg from 'pg'
import type { PostgresConfig } from './config.js'

/** Values come as the server prints them: no type of JavaScript holds them all. */
export const asPrinted = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig

type Place = Pick<
  PostgresConfig,
  | 'database.hostname'
  | 'database.port'
  | 'database.user'
  | 'database.password'
  | 'database.dbname'
  | 'database.sslmode'
  | 'database.sslrootcert'
  | 'database.sslcert'
  | 'database.sslkey'
  | 'database.sslpassword'
  | 'database.initial.statements'
>

const connectMs = 30_000
/** A connection that stays silent so long is asked for a sign of life: where packets are dropped, nothing else would end it. */
const silenceMs = 30_000
/** How long the server may take to say goodbye, ms. */
const goodbyeMs = 2_000

/** How values are printed, whatever the role's own settings are. */
const printing = `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 3`

/** A connection for statements; `statementMs`: how long one may take, 0 for as long as it takes. */
export async function connect(config: Place, statementMs = 0): Promise<pg.Client> {
  const client = await opened(config, statementMs > 0 ? { query_timeout: statementMs } : {})
  try {
    await client.query(printing)
    for (const statement of initialStatements(config['database.initial.statements'])) await client.query(statement)
    return client
  } catch (error) {
    await closed(client)
    throw error
  }
}

/** Ends a connection, also one whose other end is no longer there to agree. Never fails. */
export async function closed(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection
  const timer = setTimeout(() => stream.destroy(), goodbyeMs)
  await client.end().catch(() => undefined)
  clearTimeout(timer)
}

/** A connection that speaks the replication protocol; it takes simple statements only. The printing of values follows the options given here. */
export function connectReplication(config: Place): Promise<pg.Client> {
  const options = `-c TimeZone=UTC -c DateStyle=ISO,YMD -c IntervalStyle=postgres -c bytea_output=hex -c extra_float_digits=3`
  return opened(config, { replication: 'database', options } as pg.ClientConfig)
}

async function opened(config: Place, more: pg.ClientConfig): Promise<pg.Client> {
  const mode = config['database.sslmode']
  const ssl = await postgresTls(mode, {
    rootcert: config['database.sslrootcert'],
    cert: config['database.sslcert'],
    key: config['database.sslkey'],
    password: config['database.sslpassword']?.reveal(),
  })
  const open = async (tls: pg.ClientConfig['ssl']): Promise<pg.Client> => {
    const password = config['database.password']?.reveal()
    const client = new pg.Client({
      host: config['database.hostname'],
      port: config['database.port'],
      user: config['database.user'],
      ...(password !== undefined && { password }),
      database: config['database.dbname'],
      application_name: 'Millrace',
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: silenceMs,
      types: asPrinted,
      ssl: tls ?? false,
      ...more,
    })
    // Told to whoever waits; without a listener it would end the thread.
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  try {
    return await open(ssl)
  } catch (error) {
    if (mode === 'prefer' && /does not support SSL/.test(errorMessage(error))) return open(undefined)
    throw error
  }
}

/** Between semicolons; two of them stand for one. */
function initialStatements(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(/(?<!;);(?!;)/)
    .map(statement => statement.replaceAll(';;', ';').trim())
    .filter(statement => statement !== '')
}

/** Rows as arrays of what the server prints. */
export async function rowsOf(
  client: pg.Client,
  sql: string,
  params: readonly unknown[] = [],
): Promise<readonly (readonly (string | null)[])[]> {
  const query = params.length === 0 ? { text: sql } : { text: sql, values: [...params] }
  const result = await client.query<(string | null)[]>({ ...query, rowMode: 'array', types: asPrinted })
  return result.rows
}

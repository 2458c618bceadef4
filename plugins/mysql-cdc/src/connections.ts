import { readFile } from 'node:fs/promises'
import { errorMessage } from 'millrace/plugin'
import { createConnection, type Connection, type ConnectionOptions } from 'mysql2'
import type { BinlogConfig } from './config.js'

export type Place = Pick<
  BinlogConfig,
  | 'database.hostname'
  | 'database.port'
  | 'database.user'
  | 'database.password'
  | 'database.ssl.mode'
  | 'database.ssl.keystore'
  | 'database.ssl.keystore.password'
  | 'database.ssl.truststore'
  | 'database.initial.statements'
  | 'connect.timeout.ms'
>

/** A connection that stays silent so long is asked for a sign of life: where packets are dropped, nothing else would end it. */
const silenceMs = 30_000
/** How long the server may take to say goodbye, ms. */
const goodbyeMs = 2_000

/** What a row has: values as the server prints them. */
export type PrintedRow = readonly (string | null)[]

/** How long a statement of a connection may take, ms; without an entry as long as it takes. */
const deadlines = new WeakMap<Connection, number>()

/** A connection for statements, whose instants are in UTC; `statementMs`: how long one may take, 0 for as long as it takes. */
export async function connect(config: Place, statementMs = 0): Promise<Connection> {
  const connection = await opened(await connectionOptions(config))
  if (statementMs > 0) deadlines.set(connection, statementMs)
  try {
    await execute(connection, `SET time_zone = '+00:00', sql_mode = '', group_concat_max_len = 1048576`)
    for (const statement of initialStatements(config['database.initial.statements']))
      await execute(connection, statement)
    return connection
  } catch (error) {
    await closed(connection)
    throw error
  }
}

/** How to reach the server; also for the client that reads the binlog. `preferred` means encrypted where the server can. */
export async function connectionOptions(config: Place): Promise<ConnectionOptions> {
  const password = config['database.password']?.reveal()
  const options: ConnectionOptions = {
    host: config['database.hostname'].replace(/^\[(.*)\]$/, '$1'),
    port: config['database.port'],
    user: config['database.user'],
    ...(password !== undefined && { password }),
    connectTimeout: config['connect.timeout.ms'],
    charset: 'utf8mb4_general_ci',
    // Values come as the server prints them: no type of JavaScript holds them all.
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    decimalNumbers: false,
    enableKeepAlive: true,
    keepAliveInitialDelay: silenceMs,
    timezone: 'Z',
  }
  const ssl = await tlsOf(config)
  if (ssl === undefined) return options
  if (config['database.ssl.mode'] !== 'preferred') return { ...options, ssl }
  return (await answersEncrypted({ ...options, ssl })) ? { ...options, ssl } : options
}

/** Whether a server takes an encrypted connection; any other failure is for the connection that follows to tell. */
async function answersEncrypted(options: ConnectionOptions): Promise<boolean> {
  try {
    await closed(await opened(options))
    return true
  } catch (error) {
    return !/does not support secure connection/i.test(errorMessage(error))
  }
}

export function opened(options: ConnectionOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(options)
    // Told to whoever waits; without a listener it would end the thread.
    connection.on('error', () => undefined)
    connection.connect(error => {
      if (error === null || error === undefined) return resolve(connection)
      connection.destroy()
      reject(error)
    })
  })
}

/** Ends a connection, also one whose other end is no longer there to agree. Never fails. */
export async function closed(connection: Connection): Promise<void> {
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, goodbyeMs)
    connection.end(() => {
      clearTimeout(timer)
      resolve()
    })
  })
  connection.destroy()
}

/** A statement whose result nobody wants. */
export async function execute(connection: Connection, sql: string): Promise<void> {
  await rowsOf(connection, sql)
}

/** Rows as arrays of what the server prints. */
export function rowsOf(
  connection: Connection,
  sql: string,
  params: readonly (string | number)[] = [],
): Promise<readonly PrintedRow[]> {
  const timeout = deadlines.get(connection)
  return new Promise((resolve, reject) => {
    const options = {
      sql,
      values: [...params],
      rowsAsArray: true,
      typeCast: (field: { string(): string | null }) => field.string(),
      ...(timeout !== undefined && { timeout }),
    }
    connection.query(options as never, (error: Error | null, rows: unknown) =>
      error ? reject(error) : resolve(Array.isArray(rows) ? (rows as PrintedRow[]) : []),
    )
  })
}

async function tlsOf(config: Place): Promise<ConnectionOptions['ssl'] | undefined> {
  const mode = config['database.ssl.mode'].replace('-', '_')
  if (mode === 'disabled' || mode === 'disable') return undefined
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file, 'utf8'))
  const [ca, own] = await Promise.all([read(config['database.ssl.truststore']), read(config['database.ssl.keystore'])])
  const passphrase = config['database.ssl.keystore.password']?.reveal()
  return {
    rejectUnauthorized: mode.startsWith('verify'),
    verifyIdentity: mode === 'verify_identity' || mode === 'verify_full',
    ...(ca !== undefined && { ca }),
    ...(own !== undefined && { cert: own, key: own }),
    ...(passphrase !== undefined && { passphrase }),
  }
}

/** Between semicolons; two of them stand for one. */
function initialStatements(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(/(?<!;);(?!;)/)
    .map(statement => statement.replaceAll(';;', ';').trim())
    .filter(statement => statement !== '')
}

export function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

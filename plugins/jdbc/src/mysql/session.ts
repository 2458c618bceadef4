import type { Duplex } from 'node:stream'
import { errorCode } from 'millrace/plugin'
import { createConnection, type Connection, type ConnectionOptions, type FieldPacket } from 'mysql2'
import type { DialectSetup } from '../dialect.js'
import {
  answerMs,
  silenceMs,
  type Cell,
  type Param,
  type ResultColumn,
  type ResultRows,
  type Session,
} from '../connection/session.js'
import { encryptionOf, type Encryption } from './tls.js'

/** What the protocol says of a result's column. */
export interface MysqlType {
  /** The protocol's number (`MYSQL_TYPE_…`). */
  readonly code: number
  readonly length: number
  readonly decimals: number
  readonly unsigned: boolean
  /** Bytes without a character set. */
  readonly binary: boolean
}

const flags = { notNull: 1, unsigned: 32 } as const
const binaryCharset = 63

export const mysqlSettings: ReadonlySet<string> = new Set([
  'user',
  'password',
  'useSSL',
  'sslMode',
  'requireSSL',
  'verifyServerCertificate',
  'serverSslCert',
  'connectTimeout',
  'socketTimeout',
  'tinyInt1isBit',
  'transformedBitIsBoolean',
  'yearIsDateType',
  'zeroDateTimeBehavior',
  // Heeded by doing so always, or of no meaning here.
  'useCursorFetch',
  'defaultFetchSize',
  'rewriteBatchedStatements',
  'useUnicode',
  'characterEncoding',
  'connectionTimeZone',
  'serverTimezone',
  'allowPublicKeyRetrieval',
  'autoReconnect',
  'tcpKeepAlive',
])

/** Connects to the first host that answers. */
export async function connectMysql(setup: DialectSetup, signal: AbortSignal): Promise<MysqlSession> {
  const encryption = await encryptionOf(setup.url.driver, setup.properties)
  let failure: unknown
  for (const host of setup.url.hosts) {
    signal.throwIfAborted()
    const options: ConnectionOptions = {
      ...host,
      ...(setup.user !== undefined && { user: setup.user }),
      ...(setup.password !== undefined && { password: setup.password }),
      ...(setup.url.database !== '' && { database: setup.url.database }),
      connectTimeout: Number(setup.properties['connectTimeout'] ?? 0) || 10_000,
      // Values come as the server prints them: no type of JavaScript holds them all.
      typeCast: false,
      rowsAsArray: true,
      supportBigNumbers: true,
      enableKeepAlive: true,
      keepAliveInitialDelay: silenceMs,
      timezone: 'Z',
    }
    const open = (): Promise<Connection> => openedAs(options, encryption)
    try {
      const session = new MysqlSession(await open(), open)
      await prepare(session)
      return session
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

/** A statement outside of a transaction is one; instants are printed in UTC; and a backslash escapes, which is what values are escaped by. */
async function prepare(session: MysqlSession): Promise<void> {
  const { rows } = await session.query('SELECT @@SESSION.sql_mode')
  const modes = String(rows[0]![0]).split(',')
  const kept = modes.filter(mode => mode !== '' && mode !== 'NO_BACKSLASH_ESCAPES' && mode !== 'ANSI_QUOTES')
  await session.execute(`SET autocommit = 1, time_zone = '+00:00', sql_mode = ?`, [kept.join(',')])
}

/** Not encrypted where the server cannot, and where that is no matter. */
async function openedAs(options: ConnectionOptions, encryption: Encryption | undefined): Promise<Connection> {
  if (encryption === undefined) return opened(options)
  try {
    return await opened({ ...options, ssl: encryption.ssl })
  } catch (error) {
    if (!encryption.optional || errorCode(error) !== 'HANDSHAKE_NO_SSL_SUPPORT') throw error
    return opened(options)
  }
}

function opened(options: ConnectionOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(options)
    connection.on('error', () => undefined)
    connection.connect(error => {
      if (error === null || error === undefined) return resolve(connection)
      connection.destroy()
      reject(error)
    })
  })
}

export class MysqlSession implements Session {
  readonly #connection: Connection
  readonly #another: () => Promise<Connection>
  #broken = false

  constructor(connection: Connection, another: () => Promise<Connection>) {
    this.#connection = connection
    this.#another = another
    for (const event of ['error', 'end']) connection.on(event, () => (this.#broken = true))
  }

  get broken(): boolean {
    return this.#broken
  }

  query(sql: string, params: readonly Param[] = []): Promise<ResultRows<MysqlType>> {
    return new Promise((resolve, reject) =>
      this.#connection.query(sql, [...params], (error, rows, fields) =>
        error
          ? reject(this.#noticed(error))
          : resolve({
              columns: (fields ?? []).map(columnOf),
              rows: textRows(rows as unknown as Cell[][], fields ?? []),
            }),
      ),
    )
  }

  execute(sql: string, params: readonly Param[] = []): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#connection.query(sql, [...params], (error, result) =>
        error
          ? reject(this.#noticed(error))
          : resolve((result as { readonly affectedRows?: number }).affectedRows ?? 0),
      ),
    )
  }

  async *stream(sql: string, params: readonly Param[], size: number): AsyncGenerator<ResultRows<MysqlType>> {
    const reading = new RowStream(this.#connection, sql, params, size)
    try {
      for (;;) {
        const rows = await reading.next().catch((error: Error) => {
          throw this.#noticed(error)
        })
        if (rows.length > 0) yield { columns: reading.columns, rows }
        if (rows.length < size) return
      }
    } finally {
      // The rest would have to be read to use the connection again.
      if (!reading.ended) this.#destroy()
    }
  }

  async cancel(): Promise<void> {
    const { threadId } = this.#connection
    if (this.#broken || !threadId) return
    this.#dropLater()
    const other = await this.#another()
    try {
      await new Promise<void>((resolve, reject) =>
        other.query(`KILL QUERY ${threadId}`, error => (error ? reject(error) : resolve())),
      )
    } finally {
      other.destroy()
    }
  }

  close(): Promise<void> {
    if (this.#broken) return Promise.resolve(this.#destroy())
    this.#broken = true
    this.#dropLater()
    return new Promise(resolve => this.#connection.end(() => resolve()))
  }

  #dropLater(): void {
    const stream = this.#stream
    if (stream.destroyed) return
    const timer = setTimeout(() => stream.destroy(), answerMs)
    stream.once('close', () => clearTimeout(timer))
  }

  /** `destroy` of the client alone waits for the other end to agree, which it may never do while nobody reads its rows. */
  #destroy(): void {
    this.#broken = true
    this.#connection.destroy()
    this.#stream.destroy()
  }

  get #stream(): Duplex {
    return (this.#connection as unknown as { readonly stream: Duplex }).stream
  }

  #noticed(error: Error): Error {
    if ((error as { readonly fatal?: boolean }).fatal === true) this.#broken = true
    return error
  }
}

/** Rows as they come, with the socket paused while nobody wants more. */
class RowStream {
  readonly #connection: Connection
  readonly #size: number
  #rows: Cell[][] = []
  #waiting: { readonly resolve: (rows: Cell[][]) => void; readonly reject: (error: Error) => void } | undefined
  #failure: Error | undefined
  columns: readonly ResultColumn<MysqlType>[] = []
  ended = false

  constructor(connection: Connection, sql: string, params: readonly Param[], size: number) {
    this.#connection = connection
    this.#size = size
    const query = connection.query(sql, [...params])
    query.on('fields', (fields: FieldPacket[] | undefined) => (this.columns = (fields ?? []).map(columnOf)))
    query.on('result', (row: unknown) => {
      this.#rows.push(row as Cell[])
      if (this.#rows.length >= size) {
        connection.pause()
        this.#hand()
      }
    })
    query.on('error', this.#fail)
    // A lost connection is told to the connection alone.
    connection.on('error', this.#fail)
    query.on('end', () => {
      connection.off('error', this.#fail)
      this.ended = true
      this.#hand()
    })
  }

  readonly #fail = (error: Error): void => {
    this.#connection.off('error', this.#fail)
    this.ended = true
    this.#failure = error
    this.#waiting?.reject(error)
  }

  /** The next `size` rows; fewer are the last. */
  next(): Promise<Cell[][]> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#waiting = { resolve, reject }
      if (this.ended || this.#rows.length >= this.#size) return this.#hand()
      this.#connection.resume()
    })
  }

  #hand(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    waiting.resolve(this.#rows.splice(0, this.#size))
  }
}

/** For what the catalogue says: texts. */
function textRows(rows: readonly Cell[][], fields: readonly FieldPacket[]): readonly Cell[][] {
  if (fields.length === 0) return []
  return rows.map(row => row.map(cell => (cell instanceof Uint8Array ? Buffer.from(cell).toString('utf8') : cell)))
}

function columnOf(field: FieldPacket): ResultColumn<MysqlType> {
  const of = field as unknown as Readonly<
    Record<'columnType' | 'columnLength' | 'flags' | 'characterSet' | 'decimals', number>
  >
  return {
    name: field.name,
    nullable: (of.flags & flags.notNull) === 0,
    type: {
      code: of.columnType,
      length: of.columnLength,
      decimals: of.decimals,
      unsigned: (of.flags & flags.unsigned) !== 0,
      binary: of.characterSet === binaryCharset,
    },
  }
}

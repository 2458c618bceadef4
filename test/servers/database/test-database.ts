import { randomBytes } from 'node:crypto'
import { createConnection, type Connection } from 'mysql2/promise'
import pg from 'pg'
import { until } from '../until.js'
import type { DatabaseAddress } from './database-server.js'

/** A database of a suite's own, and a connection to it for what a test does from outside. */
export interface TestDatabase extends DatabaseAddress {
  /** Keys of a connector that lead here. */
  readonly connection: Readonly<Record<string, string>>
  /** Runs statements, one at a time where they have parameters. */
  run(sql: string, params?: readonly unknown[]): Promise<void>
  /** Rows as arrays, values as the server prints them. */
  rows(sql: string, params?: readonly unknown[]): Promise<readonly (readonly (string | null)[])[]>
  /** Removes it. */
  drop(): Promise<void>
}

const newName = (): string => `t_${randomBytes(6).toString('hex')}`
const printed = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig

export async function postgresDatabase(server: DatabaseAddress): Promise<TestDatabase> {
  const database = newName()
  const connect = async (to: string): Promise<pg.Client> => {
    const client = new pg.Client({ ...server, database: to, types: printed })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const once = async (sql: string): Promise<void> => {
    const client = await connect(server.database)
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
  await once(`CREATE DATABASE ${database}`)
  // Anew after the server was restarted.
  let client = await connect(database)
  let last: Promise<unknown> = Promise.resolve()
  /** One after the other, whoever asks. */
  const rows = (sql: string, params: readonly unknown[] = []): Promise<(string | null)[][]> => {
    const asked = last.then(() => askFor(sql, params))
    last = asked.catch(() => undefined)
    return asked
  }
  const askFor = async (sql: string, params: readonly unknown[] = []): Promise<(string | null)[][]> => {
    const ask = () =>
      client.query<(string | null)[]>(
        params.length === 0 ? { text: sql, rowMode: 'array' } : { text: sql, values: [...params], rowMode: 'array' },
      )
    const result = await ask().catch(async (error: Error & { code?: string }) => {
      if (error.code !== undefined && !error.code.startsWith('57P')) throw error
      client = await connect(database)
      return ask()
    })
    return result.rows
  }
  return {
    ...server,
    database,
    connection: {
      'connection.url': `jdbc:postgresql://${server.host}:${server.port}/${database}`,
      'connection.user': server.user,
      'connection.password': server.password,
    },
    rows,
    run: async (sql, params) => void (await rows(sql, params)),
    async drop() {
      await client.end().catch(() => undefined)
      await until(
        () => `the slots of ${database} to go`,
        20_000,
        () => withoutSlots(server, database),
      )
      await once(`DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}

/** Whether a database has no slots: with one it could not be dropped. Ends who reads them, and removes those that nobody reads. */
async function withoutSlots(server: DatabaseAddress, database: string): Promise<boolean> {
  const client = new pg.Client({ ...server })
  await client.connect()
  try {
    const slots = `FROM pg_replication_slots WHERE database = $1`
    await client.query(`SELECT pg_terminate_backend(active_pid) ${slots} AND active`, [database])
    await client.query(`SELECT pg_drop_replication_slot(slot_name) ${slots} AND NOT active`, [database])
    return (await client.query(`SELECT ${slots}`, [database])).rows.length === 0
  } catch {
    // One has come into use between the two.
    return false
  } finally {
    await client.end()
  }
}

export async function mysqlDatabase(server: DatabaseAddress): Promise<TestDatabase> {
  const database = newName()
  const connect = async (to: string): Promise<Connection> => {
    const connection = await createConnection({
      host: server.host,
      port: server.port,
      user: server.user,
      password: server.password,
      database: to,
      rowsAsArray: true,
      multipleStatements: true,
      typeCast: (field, next) => (field.type === 'BIT' || field.type.endsWith('BLOB') ? next() : field.string()),
    })
    connection.on('error', () => undefined)
    return connection
  }
  const once = async (sql: string): Promise<void> => {
    const connection = await connect(server.database)
    try {
      await connection.query(sql)
    } finally {
      await connection.end()
    }
  }
  await once(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`)
  let connection = await connect(database)
  const rows = async (sql: string, params: readonly unknown[] = []): Promise<(string | null)[][]> => {
    const ask = () => connection.query(sql, [...params])
    const [result] = await ask().catch(async (error: Error & { fatal?: boolean }) => {
      if (error.fatal !== true && !/closed state/.test(error.message)) throw error
      connection = await connect(database)
      return ask()
    })
    return result as unknown as (string | null)[][]
  }
  const scheme = (await rows('SELECT version()'))[0]![0]!.includes('MariaDB') ? 'mariadb' : 'mysql'
  return {
    ...server,
    database,
    connection: {
      'connection.url': `jdbc:${scheme}://${server.host}:${server.port}/${database}`,
      'connection.user': server.user,
      'connection.password': server.password,
    },
    rows,
    run: async (sql, params) => void (await rows(sql, params)),
    async drop() {
      connection.destroy()
      await once(`DROP DATABASE ${database}`)
    },
  }
}

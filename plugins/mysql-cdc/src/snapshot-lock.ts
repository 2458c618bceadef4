import { errorCode, errorMessage, fatal } from 'millrace/plugin'
import type { PluginLogger } from 'millrace/plugin'
import type { Connection } from 'mysql2'
import type { TableRef } from './catalog.js'
import type { BinlogConfig } from './config.js'
import { closed, connect, execute, quotedName } from './connections.js'

/** Keeps others from writing, by a connection of its own: one that locks tables cannot begin a transaction without letting go of them. */
export class SnapshotLock {
  readonly #config: BinlogConfig
  readonly #logger: PluginLogger
  #connection: Connection | undefined

  constructor(config: BinlogConfig, logger: PluginLogger) {
    this.#config = config
    this.#logger = logger
  }

  /** Locks all tables of the server; without the right to do so, those given. Fails where that takes longer than the configuration says. */
  async take(tables: readonly TableRef[]): Promise<void> {
    const connection = (this.#connection = await connect(this.#config))
    const ms = this.#config['snapshot.lock.timeout.ms']
    await execute(connection, `SET SESSION lock_wait_timeout = ${Math.max(1, Math.ceil(ms / 1_000))}`)
    try {
      await this.#lock(connection, tables)
    } catch (error) {
      if (isDenied(error))
        throw fatal(`The tables could not be locked: ${errorMessage(error)}`, {
          code: 'mysql.lock_denied',
          hint: 'Grant RELOAD or LOCK TABLES, or set snapshot.locking.mode=none: then nobody may change tables’ definitions while the snapshot begins.',
          cause: error,
        })
      throw error
    }
  }

  async #lock(connection: Connection, tables: readonly TableRef[]): Promise<void> {
    try {
      await execute(connection, 'FLUSH TABLES WITH READ LOCK')
    } catch (error) {
      if (!isDenied(error)) throw error
      this.#logger.info('Only the captured tables are locked: locking all needs the right RELOAD')
      if (tables.length === 0) return
      const names = tables.map(({ database, name }) => `${quotedName(database)}.${quotedName(name)} READ`)
      await execute(connection, `LOCK TABLES ${names.join(', ')}`)
    }
  }

  /** The server unlocks by itself what a connection held that ends. */
  async release(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    if (connection !== undefined) await closed(connection)
  }

  destroy(): void {
    this.#connection?.destroy()
  }
}

const isDenied = (error: unknown): boolean => /ACCESS_DENIED|DBACCESS/.test(errorCode(error))

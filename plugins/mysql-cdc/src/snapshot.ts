import {
  ChangeRecords,
  initialNotifications,
  nowMicros,
  type ChangeOptions,
  type Notification,
  type SnapshotMark,
} from '@millrace/relational'
import type { OffsetMap, PluginLogger, RawConfig, Struct } from 'millrace/plugin'
import type { Connection } from 'mysql2'
import type { TableRef } from './catalog.js'
import type { BinlogConfig } from './config.js'
import { closed, connect, execute, quotedName } from './connections.js'
import type { BinlogRecord, DefinitionRecords } from './definitions.js'
import type { BinlogOffset } from './offset.js'
import type { Raw } from './raw.js'
import { selectedRows } from './row-stream.js'
import { logPosition, type LogPosition, type ServerFacts } from './server.js'
import { snapshotDefinitions } from './snapshot-definitions.js'
import { SnapshotLock } from './snapshot-lock.js'
import { sourceStruct, type Flavour } from './source-block.js'
import type { KnownTable, Tables } from './tables.js'

export interface SnapshotParts {
  readonly config: BinlogConfig
  readonly raw: RawConfig
  readonly facts: ServerFacts
  readonly flavour: Flavour
  readonly options: ChangeOptions
  readonly partition: OffsetMap
  readonly tables: Tables
  readonly logger: PluginLogger
  readonly progress: (done: number, total?: number) => void
  readonly signal: AbortSignal
  /** Makes the records of what tables look like, which come before all rows; undefined: none are wanted. */
  readonly definitions: DefinitionRecords | undefined
}

/** What is read, and how it is told. */
export interface SnapshotAt {
  /** Of all records; undefined: they say that a first snapshot is under way. */
  readonly offset?: BinlogOffset
  /** What chooses rows of a table: a whole SELECT, or a condition. */
  readonly filter?: (table: string) => string | undefined
  readonly tell: (notification: Notification, offset: BinlogOffset) => readonly BinlogRecord[]
}

interface Held {
  readonly known: KnownTable
  readonly row: readonly (Raw | null)[]
  readonly isFirst: boolean
  readonly isFirstOfTable: boolean
}

/**
 * All rows of some tables as they were at one moment, and where the binlog stood then: what changed since comes from there. One transaction reads them
 * all; a lock keeps others from writing while the moment is found. Each row is held until the next one is known, which says whether it was the last.
 */
export class Snapshot {
  readonly #parts: SnapshotParts
  readonly #at: SnapshotAt
  readonly #records: ChangeRecords<Raw, BinlogOffset>
  readonly #micros = nowMicros()
  #position: LogPosition | undefined
  #held: Held | undefined
  #lastSource: { readonly known: KnownTable; readonly mark: SnapshotMark; readonly source: Struct } | undefined
  #isFirstTable = true
  /** Of all rows but the last. */
  #between: BinlogOffset | undefined
  #done = 0

  constructor(parts: SnapshotParts, at: SnapshotAt) {
    this.#parts = parts
    this.#at = at
    this.#records = new ChangeRecords({ ...parts.options, skipped: new Set() })
  }

  /** What says that all was read. */
  get finalOffset(): BinlogOffset {
    return this.#offset(true)
  }

  async *read(list: (connection: Connection) => Promise<readonly TableRef[]>): AsyncGenerator<readonly BinlogRecord[]> {
    const { config, progress, signal, logger } = this.#parts
    const connection = await connect(config)
    const lock = new SnapshotLock(config, logger)
    const stop = (): void => {
      connection.destroy()
      lock.destroy()
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      const tables = await list(connection)
      this.#position = await this.#begin(connection, lock, tables)
      const total = tables.reduce((sum, { estimate }) => sum + estimate, 0)
      const names = tables.map(({ database, name }) => `${database}.${name}`)
      const notifications = initialNotifications(config['topic.prefix'], names)
      yield this.#tell(notifications.started())
      progress(0, total)
      const known = await this.#described(connection, tables)
      yield* this.#definitions(connection, known)
      for (const table of known) {
        const before = this.#done
        const full = `${table.database}.${table.name}`
        yield this.#tell(notifications.inProgress(full))
        for await (const records of this.#readTable(connection, table)) {
          progress(this.#done, Math.max(total, this.#done))
          yield records
        }
        logger.info('Read all rows of a table', { table: full, rows: this.#done - before })
        yield this.#tell(notifications.tableCompleted(full, this.#done - before))
        this.#isFirstTable = false
      }
      if (this.#held) yield [this.#record(this.#held, true, true)]
      progress(this.#done, this.#done)
      await execute(connection, 'COMMIT')
      yield this.#at.tell(notifications.completed(), this.finalOffset)
    } finally {
      signal.removeEventListener('abort', stop)
      await lock.release()
      await closed(connection)
    }
  }

  #tell(notification: Notification): readonly BinlogRecord[] {
    return this.#at.tell(notification, this.#offset(false))
  }

  /** Opens the transaction at a moment whose place in the binlog is known. */
  async #begin(connection: Connection, lock: SnapshotLock, tables: readonly TableRef[]): Promise<LogPosition> {
    const { config, facts, logger } = this.#parts
    const isLocked = config['snapshot.locking.mode'] !== 'none'
    if (isLocked) await lock.take(tables)
    await execute(connection, 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    // Without a lock what commits in between is read twice: as a row and as a change. The other way round it would be lost.
    const before = isLocked ? undefined : await logPosition(connection, facts)
    await execute(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT')
    const found = before ?? (await logPosition(connection, facts))
    if (config['snapshot.locking.mode'] !== 'extended') await lock.release()
    const { file, position, gtids } = found
    logger.info('The snapshot begins', { file, position, ...(gtids !== undefined && { gtids }), tables: tables.length })
    return found
  }

  async *#readTable(connection: Connection, known: KnownTable): AsyncGenerator<readonly BinlogRecord[]> {
    let isFirstOfTable = true
    const { config } = this.#parts
    const size = Math.min(config['snapshot.fetch.size'], config['max.batch.size'])
    for await (const rows of selectedRows(connection, this.#select(known), known.printed, size)) {
      const records: BinlogRecord[] = []
      for (const row of rows) {
        if (this.#held) records.push(this.#record(this.#held, this.#held.known !== known, false))
        this.#held = { known, row, isFirst: isFirstOfTable && this.#isFirstTable, isFirstOfTable }
        isFirstOfTable = false
      }
      this.#done += rows.length
      if (records.length > 0) yield records
    }
  }

  #select({ database, name, selection }: KnownTable): string {
    const { config, raw } = this.#parts
    const full = `${database}.${name}`
    const filter = this.#at.filter?.(full)
    if (filter !== undefined && /^\s*select\s/i.test(filter))
      return `SELECT ${selection} FROM (${filter}) millrace_filter`
    const where = filter === undefined ? '' : ` WHERE (${filter})`
    const own = config['snapshot.select.statement.overrides'].includes(full)
      ? raw[`snapshot.select.statement.overrides.${full}`]
      : undefined
    const from = own ? `(${own}) millrace_override` : `${quotedName(database)}.${quotedName(name)}`
    return `SELECT ${selection} FROM ${from}${where}`
  }

  /** A table that has been dropped since is left out: its changes say all there is to say. */
  async #described(connection: Connection, tables: readonly TableRef[]): Promise<readonly KnownTable[]> {
    const known: KnownTable[] = []
    for (const { database, name } of tables) {
      const table = await this.#parts.tables.ofCatalog(connection, database, name)
      if (table !== undefined) known.push(table)
    }
    return known
  }

  async *#definitions(connection: Connection, tables: readonly KnownTable[]): AsyncGenerator<readonly BinlogRecord[]> {
    const { definitions, partition } = this.#parts
    if (definitions === undefined) return
    const offset = (this.#between ??= this.#offset(false))
    const source = (database: string, table: string | null): Struct => this.#sourceOf(database, table, 'true')
    const at = Math.floor(this.#micros / 1_000)
    for await (const of of snapshotDefinitions(connection, tables))
      yield [{ ...definitions.ofSnapshot({ ...of, source, at }), partition, offset }]
  }

  #record({ known, row, isFirst, isFirstOfTable }: Held, isLastOfTable: boolean, isLast: boolean): BinlogRecord {
    const mark = markOf(isFirst, isFirstOfTable, isLastOfTable, isLast)
    const { partition } = this.#parts
    const offset = isLast ? this.#offset(true) : (this.#between ??= this.#offset(false))
    const context = { partition, offset, source: this.#source(known, mark), transaction: noTransaction }
    return this.#records.read(known.table, row, context)[0]!
  }

  /** The same for all rows of a table but the first and the last. */
  #source(known: KnownTable, mark: SnapshotMark): Struct {
    const last = this.#lastSource
    if (last?.known === known && last.mark === mark) return last.source
    const source = Object.freeze(this.#sourceOf(known.database, known.name, mark))
    this.#lastSource = { known, mark, source }
    return source
  }

  #sourceOf(database: string, table: string | null, snapshot: SnapshotMark): Struct {
    const { config, flavour } = this.#parts
    const { file, position } = this.#position!
    return sourceStruct({
      flavour,
      prefix: config['topic.prefix'],
      database,
      table,
      micros: this.#micros,
      snapshot,
      serverId: 0,
      gtid: undefined,
      file,
      position,
      row: 0,
      thread: undefined,
      query: undefined,
    })
  }

  #offset(isDone: boolean): BinlogOffset {
    if (this.#at.offset !== undefined) return this.#at.offset
    const { file, position: pos, gtids } = this.#position!
    return {
      ts_sec: Math.floor(this.#micros / 1_000_000),
      file,
      pos,
      ...(gtids !== undefined && { gtids }),
      snapshot: 'INITIAL',
      snapshot_completed: isDone,
    }
  }
}

const noTransaction = (): null => null

function markOf(isFirst: boolean, isFirstOfTable: boolean, isLastOfTable: boolean, isLast: boolean): SnapshotMark {
  if (isLast) return 'last'
  if (isFirst) return 'first'
  if (isLastOfTable) return 'last_in_data_collection'
  return isFirstOfTable ? 'first_in_data_collection' : 'true'
}

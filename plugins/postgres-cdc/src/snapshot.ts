import {
  ChangeRecords,
  initialNotifications,
  nowMicros,
  type ChangeOptions,
  type Notification,
  type RawRow,
  type SnapshotMark,
} from '@millrace/relational'
import Cursor from 'pg-cursor'
import type { OffsetMap, PluginLogger, RawConfig, Struct } from 'millrace/plugin'
import type pg from 'pg'
import type { TableRef } from './catalog.js'
import type { PostgresRecord } from './change-reader.js'
import type { PostgresConfig } from './config.js'
import { asPrinted, closed, connect } from './connections.js'
import type { Lsn } from './lsn.js'
import type { PostgresOffset } from './offset.js'
import { quoted, quotedTable } from './publication.js'
import { sourceStruct } from './source-block.js'
import type { KnownTable, Tables } from './tables.js'

export interface SnapshotParts {
  readonly config: PostgresConfig
  readonly raw: RawConfig
  readonly options: ChangeOptions
  readonly partition: OffsetMap
  readonly tables: Tables
  readonly logger: PluginLogger
  readonly progress: (done: number, total?: number) => void
  readonly signal: AbortSignal
}

/** Which moment's rows are read, and which. */
export interface SnapshotAt {
  /** Begins the transaction that sees them. Undefined: the reading was ended meanwhile. */
  readonly begin: (client: pg.Client) => Promise<{ readonly lsn: Lsn; readonly xmin: number } | undefined>
  /** Of all records; undefined: they say that a first snapshot is under way. */
  readonly offset?: PostgresOffset
  /** What chooses rows of a table: a whole SELECT, or a condition. */
  readonly filter?: (table: string) => string | undefined
  readonly tell: (notification: Notification, offset: PostgresOffset) => readonly PostgresRecord[]
}

interface Held {
  readonly known: KnownTable
  readonly row: RawRow
  readonly isFirst: boolean
  readonly isFirstOfTable: boolean
}

/**
 * All rows of some tables, as they were at one moment: what changed since comes from the stream. One transaction sees it; rows come through cursors. Each row is held until the next one is known, which says whether it was the last.
 */
export class Snapshot {
  readonly #parts: SnapshotParts
  readonly #at: SnapshotAt
  #lsn: Lsn = 0
  readonly #records: ChangeRecords<string, PostgresOffset>
  readonly #micros = nowMicros()
  #xid: number | undefined
  #held: Held | undefined
  #lastSource: { readonly known: KnownTable; readonly mark: SnapshotMark; readonly source: Struct } | undefined
  #isFirstTable = true
  /** Of all rows but the last. */
  #between: PostgresOffset | undefined
  #done = 0

  constructor(parts: SnapshotParts, at: SnapshotAt) {
    this.#parts = parts
    this.#at = at
    this.#records = new ChangeRecords({ ...parts.options, skipped: new Set() })
  }

  /** What says that all was read. */
  get finalOffset(): PostgresOffset {
    return this.#offset(true)
  }

  async *read(tables: readonly TableRef[]): AsyncGenerator<readonly PostgresRecord[]> {
    const { config, logger, progress, signal } = this.#parts
    const client = await connect(config)
    const total = tables.some(({ estimate }) => estimate === undefined)
      ? undefined
      : tables.reduce((sum, { estimate = 0 }) => sum + estimate, 0)
    const stop = (): void => void client.end().catch(() => undefined)
    signal.addEventListener('abort', stop, { once: true })
    try {
      const moment = await this.#at.begin(client)
      if (moment === undefined) return
      this.#lsn = moment.lsn
      this.#xid = moment.xmin
      const names = tables.map(({ schema, name }) => `${schema}.${name}`)
      const notifications = initialNotifications(config['topic.prefix'], names)
      yield this.#tell(notifications.started())
      progress(0, total)
      for (const table of tables) {
        const known = await this.#parts.tables.ofCatalog(client, table.oid, table.schema, table.name)
        // It may have been dropped since; then its changes say all there is to say.
        if (known === undefined) continue
        const before = this.#done
        const full = `${table.schema}.${table.name}`
        yield this.#tell(notifications.inProgress(full))
        for await (const records of this.#readTable(client, known)) {
          progress(this.#done, total === undefined ? undefined : Math.max(total, this.#done))
          yield records
        }
        logger.info('Read all rows of a table', { table: full, rows: this.#done - before })
        yield this.#tell(notifications.tableCompleted(full, this.#done - before))
        this.#isFirstTable = false
      }
      if (this.#held) yield [this.#record(this.#held, true, true)]
      progress(this.#done, this.#done)
      await client.query('COMMIT')
      yield this.#at.tell(notifications.completed(), this.finalOffset)
    } finally {
      signal.removeEventListener('abort', stop)
      await closed(client)
    }
  }

  #tell(notification: Notification): readonly PostgresRecord[] {
    return this.#at.tell(notification, this.#offset(false))
  }

  async *#readTable(client: pg.Client, known: KnownTable): AsyncGenerator<readonly PostgresRecord[]> {
    const size = this.#parts.config['snapshot.fetch.size']
    const cursor = client.query(new Cursor<string[]>(this.#select(known), [], { rowMode: 'array', types: asPrinted }))
    try {
      for (let isFirstOfTable = true; ;) {
        const rows = (await cursor.read(size)) as RawRow[]
        const records: PostgresRecord[] = []
        for (const row of rows) {
          if (this.#held) records.push(this.#record(this.#held, this.#held.known !== known, false))
          this.#held = { known, row, isFirst: isFirstOfTable && this.#isFirstTable, isFirstOfTable }
          isFirstOfTable = false
        }
        this.#done += rows.length
        if (records.length > 0) yield records
        if (rows.length < size) return
      }
    } finally {
      // With the connection ended there is nobody to answer it.
      if (!this.#parts.signal.aborted) await cursor.close().catch(() => undefined)
    }
  }

  #select({ schema, name, columns }: KnownTable): string {
    const { config, raw } = this.#parts
    const full = `${schema}.${name}`
    const filter = this.#at.filter?.(full)
    if (filter !== undefined && /^\s*select\s/i.test(filter))
      return `SELECT ${columns.map(quoted).join(', ')} FROM (${filter}) millrace_filter`
    const where = filter === undefined ? '' : ` WHERE (${filter})`
    if (config['snapshot.select.statement.overrides'].includes(full)) {
      const own = raw[`snapshot.select.statement.overrides.${full}`]
      if (own) return `SELECT ${columns.map(quoted).join(', ')} FROM (${own}) millrace_override${where}`
    }
    return `SELECT ${columns.map(quoted).join(', ')} FROM ${quotedTable({ schema, name })}${where}`
  }

  #record({ known, row, isFirst, isFirstOfTable }: Held, isLastOfTable: boolean, isLast: boolean): PostgresRecord {
    const mark = markOf(isFirst, isFirstOfTable, isLastOfTable, isLast)
    const { partition } = this.#parts
    const source = this.#source(known, mark)
    const offset = isLast ? this.#offset(true) : (this.#between ??= this.#offset(false))
    const context = { partition, offset, source, transaction: noTransaction }
    return this.#records.read(known.table, row, context)[0]!
  }

  /** The same for all rows of a table but the first and the last. */
  #source(known: KnownTable, mark: SnapshotMark): Struct {
    const last = this.#lastSource
    if (last?.known === known && last.mark === mark) return last.source
    const { config } = this.#parts
    const source = Object.freeze(
      sourceStruct({
        prefix: config['topic.prefix'],
        database: config['database.dbname'],
        schema: known.schema,
        table: known.name,
        micros: this.#micros,
        snapshot: mark,
        lsn: this.#lsn,
        lastCommit: undefined,
        xid: this.#xid,
        origin: undefined,
      }),
    )
    this.#lastSource = { known, mark, source }
    return source
  }

  #offset(isLast: boolean): PostgresOffset {
    if (this.#at.offset !== undefined) return this.#at.offset
    return {
      last_snapshot_record: isLast,
      lsn: this.#lsn,
      ...(this.#xid !== undefined && { txId: this.#xid }),
      ts_usec: this.#micros,
      snapshot: 'INITIAL',
      snapshot_completed: isLast,
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

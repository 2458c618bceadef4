import {
  ChangeRecords,
  topicName,
  TransactionMonitor,
  withoutIncremental,
  type ChangeContext,
  type RawRow,
} from '@millrace/relational'
import { fatal } from 'millrace/plugin'
import type { Struct } from 'millrace/plugin'
import type { BinlogEvent } from './binlog-events.js'
import type { ChangeReaderParts } from './change-reader-parts.js'
import type { Place, RowsEvent } from './change-watch.js'
import { Gtids, sourceOf } from './gtids.js'
import type { BinlogRecord, Unplaced } from './definitions.js'
import type { BinlogOffset } from './offset.js'
import type { Raw } from './raw.js'
import { sourceStruct } from './source-block.js'
import { statementOf, type Statement } from './statements.js'
import type { KnownTable } from './tables.js'
import { microsOf, millisOf, offsetAt, Skip, transactionOf } from './transaction-place.js'
import type { GtidEvent, RestartPoint, Transaction } from './transaction-place.js'
import { passOver } from './unreadable.js'

/** Follows the binlog: knows the transaction, the tables and how far it has come, and makes records of changes. */
export class ChangeReader {
  readonly #parts: ChangeReaderParts
  readonly #records: ChangeRecords<Raw, BinlogOffset>
  readonly #tables = new Map<number, KnownTable | undefined>()
  readonly #monitor: TransactionMonitor | undefined
  readonly #gtids: Gtids | undefined
  readonly #skip: Skip
  #restart: RestartPoint
  #transaction: Transaction | undefined
  #gtid: GtidEvent | undefined
  #query: string | undefined
  #file: string
  /** The last position that was said. */
  #position: number
  #offset: BinlogOffset
  #hasProgress = false

  constructor(parts: ChangeReaderParts, offset: BinlogOffset) {
    const { config, options, resume, isMariadb } = parts
    this.#parts = parts
    this.#records = new ChangeRecords(options)
    this.#gtids = resume.gtids === undefined ? undefined : new Gtids(resume.gtids, isMariadb)
    this.#skip = new Skip(resume)
    this.#file = resume.file
    this.#position = resume.position
    this.#restart = { file: resume.file, position: resume.position, gtids: resume.gtids }
    this.#offset = offset
    if (config['provide.transaction.metadata'])
      this.#monitor = new TransactionMonitor(
        topicName([config['topic.prefix'], config['topic.transaction']], config['topic.delimiter']),
      )
  }

  /** How far everything was read; what a mark or heartbeat carries. */
  get offset(): BinlogOffset {
    return this.#offset
  }

  /** Whether the offset can say more than records have said: a transaction has ended, or the log went on without changes. */
  get hasProgress(): boolean {
    return this.#hasProgress && this.#transaction === undefined
  }

  /** The offset with what has come since the last record, for a mark. */
  tell(): BinlogOffset {
    this.#hasProgress = false
    const { ts_sec, server_id } = this.#offset
    this.#offset = {
      ...(ts_sec !== undefined && { ts_sec }),
      ...(server_id !== undefined && { server_id }),
      ...offsetAt(this.#restart, undefined, { event: 0, row: 0 }, false),
      ...this.#parts.watch?.fields,
    }
    return this.#offset
  }

  /** The offset as it was told last, with what signals have changed since. */
  retell(): BinlogOffset {
    this.#offset = { ...withoutIncremental(this.#offset), ...this.#parts.watch?.fields }
    return this.#offset
  }

  /** Where it stands now. */
  get place(): Place {
    return { offset: this.#offset, file: this.#file, position: this.#position, gtid: this.#transaction?.gtid }
  }

  /** When the transaction that is being read was logged, in ms since the epoch. */
  get loggedAt(): number | undefined {
    return this.#transaction?.at
  }

  async read(event: BinlogEvent): Promise<readonly BinlogRecord[]> {
    switch (event.type) {
      case 'rotate':
        this.#file = event.file
        this.#position = event.position
        if (this.#transaction === undefined) this.#moveRestart()
        return []
      case 'gtid':
        return this.#begins(event)
      case 'query':
        return this.#statement(event)
      case 'statement':
        this.#query = event.sql
        return []
      case 'table':
        if (!this.#tables.has(event.table.id)) this.#tables.set(event.table.id, await this.#parts.describe(event.table))
        return []
      case 'insert':
      case 'update':
      case 'delete':
        return this.#changes(event)
      case 'commit':
        return this.#end(event)
      case 'unreadable':
        passOver(event.reason, `${this.#file}:${this.#position}`, this.#parts)
        return []
    }
  }

  #begins(event: GtidEvent): readonly BinlogRecord[] {
    // What had no end that is known here is over now.
    if (this.#gtid !== undefined) this.#committed()
    // After a start by GTIDs nothing before has said where it stands.
    if (event.start > 0) this.#position = event.start
    this.#restart = { ...this.#restart, position: this.#position }
    this.#gtid = event
    return event.begins ? this.#begin(event) : []
  }

  #begin(event: BinlogEvent): readonly BinlogRecord[] {
    const { partition } = this.#parts
    this.#transaction = this.#transactionOf(event)
    this.#passed(event)
    this.#skip.begin(this.#transaction)
    if (this.#monitor === undefined) return []
    return [this.#monitor.begin(this.#transaction.id, millisOf(event, this.#gtid), partition, this.#offset)]
  }

  async #statement(event: Extract<BinlogEvent, { type: 'query' }>): Promise<readonly BinlogRecord[]> {
    const statement = statementOf(event.sql, event.database)
    switch (statement.type) {
      case 'begin':
        return this.#begin(event)
      case 'end':
        return this.#end(event)
      case 'other':
        if (this.#transaction === undefined) this.#committed(event)
        return []
      case 'ddl': {
        const records = await this.#definition(event, statement)
        if (this.#transaction !== undefined) return this.#withOffset(records, this.#offset, this.#offset)
        const before = this.#offset
        this.#committed(event)
        const offset = records.length > 0 ? this.tell() : before
        return this.#withOffset(records, before, offset)
      }
    }
  }

  #definition(
    event: Extract<BinlogEvent, { type: 'query' }>,
    statement: Extract<Statement, { type: 'ddl' }>,
  ): Promise<readonly Unplaced[]> {
    const { flavour, serverId, config } = this.#parts
    const at = millisOf(event, this.#gtid)
    const source = (database: string, table: string | null): Struct =>
      sourceStruct({
        flavour,
        prefix: config['topic.prefix'],
        database,
        table,
        micros: at * 1_000,
        snapshot: 'false',
        serverId: this.#gtid?.serverId ?? serverId,
        gtid: this.#gtid?.gtid,
        file: this.#file,
        position: event.start || this.#position,
        row: 0,
        // Of a table made of others: its rows follow.
        thread: this.#transaction?.thread,
        query: undefined,
      })
    const sql = event.sql.replace(/ START TRANSACTION$/, '')
    return this.#parts.define({ statement, sql, source, at })
  }

  async #changes(event: RowsEvent): Promise<readonly BinlogRecord[]> {
    const known = this.#tables.get(event.tableId)
    if (known === undefined) {
      if (this.#tables.has(event.tableId)) return []
      throw fatal(`Rows of a table came that the binlog has not described (number ${event.tableId}).`, {
        code: 'mysql.table_unknown',
        hint: 'Please report it: the binlog or its reader is at fault.',
      })
    }
    const transaction = (this.#transaction ??= this.#transactionOf(event))
    const from = this.#skip.rowsOf(event, transaction)
    if (!this.#isWanted(transaction)) return []
    const { watch } = this.#parts
    const made: BinlogRecord[] = []
    const index = event.count - transaction.first
    const micros = microsOf(event, this.#gtid)
    for (let row = from; row < event.rows.length; row++) {
      const first = watch?.before(event, row, known, this.place)
      if (first !== undefined) made.push(...(await first))
      const place = { event: index, row: row + 1 }
      const at = offsetAt(this.#restart, transaction, place, this.#monitor !== undefined)
      const fields = watch?.fields
      const offset = fields?.incremental_snapshot_collections === undefined ? at : { ...at, ...fields }
      const context = this.#context(known, transaction, { row, start: event.start, micros }, offset)
      const before = this.#offset
      const records = this.#recordsOf(event, row, known, context)
      const last = records.length - 1
      // Of several records of one change only the last says that it was read, so that none is lost between two of them (I1).
      for (let at = 0; at < last; at++) made.push({ ...records[at]!, offset: before })
      if (last >= 0) made.push(records[last]!)
      this.#offset = offset
    }
    return made
  }

  #recordsOf(event: RowsEvent, at: number, known: KnownTable, context: ChangeContext<BinlogOffset>): BinlogRecord[] {
    const { table } = known
    const row = (of: Readonly<Record<string, unknown>>): RawRow<Raw> => known.row(of)
    switch (event.type) {
      case 'insert':
        return this.#records.insert(table, row(event.rows[at]!), context)
      case 'delete':
        return this.#records.remove(table, row(event.rows[at]!), context)
      case 'update': {
        const { before, after } = event.rows[at]!
        return this.#records.update(table, row(before), row(after), context)
      }
    }
  }

  #context(
    { database, name }: KnownTable,
    { gtid, thread, serverId }: Transaction,
    { row, start, micros }: { readonly row: number; readonly start: number; readonly micros: number },
    offset: BinlogOffset,
  ): ChangeContext<BinlogOffset> {
    const { config, partition, flavour } = this.#parts
    const source = sourceStruct({
      flavour,
      prefix: config['topic.prefix'],
      database,
      table: name,
      micros,
      snapshot: 'false',
      serverId,
      gtid,
      file: this.#file,
      position: start || this.#position,
      row,
      thread,
      query: config['include.query'] ? this.#query : undefined,
    })
    return { partition, offset, source, transaction: () => this.#monitor?.next(`${database}.${name}`) ?? null }
  }

  #transactionOf(event: BinlogEvent): Transaction {
    const { serverId } = this.#parts
    return transactionOf(event, this.#gtid, { file: this.#file, position: this.#position, serverId })
  }

  #isWanted({ gtid }: Transaction): boolean {
    const { config, isSource } = this.#parts
    return gtid === undefined || !config['gtid.source.filter.dml.events'] || isSource(sourceOf(gtid))
  }

  #end(event: BinlogEvent): readonly BinlogRecord[] {
    const transaction = this.#transaction
    const at = millisOf(event, this.#gtid)
    this.#committed(event)
    if (transaction === undefined || this.#monitor === undefined) return []
    return [this.#monitor.end(at, this.#parts.partition, this.tell())]
  }

  /** Everything up to here is read: a restart begins after it. */
  #committed(event?: BinlogEvent): void {
    if (this.#gtid !== undefined) this.#gtids?.add(this.#gtid.gtid)
    this.#gtid = undefined
    this.#transaction = undefined
    this.#query = undefined
    this.#skip.end()
    if (event !== undefined) this.#passed(event)
    this.#moveRestart()
  }

  #passed({ next }: BinlogEvent): void {
    if (next > 0) this.#position = next
  }

  #moveRestart(): void {
    this.#restart = { file: this.#file, position: this.#position, gtids: this.#gtids?.toString() }
    this.#hasProgress = true
  }

  #withOffset(records: readonly Unplaced[], before: BinlogOffset, after: BinlogOffset): readonly BinlogRecord[] {
    const { partition } = this.#parts
    const last = records.length - 1
    return records.map((record, at) => ({ ...record, partition, offset: at === last ? after : before }))
  }
}

import type { AnyBinlogEvent, ZongJiOptions } from '@vlasky/zongji'
import { errorCode, errorMessage } from 'millrace/plugin'
import type { ConnectionOptions } from 'mysql2'
import { BinlogClient } from './binlog-client.js'
import type { BinlogEvent, EventHeader, LoggedColumn, LoggedTable } from './binlog-events.js'
import { parseDeclared } from './column-type.js'
import { storedBytes, storedType } from './stored-values.js'
import { agrees } from './type-codes.js'

export interface StreamOptions {
  readonly connection: ConnectionOptions
  readonly serverId: number
  /** Where to begin: after these GTIDs, or at a position. */
  readonly from: { readonly gtids: string } | { readonly file: string; readonly position: number }
  /** Tables whose rows are wanted: those of others are not even decoded. */
  readonly isWanted: (database: string, table: string) => boolean
  /** Whether the statements are wanted that made the changes (MariaDB sends them only then). */
  readonly withStatements: boolean
  /** What may wait to be taken; the server waits when there is more. */
  readonly maxRows: number
  readonly maxBytes: number
}

/** How often the server says that it is there when nothing happens, and after how long without a word it is taken for dead. */
const heartbeatMs = 20_000
const silenceMs = 70_000
const lookMs = 5_000
const geometry = 255
const blob = 252
const json = 245
const bit = 16

/** A running read of the binlog, as a replica reads it. */
export class BinlogStream {
  readonly #client: BinlogClient
  readonly #options: StreamOptions
  readonly #queue: BinlogEvent[] = []
  readonly #timer: NodeJS.Timeout
  #head = 0
  #bytes = 0
  /** Rows that wait; an event without any counts as one. */
  #rows = 0
  #paused = false
  #heard = performance.now()
  #failure: Error | undefined
  #wake: (() => void) | undefined

  private constructor(options: StreamOptions) {
    this.#options = options
    this.#client = new BinlogClient(options.connection, options.isWanted)
    this.#client.on('binlog', event => this.#hear(event))
    this.#client.on('error', error => this.#hearError(error))
    this.#timer = setInterval(() => this.#look(), lookMs)
  }

  /** Resolves when the server was asked to send; a refusal comes with what is taken. */
  static async start(options: StreamOptions): Promise<BinlogStream> {
    const stream = new BinlogStream(options)
    const client = stream.#client
    const ready = new Promise<void>((resolve, reject) => {
      client.once('ready', resolve)
      client.once('error', reject)
    })
    const { from, serverId, withStatements } = options
    const where: ZongJiOptions =
      'gtids' in from ? { gtidSet: from.gtids } : { filename: from.file, position: from.position }
    client.start({ ...where, serverId, requestAnnotateRows: withStatements })
    const period = heartbeatMs * 1_000_000
    client.connection?.query(`SET @master_heartbeat_period = ${period}, @source_heartbeat_period = ${period}`)
    try {
      await ready
      return stream
    } catch (error) {
      await stream.close()
      throw error
    }
  }

  /** What came next, or undefined where nothing waits. Throws once the connection is lost and all that came was taken. */
  take(): BinlogEvent | undefined {
    const next = this.#queue[this.#head]
    if (next === undefined) {
      if (this.#failure !== undefined) throw this.#failure
      return undefined
    }
    this.#head++
    this.#bytes -= next.bytes
    this.#rows -= rowsIn(next)
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head)
      this.#head = 0
    }
    const { maxRows, maxBytes } = this.#options
    if (this.#paused && this.#rows * 2 < maxRows && this.#bytes * 2 < maxBytes) {
      this.#paused = false
      this.#heard = performance.now()
      this.#client.connection?.resume()
    }
    return next
  }

  /** Rows that were not taken yet, about. */
  get waiting(): number {
    return this.#rows
  }

  /** Resolves when something waits, the connection is lost, `ms` have passed or the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#head < this.#queue.length || this.#failure !== undefined || signal.aborted) return
    await new Promise<void>(resolve => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done, { once: true })
      this.#wake = done
    })
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#failure ??= new Error('The stream was closed.')
    const stopped = new Promise<void>(resolve => this.#client.once('stopped', resolve))
    this.#client.stop()
    await stopped
  }

  #hear(event: AnyBinlogEvent): void {
    this.#heard = performance.now()
    if (this.#failure !== undefined) return
    const read = this.#read(event)
    if (read !== undefined) this.#add(read)
  }

  /** Errors of the server and of the connection have codes; one without comes of an event that cannot be read. */
  #hearError(error: unknown): void {
    if (errorCode(error) !== '') return this.#fail(error instanceof Error ? error : new Error(String(error)))
    this.#add({
      type: 'unreadable',
      reason: errorMessage(error),
      at: 0,
      start: 0,
      next: 0,
      count: this.#client.count,
      bytes: 0,
    })
  }

  #read(event: AnyBinlogEvent): BinlogEvent | undefined {
    const header: EventHeader = {
      at: event.timestamp,
      start: event.nextPosition && event.nextPosition - event.size - (this.#client.useChecksum ? 23 : 19),
      next: event.nextPosition,
      count: this.#client.count,
      bytes: event.size,
    }
    switch (event.getEventName()) {
      case 'rotate': {
        const { binlogName: file, position } = event as Named<'Rotate'>
        return { ...header, type: 'rotate', file, position }
      }
      case 'gtid': {
        const { gtid } = event as Named<'Gtid'>
        const { committed } = this.#client
        return { ...header, type: 'gtid', gtid, begins: false, serverId: undefined, thread: undefined, committed }
      }
      case 'mariadbgtid': {
        const { gtid, standalone, serverId, threadId: thread } = event as Named<'MariadbGtid'>
        return { ...header, type: 'gtid', gtid, begins: !standalone, serverId, thread, committed: undefined }
      }
      case 'query': {
        const { schema: database, query: sql, slaveProxyId: thread } = event as Named<'Query'>
        return { ...header, type: 'query', database, sql, thread }
      }
      case 'annotaterows':
      case 'rowsquery':
        return { ...header, type: 'statement', sql: (event as Named<'RowsQuery'>).statement }
      case 'tablemap': {
        return { ...header, type: 'table', table: loggedTable(event as Named<'TableMap'>, this.#client.geometries) }
      }
      case 'writerows': {
        const { tableId, rows } = event as Named<'WriteRows'>
        return { ...header, type: 'insert', tableId, rows }
      }
      case 'deleterows': {
        const { tableId, rows } = event as Named<'DeleteRows'>
        return { ...header, type: 'delete', tableId, rows }
      }
      case 'updaterows': {
        const { tableId, rows } = event as Named<'UpdateRows'>
        return { ...header, type: 'update', tableId, rows }
      }
      case 'xid':
      case 'xaprepare':
        return { ...header, type: 'commit' }
      case 'transactionpayload':
        return { ...header, type: 'unreadable', reason: 'a compressed transaction (binlog_transaction_compression)' }
      case 'partialupdaterows':
        return { ...header, type: 'unreadable', reason: 'a part of a JSON value (binlog_row_value_options)' }
      // What the server says of its log alone.
      case 'format':
      case 'anonymousgtid':
      case 'previousgtids':
      case 'mariadbgtidlist':
      case 'binlogcheckpoint':
      case 'startencryption':
      case 'intvar':
      case 'heartbeat':
      case 'unknown':
        return undefined
    }
  }

  #add(event: BinlogEvent): void {
    this.#queue.push(event)
    this.#bytes += event.bytes
    this.#rows += rowsIn(event)
    // The library resumes by itself after it has asked for a table, so a pause is said again.
    if (this.#rows >= this.#options.maxRows || this.#bytes >= this.#options.maxBytes) {
      this.#paused = true
      this.#client.connection?.pause()
    }
    this.#wake?.()
  }

  #look(): void {
    const silence = performance.now() - this.#heard
    if (!this.#paused && silence > silenceMs)
      this.#fail(new Error(`The server has said nothing for ${Math.round(silence / 1_000)} s.`))
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake?.()
  }
}

function rowsIn(event: BinlogEvent): number {
  return 'rows' in event ? event.rows.length : 1
}

type Named<T extends string> = Extract<AnyBinlogEvent, { getTypeName(): T }>

/** `geometries`: columns that came as blobs. */
function loggedTable(
  { tableId, schemaName, tableName, tableMap, primaryKey, ...of }: Named<'TableMap'>,
  geometries: readonly number[],
): LoggedTable {
  const { columnTypes, columnsMetadata } = of
  const { columnSchemas, columns = [] } = tableMap[tableId]!
  for (const at of geometries) {
    if (columns[at]) columns[at].type = geometry
    if (of.columnNames !== undefined) columnSchemas[at]!.COLUMN_TYPE = 'geometry'
  }
  const differing = of.columnNames === undefined ? differs(columnSchemas, columns, of.columnCount) : undefined
  // The library would take geometries apart and lose their reference system: as what they are stored as they come whole.
  // So does JSON, of which it loses what the server would print.
  for (const column of columns) if (column.type === geometry || column.type === json) column.type = blob
  // What is made of these here costs a fifth of the texts that the library makes: as bits they come as they are stored.
  columns.forEach((column, at) => {
    const bytes = storedBytes(columnTypes[at]!, columnsMetadata[at])
    if (bytes !== undefined) Object.assign(column, { type: bit, metadata: { bits: bytes * 8 } })
  })
  // Without FULL metadata the library splits declarations at each comma, also at those of labels, and leaves quotes doubled.
  for (const column of columnSchemas) {
    if (
      column.ENUM_VALUES !== undefined ||
      column.SET_VALUES !== undefined ||
      !/^(enum|set)\(/i.test(column.COLUMN_TYPE)
    )
      continue
    const { type, labels = [] } = parseDeclared(column.COLUMN_TYPE)
    column[type === 'enum' ? 'ENUM_VALUES' : 'SET_VALUES'] = [...labels]
  }
  return {
    id: tableId,
    database: schemaName,
    name: tableName,
    columns: columnSchemas,
    key: primaryKey,
    stored: at => storedType(columnTypes[at]!, columnsMetadata[at]),
    problem: differing,
  }
}

/** How a table that the log does not describe differs from what it is now; undefined: by nothing that can be seen. */
function differs(
  now: readonly LoggedColumn[],
  logged: readonly { readonly name: string; readonly type: number }[],
  count: number,
): string | undefined {
  if (now.length !== count) return `it had ${count} columns then and has ${now.length} now`
  const other = logged.find(({ type }, at) => !agrees(type, now[at]!.COLUMN_TYPE))
  return other && `its column ${other.name} was of another type then`
}

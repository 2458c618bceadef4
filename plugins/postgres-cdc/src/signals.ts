import {
  ChangeRecords,
  IncrementalSnapshot,
  notificationRecord,
  nowMicros,
  takeSignals,
  withoutIncremental,
  type BlockingRequest,
  type ChangeOptions,
  type IncrementalFields,
  type Notification,
  type RawRow,
  type SignalRow,
  type Told,
} from '@millrace/relational'
import type { OffsetMap, PluginLogger } from 'millrace/plugin'
import type { PostgresRecord } from './change-reader.js'
import type { ChangeWatch, Place, RowChange } from './change-watch.js'
import { ChunkReader, type ChunkReaderParts } from './chunk-reader.js'
import { isInsertDelete, type PostgresConfig } from './config.js'
import type { PostgresOffset } from './offset.js'
import { sourceStruct } from './source-block.js'
import type { KnownTable } from './tables.js'
import type { ToldTransactions } from './told-transactions.js'

export interface SignalsParts extends Omit<ChunkReaderParts, 'position'> {
  readonly options: ChangeOptions
  readonly partition: OffsetMap
}

/** What signals ask for, and the incremental snapshot: its records are made here. */
export class Signals implements ChangeWatch {
  readonly #parts: SignalsParts
  readonly #snapshot: IncrementalSnapshot<KnownTable, string>
  readonly #records: ChangeRecords<string, PostgresOffset>
  readonly #told: ToldTransactions
  readonly #hasSource: boolean
  readonly #hasDeletes: boolean
  readonly #hasFile: boolean
  #fileDue = 0
  #position = 0

  constructor(parts: SignalsParts) {
    const { config, options, told, logger } = parts
    this.#parts = parts
    this.#told = told
    this.#records = new ChangeRecords({ ...options, skipped: new Set() })
    this.#hasSource = config['signal.enabled.channels'].includes('source')
    this.#hasFile = config['signal.enabled.channels'].includes('file')
    this.#hasDeletes = isInsertDelete(config)
    this.#snapshot = new IncrementalSnapshot({
      database: new ChunkReader({ ...parts, position: () => this.#position }),
      prefix: config['topic.prefix'],
      chunkSize: config['incremental.snapshot.chunk.size'],
      logger,
    })
  }

  get fields(): IncrementalFields {
    return this.#snapshot.fields
  }

  begun(xid: number): void {
    this.#told.add(xid)
  }

  async start(place: Place): Promise<readonly PostgresRecord[]> {
    return this.#recordsOf(await this.#snapshot.start(place.offset), place)
  }

  before(change: RowChange, known: KnownTable, place: Place): Promise<readonly PostgresRecord[]> | undefined {
    const { schema, name, columns } = known
    const full = `${schema}.${name}`
    if (this.#snapshot.concerns(full)) {
      if (change.type === 'truncate') this.#snapshot.spoil()
      else for (const row of rowsOf(change)) this.#snapshot.passed(column => row[columns.indexOf(column)])
    }
    if (full !== this.#parts.config['signal.data.collection']) return undefined
    return this.#signalled(change, place)
  }

  /** What the file of signals asks for; undefined where it is not time to look, or it has nothing. */
  async fromFile(place: Place): Promise<readonly PostgresRecord[] | undefined> {
    const { config, logger } = this.#parts
    if (!this.#hasFile || performance.now() < this.#fileDue) return undefined
    this.#fileDue = performance.now() + config['signal.poll.interval.ms']
    const rows = await takeSignals(config['signal.file'], logger)
    if (rows.length === 0) return undefined
    const records: PostgresRecord[] = []
    for (const row of rows) records.push(...this.#recordsOf(await this.#snapshot.take(row), place))
    return records
  }

  get waitsForPosition(): boolean {
    return this.#snapshot.waitsForPosition
  }

  /** Everything before the place was told. */
  async advance(place: Place): Promise<readonly PostgresRecord[]> {
    this.#position = place.lsn
    return this.#recordsOf(await this.#snapshot.advance(), place)
  }

  takeBlocking(): BlockingRequest | undefined {
    return this.#snapshot.takeBlocking()
  }

  async #signalled(change: RowChange, place: Place): Promise<readonly PostgresRecord[]> {
    if (change.type === 'delete' && this.#hasDeletes)
      return this.#recordsOf(await this.#snapshot.deleted(textOf(change.old.row[0])), place)
    if (change.type !== 'insert') return []
    const [id, type, data] = change.row
    const row: SignalRow = { id: textOf(id), type: textOf(type), data: typeof data === 'string' ? data : null }
    if (!this.#hasSource && !row.type.startsWith('snapshot-window-')) return []
    return this.#recordsOf(await this.#snapshot.take(row), place)
  }

  #recordsOf(told: readonly Told<KnownTable, string>[], place: Place): readonly PostgresRecord[] {
    const { config, partition, logger } = this.#parts
    const before = withoutIncremental(place.offset)
    const micros = nowMicros()
    return told.flatMap(one => {
      const offset = { ...before, ...one.fields }
      if (one.type === 'notification') return notificationRecords(config, logger, partition, one.notification, offset)
      const { schema, name, table } = one.table
      const source = sourceStruct({
        prefix: config['topic.prefix'],
        database: config['database.dbname'],
        schema,
        table: name,
        micros,
        snapshot: 'incremental',
        lsn: place.lsn,
        lastCommit: place.lastCommit,
        xid: place.xid,
        origin: undefined,
      })
      return this.#records.read(table, one.row, { partition, offset, source, transaction: noTransaction })
    })
  }
}

/** A notification on the channels of the configuration: a line of the log, a record. */
export function notificationRecords(
  config: PostgresConfig,
  logger: PluginLogger,
  partition: OffsetMap,
  notification: Notification,
  offset: PostgresOffset,
): readonly PostgresRecord[] {
  const channels = config['notification.enabled.channels']
  if (channels.includes('log')) logger.info('Notification', { ...notification })
  const topic = config['notification.sink.topic.name']
  return channels.includes('sink') && topic !== undefined
    ? [notificationRecord(topic, notification, partition, offset)]
    : []
}

const noTransaction = (): null => null

/** What is known of a row before and after a change. */
function rowsOf(change: Exclude<RowChange, { type: 'truncate' }>): readonly RawRow[] {
  switch (change.type) {
    case 'insert':
      return [change.row]
    case 'delete':
      return [change.old.row]
    case 'update':
      return change.old === undefined ? [change.row] : [change.old.row, change.row]
  }
}

function textOf(value: RawRow[number] | undefined): string {
  return typeof value === 'string' ? value : ''
}

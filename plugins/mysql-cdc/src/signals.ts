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
  type SignalRow,
  type Told,
} from '@millrace/relational'
import { randomUUID } from 'node:crypto'
import type { OffsetMap, PluginLogger } from 'millrace/plugin'
import type { LoggedRow } from './binlog-events.js'
import type { ChangeWatch, Place, RowsEvent } from './change-watch.js'
import { ChunkReader, type ChunkReaderParts } from './chunk-reader.js'
import { isInsertDelete, type BinlogConfig } from './config.js'
import type { BinlogRecord } from './definitions.js'
import type { BinlogOffset } from './offset.js'
import type { Raw } from './raw.js'
import { sourceStruct, type Flavour } from './source-block.js'
import type { NamedTable } from './statements.js'
import type { KnownTable } from './tables.js'

export interface SignalsParts extends ChunkReaderParts {
  readonly flavour: Flavour
  readonly options: ChangeOptions
  readonly partition: OffsetMap
}

/** What signals ask for, and the incremental snapshot: its records are made here. */
export class Signals implements ChangeWatch {
  readonly #parts: SignalsParts
  readonly #chunks: ChunkReader
  readonly #snapshot: IncrementalSnapshot<KnownTable, Raw>
  readonly #records: ChangeRecords<Raw, BinlogOffset>
  readonly #hasSource: boolean
  readonly #hasDeletes: boolean
  readonly #hasFile: boolean
  #fileDue = 0

  constructor(parts: SignalsParts) {
    const { config, options, logger } = parts
    this.#parts = parts
    this.#records = new ChangeRecords({ ...options, skipped: new Set() })
    this.#hasSource = config['signal.enabled.channels'].includes('source')
    this.#hasFile = config['signal.enabled.channels'].includes('file')
    this.#hasDeletes = isInsertDelete(config)
    this.#chunks = new ChunkReader(parts)
    this.#snapshot = new IncrementalSnapshot({
      database: this.#chunks,
      prefix: config['topic.prefix'],
      chunkSize: config['incremental.snapshot.chunk.size'],
      logger,
    })
  }

  get fields(): IncrementalFields {
    return this.#snapshot.fields
  }

  async start(place: Place): Promise<readonly BinlogRecord[]> {
    return this.#recordsOf(await this.#snapshot.start(place.offset), place)
  }

  before(event: RowsEvent, row: number, known: KnownTable, place: Place): Promise<readonly BinlogRecord[]> | undefined {
    const full = `${known.database}.${known.name}`
    if (this.#snapshot.concerns(full)) {
      const { columns } = known.definition
      for (const logged of rowsOf(event, row)) {
        const values = known.row(logged)
        this.#snapshot.passed(column => values[columns.findIndex(({ name }) => name === column)])
      }
    }
    if (full !== this.#parts.config['signal.data.collection']) return undefined
    return this.#signalled(event, row, known, place)
  }

  /** A statement concerns these tables: what was read of their rows may not be what they are after it. */
  defined(tables: readonly NamedTable[]): void {
    if (tables.some(({ database, name }) => this.#snapshot.concerns(`${database}.${name}`))) this.#snapshot.spoil()
  }

  /** What the file of signals asks for; undefined where it is not time to look, or it has nothing. */
  async fromFile(place: Place): Promise<readonly BinlogRecord[] | undefined> {
    const { config, logger } = this.#parts
    if (!this.#hasFile || performance.now() < this.#fileDue) return undefined
    this.#fileDue = performance.now() + config['signal.poll.interval.ms']
    const rows = await takeSignals(config['signal.file'], logger)
    if (rows.length === 0) return undefined
    const records: BinlogRecord[] = []
    for (const row of rows) records.push(...this.#recordsOf(await this.#snapshot.take(row), place))
    return records
  }

  takeBlocking(): BlockingRequest | undefined {
    return this.#snapshot.takeBlocking()
  }

  /** Returns when everything that was told can be read: the server tells of a commit a little before, and stores a mark after it. */
  async settled(): Promise<void> {
    await this.#chunks.open(randomUUID())
  }

  async #signalled(event: RowsEvent, at: number, known: KnownTable, place: Place): Promise<readonly BinlogRecord[]> {
    if (event.type === 'update') return []
    const [id, type, data] = known.row(event.rows[at]!)
    if (event.type === 'delete')
      return this.#hasDeletes ? this.#recordsOf(await this.#snapshot.deleted(textOf(id)), place) : []
    const row: SignalRow = { id: textOf(id), type: textOf(type), data: typeof data === 'string' ? data : null }
    if (!this.#hasSource && !row.type.startsWith('snapshot-window-')) return []
    return this.#recordsOf(await this.#snapshot.take(row), place)
  }

  #recordsOf(told: readonly Told<KnownTable, Raw>[], place: Place): readonly BinlogRecord[] {
    const { config, partition, logger, flavour } = this.#parts
    const before = withoutIncremental(place.offset)
    const micros = nowMicros()
    return told.flatMap(one => {
      const offset = { ...before, ...one.fields }
      if (one.type === 'notification') return notificationRecords(config, logger, partition, one.notification, offset)
      const { database, name, table } = one.table
      const source = sourceStruct({
        flavour,
        prefix: config['topic.prefix'],
        database,
        table: name,
        micros,
        snapshot: 'incremental',
        serverId: Number(before.server_id ?? 0),
        gtid: place.gtid,
        file: place.file,
        position: place.position,
        row: 0,
        thread: undefined,
        query: undefined,
      })
      return this.#records.read(table, one.row, { partition, offset, source, transaction: noTransaction })
    })
  }
}

/** A notification on the channels of the configuration: a line of the log, a record. */
export function notificationRecords(
  config: BinlogConfig,
  logger: PluginLogger,
  partition: OffsetMap,
  notification: Notification,
  offset: BinlogOffset,
): readonly BinlogRecord[] {
  const channels = config['notification.enabled.channels']
  if (channels.includes('log')) logger.info('Notification', { ...notification })
  const topic = config['notification.sink.topic.name']
  return channels.includes('sink') && topic !== undefined
    ? [notificationRecord(topic, notification, partition, offset)]
    : []
}

const noTransaction = (): null => null

/** A row before and after its change. */
function rowsOf(event: RowsEvent, at: number): readonly LoggedRow[] {
  if (event.type !== 'update') return [event.rows[at]!]
  const { before, after } = event.rows[at]!
  return [before, after]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

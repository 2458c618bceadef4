import { randomUUID } from 'node:crypto'
import type { PluginLogger } from 'millrace/plugin'
import { ChunkWindow } from './chunks.js'
import {
  asked,
  chunkRead,
  fromOffset,
  idle,
  isRunning,
  next,
  reverted,
  stopped,
  stopping,
  toOffset,
  type Collection,
  type IncrementalFields,
  type IncrementalState,
} from './incremental.js'
import { encodeJavaKey, type JavaKey } from './java-keys.js'
import { incrementalNotifications, type Notification, type ScanStatus } from './notifications.js'
import { parseSignal, type Signal, type SignalRow } from './signals.js'
import type { RawRow } from './raw-row.js'

export interface ChunkRow<Raw> {
  readonly row: RawRow<Raw>
  /** Of its key, in the key's order: what the next chunk goes on from. */
  readonly key: JavaKey
  /** The same as changes in the stream have it. */
  readonly values: readonly unknown[]
}

/** `again`: what was read lacks a change that the stream has told already. `ended`: nothing can be read of this table. */
export type Chunk<Table, Raw> =
  | {
      readonly type: 'rows'
      readonly table: Table
      /** Names of the key's columns. */
      readonly key: readonly string[]
      readonly maximum: JavaKey
      readonly rows: readonly ChunkRow<Raw>[]
    }
  | { readonly type: 'again' }
  | { readonly type: 'ended'; readonly status: Exclude<ScanStatus, 'SUCCEEDED'>; readonly because: string }

export interface ChunkRange {
  readonly after: JavaKey | undefined
  /** Undefined: not asked for yet. */
  readonly maximum: JavaKey | undefined
  readonly limit: number
}

/** What an incremental snapshot needs of a database. */
export interface ChunkDatabase<Table, Raw> {
  /** Whole names of the tables that are captured now. */
  readonly tables: () => Promise<readonly string[]>
  /** Marks in the stream where a chunk begins. */
  readonly open: (chunk: string) => Promise<void>
  /** Marks where it ends. Returns what says whether the stream has passed it, where no mark says so. */
  readonly close: (chunk: string) => Promise<(() => boolean) | undefined>
  /** Rows of one moment, which is not before what the stream has told. */
  readonly read: (collection: Collection, range: ChunkRange) => Promise<Chunk<Table, Raw>>
}

/** What is to go out, with the fields of its offset. */
export type Told<Table, Raw> =
  | { readonly type: 'row'; readonly table: Table; readonly row: RawRow<Raw>; readonly fields: IncrementalFields }
  | { readonly type: 'notification'; readonly notification: Notification; readonly fields: IncrementalFields }

export type BlockingRequest = Extract<Signal, { action: 'execute' }>

export interface IncrementalParts<Table, Raw> {
  readonly database: ChunkDatabase<Table, Raw>
  /** `topic.prefix` */
  readonly prefix: string
  readonly chunkSize: number
  readonly logger: PluginLogger
}

interface Reading<Table> {
  readonly id: string
  readonly collection: string
  readonly table: Table | undefined
  readonly key: readonly string[]
  hasPassed: (() => boolean) | undefined
}

/**
 * Reads tables in chunks while the stream goes on. A chunk's rows wait until the stream has passed the moment at which they were read; what it changes
 * until then it tells better (the DBLog algorithm). Everything happens between two changes of the stream; what comes back goes out before the next.
 */
export class IncrementalSnapshot<Table, Raw> {
  readonly #parts: IncrementalParts<Table, Raw>
  readonly #window = new ChunkWindow<{ readonly row: RawRow<Raw>; readonly key: JavaKey }>()
  #state: IncrementalState = idle
  /** Of the offset that notifications have: what has gone out before. */
  #said: IncrementalFields = {}
  #fields: { readonly of: IncrementalState; readonly fields: IncrementalFields } = { of: idle, fields: {} }
  #reading: Reading<Table> | undefined
  /** Of the first table: that went out, or were told by the stream. */
  #rows = 0
  /** Of the chunk that waits. */
  #waiting = 0
  #blocking: BlockingRequest[] = []

  constructor(parts: IncrementalParts<Table, Raw>) {
    this.#parts = parts
  }

  /** What offsets have of it now. What is to be stopped is left out already. */
  get fields(): IncrementalFields {
    if (this.#fields.of !== this.#state)
      this.#fields = { of: this.#state, fields: toOffset(stopped(this.#state).state) }
    return this.#fields.fields
  }

  /** Goes on with what an offset says was under way. */
  async start(stored: IncrementalFields): Promise<readonly Told<Table, Raw>[]> {
    const { logger } = this.#parts
    const { state, problem } = fromOffset(stored)
    if (problem !== undefined)
      logger.warn('The offset of an incremental snapshot cannot be read; its first table is read anew', {
        because: problem,
      })
    this.#state = state
    if (isRunning(state))
      logger.info('Going on with an incremental snapshot', { tables: state.collections.map(({ id }) => id) })
    return this.#do(told => this.#next(told))
  }

  /** A row of the signal table, or a signal from elsewhere. Never throws for what it says. */
  async take(row: SignalRow): Promise<readonly Told<Table, Raw>[]> {
    const signal = parseSignal(row)
    const { logger } = this.#parts
    switch (signal.action) {
      case 'open':
        return []
      case 'close':
        return this.#ended(row.id.replace(/-close$/, ''))
      case 'log':
        logger.info('A signal says', { message: signal.message })
        return []
      case 'refused':
        logger.warn('A signal is ignored', { id: row.id, type: row.type, because: signal.reason })
        return []
      case 'execute':
        logger.info('A snapshot is asked for', { id: row.id, kind: signal.kind, tables: signal.collections })
        if (signal.kind === 'incremental') return this.#do(told => this.#execute(signal, row.id, told))
        this.#blocking.push(signal)
        return []
      case 'stop':
        return this.#do(told => this.#stop(signal.collections, told))
      case 'pause':
      case 'resume':
        return this.#do(told => this.#pause(signal.action === 'pause', told))
    }
  }

  /** A row of the signal table was deleted, which marks an end too. */
  async deleted(id: string): Promise<readonly Told<Table, Raw>[]> {
    return id.endsWith('-open') ? this.#ended(id.slice(0, -'-open'.length)) : []
  }

  /** Whether a chunk waits for the stream to pass a position, where no mark says so. */
  get waitsForPosition(): boolean {
    return this.#reading?.hasPassed !== undefined
  }

  /** Goes on where the stream has passed that position. */
  async advance(): Promise<readonly Told<Table, Raw>[]> {
    return this.#reading?.hasPassed?.() === true ? this.#do(told => this.#finish(told)) : []
  }

  /** Whether changes of this table concern the chunk that waits. */
  concerns(table: string): boolean {
    return this.#reading?.collection === table && !this.#window.isEmpty
  }

  /** The stream has told of a row of the chunk's table. `value`: what it has of a column. */
  passed(value: (column: string) => unknown): void {
    this.#window.passed(this.#reading?.key.map(value) ?? [])
  }

  /** All rows of the chunk's table have changed. */
  spoil(): void {
    this.#window.spoil()
  }

  /** A blocking snapshot that was asked for: it is to be read before anything else goes out. */
  takeBlocking(): BlockingRequest | undefined {
    return this.#blocking.shift()
  }

  async #do(step: (told: Told<Table, Raw>[]) => Promise<void>): Promise<readonly Told<Table, Raw>[]> {
    const told: Told<Table, Raw>[] = []
    this.#said = this.fields
    await step(told)
    return told
  }

  async #execute(signal: BlockingRequest, id: string, told: Told<Table, Raw>[]): Promise<void> {
    this.#state = asked(this.#state, signal, await this.#parts.database.tables(), id)
    this.#notify(told, of => of.started())
    await this.#next(told)
  }

  async #stop(collections: readonly string[], told: Told<Table, Raw>[]): Promise<void> {
    if (!isRunning(this.#state)) return this.#parts.logger.warn('There is no incremental snapshot to stop')
    this.#state = stopping(this.#state, collections)
    // Where no chunk waits there is no end of one at which it would be done.
    if (this.#reading === undefined) await this.#next(told)
  }

  async #pause(isPaused: boolean, told: Told<Table, Raw>[]): Promise<void> {
    if (!isRunning(this.#state) || this.#state.isPaused === isPaused)
      return this.#parts.logger.warn(`There is no incremental snapshot to ${isPaused ? 'pause' : 'resume'}`)
    this.#state = { ...this.#state, isPaused }
    this.#notify(told, of => (isPaused ? of.paused() : of.resumed()))
    if (!isPaused) await this.#next(told)
  }

  /** The mark of another run's chunk says nothing: that chunk is read again. */
  async #ended(chunk: string): Promise<readonly Told<Table, Raw>[]> {
    return this.#reading?.id === chunk ? this.#do(told => this.#finish(told)) : []
  }

  async #finish(told: Told<Table, Raw>[]): Promise<void> {
    const { table } = this.#reading!
    this.#reading = undefined
    if (this.#window.isSpoilt) {
      this.#window.clear()
      this.#state = reverted(this.#state)
    } else if (table !== undefined) {
      const { fields } = this
      const isLeft = stopped(this.#state).state.collections[0] === this.#state.collections[0]
      for (const { row, key } of this.#window.take())
        told.push({ type: 'row', table, row, fields: isLeft ? withKey(fields, key) : fields })
      this.#rows += this.#waiting
      this.#state = { ...this.#state, sentKey: this.#state.endKey }
    }
    this.#said = this.fields
    await this.#next(told)
  }

  /** Reads the next chunk, if one is wanted. */
  async #next(told: Told<Table, Raw>[]): Promise<void> {
    if (this.#reading !== undefined) return
    this.#carryOutStop(told)
    if (!isRunning(this.#state) || this.#state.isPaused) return
    const { database } = this.#parts
    const id = randomUUID()
    await database.open(id)
    this.#reading = await this.#read(id, told)
    this.#reading.hasPassed = await database.close(id)
  }

  /** The next rows there are, if need be of the next table; without a table where there are none. */
  async #read(id: string, told: Told<Table, Raw>[]): Promise<Reading<Table>> {
    const { database, chunkSize, logger } = this.#parts
    const none: Reading<Table> = { id, collection: '', table: undefined, key: [], hasPassed: undefined }
    for (;;) {
      const collection = this.#state.collections[0]
      if (collection === undefined) return none
      const { endKey: after, maximumKey: maximum } = this.#state
      const chunk = await database.read(collection, { after, maximum, limit: chunkSize })
      if (chunk.type === 'again') return none
      const last = chunk.type === 'rows' ? chunk.rows.at(-1) : undefined
      if (chunk.type === 'rows' && last !== undefined) {
        for (const { row, key, values } of chunk.rows) this.#window.add(values, { row, key })
        this.#waiting = chunk.rows.length
        this.#state = { ...chunkRead(this.#state, last.key), maximumKey: chunk.maximum }
        this.#notify(told, of => of.inProgress(collection.id, keyText(chunk.maximum), keyText(last.key)))
        return { ...none, collection: collection.id, table: chunk.table, key: chunk.key }
      }
      const status = chunk.type === 'ended' ? chunk.status : 'SUCCEEDED'
      if (chunk.type === 'ended' && status !== 'EMPTY')
        logger.warn('A table is left out of an incremental snapshot', { table: collection.id, because: chunk.because })
      else logger.info('Read all rows of a table', { table: collection.id, rows: this.#rows })
      this.#notify(told, of => of.tableCompleted(collection.id, this.#rows, status))
      const { correlationId } = this.#state
      this.#rows = 0
      this.#state = next(this.#state)
      if (isRunning(this.#state)) continue
      logger.info('The incremental snapshot is complete')
      this.#notify(told, of => of.completed(), correlationId)
    }
  }

  #carryOutStop(told: Told<Table, Raw>[]): void {
    if (this.#state.toStop.length === 0) return
    const { state, stopped: tables } = stopped(this.#state)
    const first = this.#state.collections[0]
    if (tables.length > 0) {
      this.#parts.logger.info('Tables of an incremental snapshot were stopped', { tables })
      this.#notify(told, of => of.aborted(tables))
    }
    if (state.collections[0] !== first) this.#rows = 0
    this.#state = state
  }

  #notify(
    told: Told<Table, Raw>[],
    make: (of: ReturnType<typeof incrementalNotifications>) => Notification,
    id = this.#state.correlationId,
  ): void {
    const tables = this.#state.collections.map(collection => collection.id)
    const notification = make(incrementalNotifications(this.#parts.prefix, id, tables))
    told.push({ type: 'notification', notification, fields: this.#said })
  }
}

/** The fields where rows of the first table have gone out up to this key. */
function withKey(fields: IncrementalFields, key: JavaKey): IncrementalFields {
  return { ...fields, incremental_snapshot_primary_key: encodeJavaKey(key) }
}

function keyText(key: JavaKey): string {
  return key.map(part => part?.text ?? 'null').join(',')
}

import {
  chunkQuery,
  maximumKeyQuery,
  type Chunk,
  type ChunkDatabase,
  type ChunkRange,
  type Collection,
  type JavaKey,
} from '@millrace/relational'
import { errorMessage } from 'millrace/plugin'
import type { PluginLogger } from 'millrace/plugin'
import type { Connection } from 'mysql2'
import { hasUniqueIndex } from './catalog.js'
import { chunkKey, withParams, type ChunkKey } from './chunk-keys.js'
import { isInsertDelete, type BinlogConfig } from './config.js'
import { quotedName, rowsOf } from './connections.js'
import { passes } from './failures.js'
import type { Raw } from './raw.js'
import type { Reader } from './readers.js'
import { selectedRows } from './row-stream.js'
import type { KnownTable, Tables } from './tables.js'

export interface ChunkReaderParts {
  readonly config: BinlogConfig
  readonly connection: Connection
  readonly tables: Tables
  readonly logger: PluginLogger
  /** Names of the tables that are captured, as they are now. */
  readonly captured: () => Promise<readonly string[]>
}

type BinlogChunk = Chunk<KnownTable, Raw>

const printedText: Reader<Buffer> = bytes => bytes.toString()

/**
 * Reads the chunks of an incremental snapshot, and marks them by rows of the signal table. The mark of a chunk's beginning is stored after everything
 * that the binlog has before it, so the rows that follow have all that was told.
 */
export class ChunkReader implements ChunkDatabase<KnownTable, Raw> {
  readonly #parts: ChunkReaderParts
  #openedAt = ''

  constructor(parts: ChunkReaderParts) {
    this.#parts = parts
  }

  tables(): Promise<readonly string[]> {
    return this.#parts.captured()
  }

  async open(chunk: string): Promise<void> {
    this.#openedAt = new Date().toISOString()
    await this.#insert(`${chunk}-open`, 'snapshot-window-open', { openWindowTimestamp: this.#openedAt })
  }

  async close(chunk: string): Promise<undefined> {
    const { config, connection } = this.#parts
    if (isInsertDelete(config)) {
      await rowsOf(connection, `DELETE FROM ${signalTable(config)} WHERE id = ?`, [`${chunk}-open`])
      return
    }
    const data = { openWindowTimestamp: this.#openedAt, closeWindowTimestamp: new Date().toISOString() }
    await this.#insert(`${chunk}-close`, 'snapshot-window-close', data)
  }

  async read(collection: Collection, range: ChunkRange): Promise<BinlogChunk> {
    try {
      return await this.#rows(collection, range)
    } catch (error) {
      if (passes(error)) throw error
      return { type: 'ended', status: 'SQL_EXCEPTION', because: errorMessage(error) }
    }
  }

  async #rows({ id, condition, surrogateKey }: Collection, range: ChunkRange): Promise<BinlogChunk> {
    const { connection, tables, logger } = this.#parts
    const at = id.indexOf('.')
    const [database, name] = [id.slice(0, at), id.slice(at + 1)]
    const known = tables.isCaptured(database, name) ? await tables.ofCatalog(connection, database, name) : undefined
    if (known === undefined)
      return { type: 'ended', status: 'UNKNOWN_SCHEMA', because: 'It is no table that is captured.' }
    const { columns } = known.definition
    const key = chunkKey(known.definition, surrogateKey)
    if (typeof key === 'string') return { type: 'ended', status: 'NO_PRIMARY_KEY', because: key }
    const isFirst = range.maximum === undefined
    if (isFirst && surrogateKey !== undefined && !(await hasUniqueIndex(connection, database, name, surrogateKey)))
      logger.warn('No index says that the surrogate key is unique; of rows that share it some are left out', {
        table: id,
        column: surrogateKey,
      })
    const of = { table: `${quotedName(database)}.${quotedName(name)}`, key: key.names, condition }
    const isFitting = key.takes(range.maximum) && (range.after === undefined || key.takes(range.after))
    const maximum = isFitting ? range.maximum : await this.#maximum(of, key)
    if (maximum === undefined) return { type: 'ended', status: 'EMPTY', because: 'It has no rows.' }
    const selection = [known.selection, ...key.names.map(key.dialect.printed)].join(', ')
    const after = isFitting ? range.after : undefined
    const { sql, params } = chunkQuery(of, { after, maximum, limit: range.limit, selection }, key.dialect)
    const readers = [...known.printed, ...key.names.map(() => printedText)]
    const places = key.names.map(column => columns.findIndex(one => one.name === column))
    const rows = (await this.#select(withParams(sql, params), readers, range.limit)).map(cells => ({
      row: cells.slice(0, columns.length),
      key: key.of(cells.slice(columns.length)),
      values: places.map(place => cells[place]),
    }))
    return { type: 'rows', table: known, key: key.names, maximum, rows }
  }

  async #maximum(of: Parameters<typeof maximumKeyQuery>[0], key: ChunkKey): Promise<JavaKey | undefined> {
    const { sql } = maximumKeyQuery(of, key.dialect)
    const [row] = await rowsOf(this.#parts.connection, sql)
    return row && key.of(row)
  }

  async #select(
    sql: string,
    readers: readonly Reader<Buffer>[],
    limit: number,
  ): Promise<readonly (readonly (Raw | null)[])[]> {
    const all: (readonly (Raw | null)[])[] = []
    for await (const rows of selectedRows(this.#parts.connection, sql, readers, limit)) all.push(...rows)
    return all
  }

  async #insert(id: string, type: string, data: Readonly<Record<string, string>>): Promise<void> {
    const { config, connection } = this.#parts
    const row = [id, type, JSON.stringify(data)]
    await rowsOf(connection, `INSERT INTO ${signalTable(config)} VALUES (?, ?, ?)`, row)
  }
}

function signalTable(config: BinlogConfig): string {
  return config['signal.data.collection']!.split('.').map(quotedName).join('.')
}

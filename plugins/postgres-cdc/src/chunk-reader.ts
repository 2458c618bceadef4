import {
  chunkQuery,
  maximumKeyQuery,
  type Chunk,
  type ChunkDatabase,
  type ChunkDialect,
  type ChunkRange,
  type Collection,
  type JavaKey,
  type JavaKeyPart,
} from '@millrace/relational'
import { errorMessage } from 'millrace/plugin'
import type { PluginLogger } from 'millrace/plugin'
import type pg from 'pg'
import { describeTable, findTable, hasUniqueIndex, type CatalogTable } from './catalog.js'
import { isInsertDelete, type PostgresConfig } from './config.js'
import { rowsOf } from './connections.js'
import { passes } from './failures.js'
import { beginFresh, visibleLsn, visibleMs } from './fresh-transaction.js'
import type { Lsn } from './lsn.js'
import { quoted, quotedTable } from './publication.js'
import type { KnownTable, Tables } from './tables.js'
import type { ToldTransactions } from './told-transactions.js'

const dialect: ChunkDialect = {
  quote: quoted,
  placeholder: at => `$${at + 1}`,
  printed: quoted,
  rowValues: true,
}

/** Classes that Debezium's JVM has for values of a type; of all others the printed text is kept. */
const classes: Readonly<Record<number, JavaKeyPart['java']>> = {
  16: 'Boolean',
  20: 'Long',
  21: 'Integer',
  23: 'Integer',
  26: 'Long',
  2950: 'UUID',
}

interface ChunkKey {
  readonly names: readonly string[]
  readonly of: (row: readonly (string | null)[], places: readonly number[]) => JavaKey
}

export interface ChunkReaderParts {
  readonly config: PostgresConfig
  readonly client: pg.Client
  readonly tables: Tables
  readonly told: ToldTransactions
  /** Everything before it was told. */
  readonly position: () => Lsn
  readonly logger: PluginLogger
  readonly sleep: (ms: number) => Promise<void>
  /** Names of the tables that are captured, as they are now. */
  readonly captured: () => Promise<readonly string[]>
}

type PostgresChunk = Chunk<KnownTable, string>

/** Reads the chunks of an incremental snapshot, and marks them by rows of the signal table; under `read.only` by positions of the log. */
export class ChunkReader implements ChunkDatabase<KnownTable, string> {
  readonly #parts: ChunkReaderParts
  #openedAt = ''

  constructor(parts: ChunkReaderParts) {
    this.#parts = parts
  }

  tables(): Promise<readonly string[]> {
    return this.#parts.captured()
  }

  async open(chunk: string): Promise<void> {
    if (this.#parts.config['read.only']) return
    this.#openedAt = new Date().toISOString()
    await this.#insert(`${chunk}-open`, 'snapshot-window-open', { openWindowTimestamp: this.#openedAt })
  }

  async close(chunk: string): Promise<(() => boolean) | undefined> {
    const { config, client, position } = this.#parts
    if (config['read.only']) {
      const end = await visibleLsn(client)
      return () => position() >= end
    }
    if (isInsertDelete(config)) {
      await rowsOf(client, `DELETE FROM ${signalTable(config)} WHERE id = $1`, [`${chunk}-open`])
      return undefined
    }
    const data = { openWindowTimestamp: this.#openedAt, closeWindowTimestamp: new Date().toISOString() }
    await this.#insert(`${chunk}-close`, 'snapshot-window-close', data)
    return undefined
  }

  async read(collection: Collection, range: ChunkRange): Promise<PostgresChunk> {
    const { client, told, sleep } = this.#parts
    if ((await beginFresh(client, told)) === undefined) {
      // Until a standby has confirmed it perhaps, which takes its time.
      await sleep(visibleMs)
      return { type: 'again' }
    }
    try {
      return await this.#rows(collection, range)
    } catch (error) {
      if (passes(error)) throw error
      return { type: 'ended', status: 'SQL_EXCEPTION', because: errorMessage(error) }
    } finally {
      await client.query('ROLLBACK')
    }
  }

  async #rows({ id, condition, surrogateKey }: Collection, range: ChunkRange): Promise<PostgresChunk> {
    const { client, tables } = this.#parts
    const at = id.indexOf('.')
    const [schema, name] = [id.slice(0, at), id.slice(at + 1)]
    const oid = tables.isCaptured(schema, name) ? await findTable(client, schema, name) : undefined
    const catalog = oid === undefined ? undefined : await describeTable(client, oid)
    if (oid === undefined || catalog === undefined)
      return { type: 'ended', status: 'UNKNOWN_SCHEMA', because: 'It is no table that is captured.' }
    const key = chunkKey(catalog, surrogateKey)
    if (typeof key === 'string') return { type: 'ended', status: 'NO_PRIMARY_KEY', because: key }
    const isFirst = range.maximum === undefined
    if (isFirst && surrogateKey !== undefined && !(await hasUniqueIndex(client, oid, surrogateKey)))
      this.#parts.logger.warn(
        'No index says that the surrogate key is unique; of rows that share it some are left out',
        {
          table: id,
          column: surrogateKey,
        },
      )
    const known = await tables.ofDescribed(client, schema, name, catalog)
    const of = { table: quotedTable({ schema, name }), key: key.names, condition }
    const maximum = range.maximum ?? (await this.#maximum(of, key))
    if (maximum === undefined) return { type: 'ended', status: 'EMPTY', because: 'It has no rows.' }
    const selection = known.columns.map(quoted).join(', ')
    const { sql, params } = chunkQuery(of, { ...range, selection, maximum }, dialect)
    const places = key.names.map(column => known.columns.indexOf(column))
    const rows = (await rowsOf(client, sql, params)).map(row => ({
      row,
      key: key.of(row, places),
      values: places.map(place => row[place]),
    }))
    return { type: 'rows', table: known, key: key.names, maximum, rows }
  }

  async #maximum(of: Parameters<typeof maximumKeyQuery>[0], key: ChunkKey): Promise<JavaKey | undefined> {
    const [row] = await rowsOf(this.#parts.client, maximumKeyQuery(of, dialect).sql)
    return (
      row &&
      key.of(
        row,
        key.names.map((_, at) => at),
      )
    )
  }

  async #insert(id: string, type: string, data: Readonly<Record<string, string>>): Promise<void> {
    const { config, client } = this.#parts
    await rowsOf(client, `INSERT INTO ${signalTable(config)} VALUES ($1, $2, $3)`, [id, type, JSON.stringify(data)])
  }
}

function signalTable(config: PostgresConfig): string {
  const [schema, name] = config['signal.data.collection']!.split('.')
  return quotedTable({ schema: schema!, name: name! })
}

/** The columns to go by; a text: why there are none. */
function chunkKey({ columns, key }: CatalogTable, surrogate: string | undefined): ChunkKey | string {
  const names = surrogate === undefined ? key : [surrogate]
  const found = names.map(name => columns.find(column => column.name === name))
  if (found.length === 0) return 'It has neither a primary key nor a surrogate key.'
  if (found.includes(undefined)) return `It has no column "${surrogate}" for a surrogate key.`
  if (found.some(column => column!.nullable)) return `Its surrogate key "${surrogate}" may be null.`
  const java = found.map(column => classes[column!.typeOid] ?? 'String')
  const part = (text: string | null | undefined, at: number): JavaKeyPart | null =>
    text === null || text === undefined ? null : { java: java[at]!, text }
  return { names, of: (row, places) => places.map((place, at) => part(row[place], at)) }
}

import { ChangeRecords, expanded, heartbeatRecord, type BlockingRequest } from '@millrace/relational'
import type { Connection } from 'mysql2'
import { BinlogStream } from './binlog-stream.js'
import type { Context, Yield } from './capture.js'
import { listTables, type TableRef } from './catalog.js'
import { ChangeReader } from './change-reader.js'
import { connectionOptions, execute } from './connections.js'
import type { BinlogRecord, DefinitionChange, Unplaced } from './definitions.js'
import { ofSources, type IsSource } from './gtids.js'
import { resumePoint, type BinlogOffset } from './offset.js'
import type { Raw } from './raw.js'
import { replicaId } from './replica-id.js'
import { notificationRecords, Signals } from './signals.js'
import { Snapshot, type SnapshotParts } from './snapshot.js'

/** How long to wait for changes before looking at what else there is to do, ms. */
const waitMs = 1_000
/** How often, at most, to store how far the log was read where no record says so, ms. */
const markMs = 1_000
const defaultQueueBytes = 64 << 20

/** Follows the changes of the captured tables, and what signals ask for between them. */
export class Streaming {
  readonly #context: Context
  readonly #parts: SnapshotParts
  readonly #connection: Connection
  readonly #isSource: IsSource
  readonly #signals: Signals | undefined
  #stream: BinlogStream | undefined
  #heartbeatDue: number

  constructor(context: Context, parts: SnapshotParts, connection: Connection, isSource: IsSource) {
    const { config } = context
    this.#context = context
    this.#parts = parts
    this.#connection = connection
    this.#isSource = isSource
    this.#heartbeatDue = performance.now() + config['heartbeat.interval.ms']
    if (config['signal.data.collection'] !== undefined)
      this.#signals = new Signals({
        ...parts,
        connection,
        captured: async () => (await this.#captured()).map(named),
      })
  }

  async close(): Promise<void> {
    await this.#stream?.close()
  }

  async *changes(offset: BinlogOffset): AsyncGenerator<Yield> {
    const { config, signal, onLag, logger } = this.#context
    const { facts, flavour, options, partition, tables } = this.#parts
    const resume = resumePoint(offset)
    if (this.#signals === undefined && offset.incremental_snapshot_collections !== undefined)
      logger.warn('The incremental snapshot that was under way is given up: there is no signal table')
    const stream = (this.#stream = await this.#start(offset))
    const reader = new ChangeReader(
      {
        config,
        flavour,
        isMariadb: facts.flavour === 'mariadb',
        serverId: facts.serverId,
        options,
        resume,
        partition,
        logger,
        isSource: this.#isSource,
        describe: table => tables.ofLog(this.#connection, table),
        define: change => this.#defined(change),
        watch: this.#signals,
      },
      offset,
    )
    onLag(() => {
      const { waiting } = stream
      if (waiting === 0) return { records: 0, ms: 0 }
      const since = reader.loggedAt
      return { records: waiting, ...(since !== undefined && { ms: Math.max(0, Date.now() - since) }) }
    })
    let batch: BinlogRecord[] = [...((await this.#signals?.start(reader.place)) ?? [])]
    let marked = 0
    while (!signal.aborted) {
      const event = stream.take()
      if (event !== undefined) {
        const before = reader.offset
        const records = await reader.read(event)
        for (let one = this.#signals?.takeBlocking(); one !== undefined; one = this.#signals?.takeBlocking()) {
          // What was read before it goes out first, and the signal's own record after it.
          yield batch
          batch = []
          yield* this.#block(one, before)
          if (signal.aborted) return
        }
        for (const record of records) batch.push(record)
        if (batch.length < config['max.batch.size']) continue
      }
      if (batch.length > 0) {
        yield batch
        batch = []
      }
      yield* this.#fromFile(reader)
      const heartbeat = await this.#heartbeat(reader)
      if (heartbeat !== undefined) yield [heartbeat]
      else if (reader.hasProgress && performance.now() - marked > markMs) {
        marked = performance.now()
        yield { mark: 'offset', partition, offset: reader.tell() }
      }
      if (event === undefined) await stream.wait(this.#waitMs(reader), signal)
    }
  }

  /** The file of signals is looked at while it waits too. */
  #waitMs(reader: ChangeReader): number {
    const { config } = this.#context
    const most = reader.hasProgress ? markMs : waitMs
    return config['signal.enabled.channels'].includes('file') ? Math.min(most, config['signal.poll.interval.ms']) : most
  }

  async *#fromFile(reader: ChangeReader): AsyncGenerator<Yield> {
    const records = await this.#signals?.fromFile(reader.place)
    if (records === undefined) return
    const { partition } = this.#parts
    if (records.length > 0) yield records
    for (let one = this.#signals!.takeBlocking(); one !== undefined; one = this.#signals!.takeBlocking())
      yield* this.#block(one, reader.offset)
    // The file no longer has them.
    yield { mark: 'offset', partition, offset: reader.retell() }
  }

  /** Tables that are captured now. */
  async #captured(): Promise<readonly TableRef[]> {
    const { tables } = this.#parts
    return (await listTables(this.#connection)).filter(({ database, name }) => tables.isListed(database, name))
  }

  /** Reads whole tables while the stream waits. Until all was read the signal counts as not yet read. */
  async *#block(request: BlockingRequest, offset: BinlogOffset): AsyncGenerator<readonly BinlogRecord[]> {
    const { config, logger } = this.#context
    const { partition } = this.#parts
    await this.#signals!.settled()
    // What tables look like was told before.
    const parts = { ...this.#parts, definitions: undefined }
    const snapshot = new Snapshot(parts, {
      offset,
      filter: table => request.conditions.find(({ tables }) => tables.test(table))?.filter,
      tell: (notification, of) => notificationRecords(config, logger, partition, notification, of),
    })
    yield* snapshot.read(async () => {
      const captured = await this.#captured()
      const wanted = new Set(expanded(request.collections, captured.map(named)))
      return captured.filter(table => wanted.has(named(table)))
    })
  }

  async #start(offset: BinlogOffset): Promise<BinlogStream> {
    const { config, id } = this.#context
    const { facts, tables } = this.#parts
    const { file, position, gtids } = resumePoint(offset)
    const counted = gtids === undefined ? '' : ofSources(gtids, this.#isSource)
    const byGtids = counted !== '' && (facts.flavour === 'mariadb' || facts.gtidMode.startsWith('ON'))
    return BinlogStream.start({
      connection: await connectionOptions(config),
      serverId: config['database.server.id'] ?? replicaId(id.connector),
      from: byGtids ? { gtids: counted } : { file, position },
      isWanted: (database, table) => tables.isCaptured(database, table),
      withStatements: config['include.query'],
      maxRows: config['max.queue.size'],
      maxBytes: config['max.queue.size.in.bytes'] || defaultQueueBytes,
    })
  }

  /** What a statement says of captured tables, and for a TRUNCATE their records. */
  async #defined(change: DefinitionChange): Promise<readonly Unplaced[]> {
    const { tables, definitions, options, partition } = this.#parts
    const { statement } = change
    this.#signals?.defined(statement.tables)
    if (!tables.isDatabase(statement.database)) return []
    const captured = statement.tables.filter(({ database, name }) => tables.isCaptured(database, name))
    const known = await Promise.all(
      captured.map(({ database, name }) => tables.ofCatalog(this.#connection, database, name)),
    )
    const { kind } = statement
    if (kind !== 'TRUNCATE')
      return definitions === undefined ? [] : [definitions.ofStatement(change, kind, captured, known)]
    const records = new ChangeRecords<Raw, BinlogOffset>(options)
    return known.flatMap(of => {
      if (of === undefined) return []
      const source = change.source(of.database, of.name)
      return records.truncate(of.table, { partition, offset: {}, source, transaction: () => null })
    })
  }

  async #heartbeat(reader: ChangeReader): Promise<BinlogRecord | undefined> {
    const { config } = this.#context
    const interval = config['heartbeat.interval.ms']
    if (interval === 0 || performance.now() < this.#heartbeatDue) return undefined
    this.#heartbeatDue = performance.now() + interval
    const action = config['heartbeat.action.query']
    if (action !== undefined) await execute(this.#connection, action)
    const name = config['topic.heartbeat.prefix'] ?? config['heartbeat.topics.prefix']
    const prefix = config['topic.prefix']
    const offset = reader.hasProgress ? reader.tell() : reader.offset
    return heartbeatRecord(`${name}${config['topic.delimiter']}${prefix}`, prefix, this.#parts.partition, offset)
  }
}

const named = ({ database, name }: TableRef): string => `${database}.${name}`

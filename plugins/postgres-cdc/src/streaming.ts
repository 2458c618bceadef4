import { expanded, heartbeatRecord, type BlockingRequest } from '@millrace/relational'
import { errorCode, errorMessage } from 'millrace/plugin'
import type pg from 'pg'
import type { Context, Yield } from './capture.js'
import { listTables, type TableRef } from './catalog.js'
import { ChangeReader, type PostgresRecord } from './change-reader.js'
import { rowsOf } from './connections.js'
import { passes } from './failures.js'
import { beginFresh, visibleMs } from './fresh-transaction.js'
import { lagOf } from './lag.js'
import { isSnapshotDone, resumePoint, type PostgresOffset } from './offset.js'
import { ensurePublication } from './publication.js'
import { ReplicationStream } from './replication-stream.js'
import { notificationRecords, Signals } from './signals.js'
import { serverVersion, slotInUse } from './slot.js'
import { Snapshot, type SnapshotParts } from './snapshot.js'
import { ToldTransactions } from './told-transactions.js'

/** How long to wait for changes before looking at what else there is to do, ms. */
const waitMs = 1_000
/** How often, at most, to store how far the log was read where no record says so, ms. */
const markMs = 1_000
/** How often, at most, to ask the server how far it has come while a chunk waits for that, ms. */
const askMs = 100
/** How often to look for new tables, ms. */
const publicationMs = 10_000
const defaultQueueBytes = 64 << 20

/** Follows the changes of the captured tables, and what signals ask for between them. */
export class Streaming {
  readonly #context: Context
  readonly #parts: SnapshotParts
  readonly #client: pg.Client
  readonly #replication: pg.Client
  readonly #told = new ToldTransactions()
  readonly #signals: Signals | undefined
  #stream: ReplicationStream | undefined
  #heartbeatDue: number
  #publicationDue = performance.now() + publicationMs
  #publicationProblem = ''

  /** Takes the replication connection over. */
  constructor(context: Context, parts: SnapshotParts, client: pg.Client, replication: pg.Client) {
    const { config } = context
    this.#context = context
    this.#parts = parts
    this.#client = client
    this.#replication = replication
    this.#heartbeatDue = performance.now() + config['heartbeat.interval.ms']
    if (config['signal.data.collection'] !== undefined || config['read.only'])
      this.#signals = new Signals({
        ...parts,
        client,
        told: this.#told,
        sleep: context.sleep,
        captured: async () => (await this.#captured()).map(({ schema, name }) => `${schema}.${name}`),
      })
  }

  async close(): Promise<void> {
    await this.#stream?.close()
  }

  async *changes(offset: PostgresOffset): AsyncGenerator<Yield> {
    const { config, signal, onCommitted, onLag } = this.#context
    const { partition, tables } = this.#parts
    const resume = resumePoint(offset)
    if (this.#signals === undefined && offset.incremental_snapshot_collections !== undefined)
      this.#context.logger.warn('The incremental snapshot that was under way is given up: there is no signal table')
    const stream = (this.#stream = await this.#start(resume.commit))
    const isManual = config['lsn.flush.mode'] === 'manual' || !config['flush.lsn.source']
    onCommitted((_, committed) => {
      if (!isManual && isSnapshotDone(committed)) stream.acknowledge(resumePoint(committed).commit)
    })
    const reader = new ChangeReader(
      {
        config,
        options: this.#parts.options,
        resume,
        partition,
        isCaptured: (schema, name) => tables.isCaptured(schema, name),
        describe: relation => tables.ofRelation(this.#client, relation),
        watch: this.#signals,
      },
      offset,
    )
    onLag(() => lagOf(this.#client, config['slot.name'], stream, reader))
    if (resume.xid !== undefined) this.#told.add(resume.xid)
    let batch: PostgresRecord[] = [...((await this.#signals?.start(reader.place)) ?? [])]
    let marked = 0
    while (!signal.aborted) {
      const received = stream.take()
      if (received !== undefined) {
        const before = reader.offset
        const read = reader.read(received)
        const records = read instanceof Promise ? await read : read
        const blocking = this.#signals?.takeBlocking()
        if (blocking !== undefined) {
          // What was read before it goes out first, and the signal's own record after it.
          yield batch
          batch = []
          yield* this.#block(blocking, before)
          if (signal.aborted) return
        }
        for (const record of records) batch.push(record)
        if (this.#signals?.waitsForPosition === true && !reader.isInTransaction)
          batch.push(...(await this.#signals.advance(reader.place)))
        if (batch.length < config['max.batch.size']) continue
      }
      if (batch.length > 0) {
        yield batch
        batch = []
      }
      yield* this.#fromFile(reader)
      await this.#publishNew()
      const heartbeat = await this.#heartbeat(reader)
      if (heartbeat !== undefined) yield [heartbeat]
      else if (reader.hasProgress && performance.now() - marked > markMs) {
        marked = performance.now()
        yield { mark: 'offset', partition, offset: reader.tell() }
      }
      if (received !== undefined) continue
      const asks = this.#signals?.waitsForPosition === true
      if (asks) stream.ask()
      await stream.wait(asks ? askMs : reader.hasProgress ? markMs : waitMs, signal)
    }
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

  /** Tables that are captured now. A `filtered` publication is made to have them: it did not know those that are new. */
  async #captured(): Promise<readonly TableRef[]> {
    const { config, logger } = this.#context
    const { tables } = this.#parts
    const all = await listTables(this.#client, config['publish.via.partition.root'])
    const captured = all.filter(({ schema, name }) => tables.isCaptured(schema, name))
    if (config['publication.autocreate.mode'] === 'filtered')
      try {
        await ensurePublication(this.#client, config, captured, logger)
        this.#publicationProblem = ''
      } catch (error) {
        const because = errorMessage(error)
        if (passes(error)) throw error
        if (because !== this.#publicationProblem) logger.warn('New tables are not captured', { because })
        this.#publicationProblem = because
      }
    return captured.filter(({ schema, name }) => tables.isListed(schema, name))
  }

  /** Looks now and then whether there are tables that a `filtered` publication does not have yet. */
  async #publishNew(): Promise<void> {
    if (this.#context.config['publication.autocreate.mode'] !== 'filtered' || performance.now() < this.#publicationDue)
      return
    this.#publicationDue = performance.now() + publicationMs
    await this.#captured()
  }

  /** Reads whole tables while the stream waits. Until all was read the signal counts as not yet read. */
  async *#block(request: BlockingRequest, offset: PostgresOffset): AsyncGenerator<readonly PostgresRecord[]> {
    const { config, logger, signal, sleep } = this.#context
    const { partition } = this.#parts
    const captured = await this.#captured()
    const named = (table: TableRef): string => `${table.schema}.${table.name}`
    const wanted = new Set(expanded(request.collections, captured.map(named)))
    const snapshot = new Snapshot(this.#parts, {
      begin: async client => {
        while (!signal.aborted) {
          const moment = await beginFresh(client, this.#told)
          if (moment !== undefined) return moment
          await sleep(visibleMs)
        }
        return undefined
      },
      offset,
      filter: table => request.conditions.find(({ tables }) => tables.test(table))?.filter,
      tell: (notification, of) => notificationRecords(config, logger, partition, notification, of),
    })
    yield* snapshot.read(captured.filter(table => wanted.has(named(table))))
  }

  async #start(from: number): Promise<ReplicationStream> {
    const { config } = this.#context
    const version = await serverVersion(this.#client)
    try {
      return await ReplicationStream.start(this.#replication, {
        slot: config['slot.name'],
        publication: config['publication.name'],
        from,
        statusMs: config['status.update.interval.ms'],
        maxMessages: config['max.queue.size'],
        maxBytes: config['max.queue.size.in.bytes'] || defaultQueueBytes,
        withMessages: version >= 140_000,
      })
    } catch (error) {
      if (errorCode(error) === '55006') throw slotInUse(config, undefined)
      throw error
    }
  }

  async #heartbeat(reader: ChangeReader): Promise<PostgresRecord | undefined> {
    const { config } = this.#context
    const interval = config['heartbeat.interval.ms']
    if (interval === 0 || performance.now() < this.#heartbeatDue) return undefined
    this.#heartbeatDue = performance.now() + interval
    const action = config['heartbeat.action.query']
    if (action !== undefined) await rowsOf(this.#client, action)
    const name = config['topic.heartbeat.prefix'] ?? config['heartbeat.topics.prefix']
    const prefix = config['topic.prefix']
    const offset = reader.hasProgress ? reader.tell() : reader.offset
    return heartbeatRecord(`${name}${config['topic.delimiter']}${prefix}`, prefix, this.#parts.partition, offset)
  }
}

import {
  anchored,
  ChangeRecords,
  contextHeaders,
  heartbeatRecord,
  textRules,
  type ChangeOptions,
} from '@millrace/relational'
import { fatal } from 'millrace/plugin'
import type { OffsetMap, SourceContext } from 'millrace/plugin'
import type { Connection } from 'mysql2'
import { BinlogStream } from './binlog-stream.js'
import { listTables, type TableRef } from './catalog.js'
import { ChangeReader } from './change-reader.js'
import { snapshotPlan, type BinlogConfig } from './config.js'
import { closed, connect, connectionOptions, execute } from './connections.js'
import { DefinitionRecords, type BinlogRecord, type DefinitionChange, type Unplaced } from './definitions.js'
import { ofSources, sourceFilter, type IsSource } from './gtids.js'
import { isSnapshotDone, resumePoint, type BinlogOffset } from './offset.js'
import type { Raw } from './raw.js'
import { replicaId } from './replica-id.js'
import { logPosition, lostSince, serverFacts, serverProblems, type ServerFacts } from './server.js'
import { Snapshot } from './snapshot.js'
import type { Flavour } from './source-block.js'
import { Tables } from './tables.js'

export type Context = SourceContext<BinlogConfig, undefined, { readonly server: string }, BinlogOffset>
export type Yield =
  readonly BinlogRecord[] | { readonly mark: 'offset'; readonly partition: OffsetMap; readonly offset: BinlogOffset }

/** How long to wait for changes before looking at what else there is to do, ms. */
const waitMs = 1_000
/** How often, at most, to store how far the log was read where no record says so, ms. */
const markMs = 1_000
const defaultQueueBytes = 64 << 20

/** One opening of the connector: the rows, then changes. */
export class Capture {
  readonly #context: Context
  readonly #flavour: Flavour
  readonly #partition: { readonly server: string }
  readonly #options: ChangeOptions
  readonly #tables: Tables
  readonly #definitions: DefinitionRecords
  readonly #isSource: IsSource
  #connection: Connection | undefined
  #stream: BinlogStream | undefined
  #heartbeatDue: number

  constructor(context: Context, flavour: Flavour) {
    const { config, raw, id, logger } = context
    this.#context = context
    this.#flavour = flavour
    this.#partition = { server: config['topic.prefix'] }
    this.#options = {
      tombstones: config['tombstones.on.delete'],
      skipped: new Set(config['skipped.operations']),
      skipUnchanged: config['skip.messages.without.change'],
      headers: config['extended.headers.enabled'] ? contextHeaders(config['topic.prefix'], flavour, id.task) : [],
    }
    this.#tables = new Tables(config, flavour, textRules(raw).rules, logger)
    this.#definitions = new DefinitionRecords(config, flavour, this.#options.headers)
    this.#isSource = sourceFilter(config['gtid.source.includes'], config['gtid.source.excludes'])
    this.#heartbeatDue = performance.now() + config['heartbeat.interval.ms']
  }

  async *run(): AsyncGenerator<Yield> {
    const { config, offsets, signal, sleep } = this.#context
    const stored = await offsets.last(this.#partition)
    const done = stored !== undefined && isSnapshotDone(stored)
    const plan = snapshotPlan(config, done)
    const connection = (this.#connection = await connect(config))
    const facts = await serverFacts(connection)
    const problems = serverProblems(facts)
    if (problems.length > 0 && plan.stream) throw fatal(problems.join(' '), { code: 'mysql.server_unfit' })
    let offset = done ? stored : undefined
    if (plan.stream && offset !== undefined) offset = await this.#stillThere(connection, facts, offset)
    if (plan.data || (done && offset === undefined)) {
      await sleep(config['snapshot.delay.ms'])
      const snapshot = this.#snapshot(facts)
      yield* snapshot.read(on => this.#tablesOf(on))
      offset = snapshot.finalOffset
      yield { mark: 'offset', partition: this.#partition, offset }
    }
    if (!plan.stream || signal.aborted) return
    if (offset === undefined) {
      const { file, position: pos, gtids } = await logPosition(connection, facts)
      offset = { file, pos, ...(gtids !== undefined && { gtids }) }
      yield { mark: 'offset', partition: this.#partition, offset }
    }
    await sleep(config['streaming.delay.ms'])
    yield* this.#changes(facts, offset)
  }

  async close(): Promise<void> {
    await this.#stream?.close()
    if (this.#connection !== undefined) await closed(this.#connection)
  }

  #snapshot(facts: ServerFacts): Snapshot {
    const isTold = this.#context.config['include.schema.changes']
    return new Snapshot({
      ...this.#context,
      facts,
      flavour: this.#flavour,
      options: this.#options,
      partition: this.#partition,
      tables: this.#tables,
      definitions: isTold ? this.#definitions : undefined,
    })
  }

  /** Tables to read, those chosen among the captured, in the order that is wanted. */
  async #tablesOf(connection: Connection): Promise<readonly TableRef[]> {
    const { config, logger } = this.#context
    const captured = (await listTables(connection)).filter(({ database, name }) =>
      this.#tables.isCaptured(database, name),
    )
    logger.info('Tables to capture', { tables: captured.length })
    const only = config['snapshot.include.collection.list'].map(anchored)
    const chosen = captured.filter(
      ({ database, name }) => only.length === 0 || only.some(regex => regex.test(`${database}.${name}`)),
    )
    const order = config['snapshot.tables.order.by.row.count']
    if (order === 'disabled') return chosen
    const sign = order === 'ascending' ? 1 : -1
    return chosen.toSorted((a, b) => sign * (a.estimate - b.estimate))
  }

  /** The stored offset, where the server still has everything after it; undefined where all is to be read anew. Else it fails: nothing is passed over silently. */
  async #stillThere(
    connection: Connection,
    facts: ServerFacts,
    stored: BinlogOffset,
  ): Promise<BinlogOffset | undefined> {
    const { config, logger } = this.#context
    const { file, position, gtids } = resumePoint(stored)
    const counted = gtids === undefined ? undefined : ofSources(gtids, this.#isSource)
    const why = await lostSince(connection, facts, { file, position, gtids: counted })
    if (why === undefined) return stored
    const problem = `The server no longer has all changes: ${why}.`
    if (config['snapshot.mode'] !== 'when_needed')
      throw fatal(problem, {
        code: 'mysql.changes_lost',
        hint: 'Reset the offsets, or set snapshot.mode=when_needed, to read all rows anew.',
      })
    logger.warn('All rows are read anew', { because: problem })
    return undefined
  }

  async *#changes(facts: ServerFacts, offset: BinlogOffset): AsyncGenerator<Yield> {
    const { config, signal, onLag } = this.#context
    const connection = this.#connection!
    const resume = resumePoint(offset)
    const stream = (this.#stream = await this.#startStream(facts, offset))
    const reader = new ChangeReader(
      {
        config,
        flavour: this.#flavour,
        isMariadb: facts.flavour === 'mariadb',
        serverId: facts.serverId,
        options: this.#options,
        resume,
        partition: this.#partition,
        logger: this.#context.logger,
        isSource: this.#isSource,
        describe: table => this.#tables.ofLog(connection, table),
        define: change => this.#defined(connection, change),
      },
      offset,
    )
    onLag(() => {
      const { waiting } = stream
      if (waiting === 0) return { records: 0, ms: 0 }
      const since = reader.loggedAt
      return { records: waiting, ...(since !== undefined && { ms: Math.max(0, Date.now() - since) }) }
    })
    let batch: BinlogRecord[] = []
    let marked = 0
    while (!signal.aborted) {
      const event = stream.take()
      if (event !== undefined) {
        for (const record of await reader.read(event)) batch.push(record)
        if (batch.length < config['max.batch.size']) continue
      }
      if (batch.length > 0) {
        yield batch
        batch = []
      }
      const heartbeat = await this.#heartbeat(connection, reader)
      if (heartbeat !== undefined) yield [heartbeat]
      else if (reader.hasProgress && performance.now() - marked > markMs) {
        marked = performance.now()
        yield { mark: 'offset', partition: this.#partition, offset: reader.tell() }
      }
      if (event === undefined) await stream.wait(reader.hasProgress ? markMs : waitMs, signal)
    }
  }

  async #startStream(facts: ServerFacts, offset: BinlogOffset): Promise<BinlogStream> {
    const { config, id } = this.#context
    const { file, position, gtids } = resumePoint(offset)
    const counted = gtids === undefined ? '' : ofSources(gtids, this.#isSource)
    const byGtids = counted !== '' && (facts.flavour === 'mariadb' || facts.gtidMode.startsWith('ON'))
    return BinlogStream.start({
      connection: await connectionOptions(config),
      serverId: config['database.server.id'] ?? replicaId(id.connector),
      from: byGtids ? { gtids: counted } : { file, position },
      isWanted: (database, table) => this.#tables.isCaptured(database, table),
      withStatements: config['include.query'],
      maxRows: config['max.queue.size'],
      maxBytes: config['max.queue.size.in.bytes'] || defaultQueueBytes,
    })
  }

  /** What a statement says of captured tables, and for a TRUNCATE their records. */
  async #defined(connection: Connection, change: DefinitionChange): Promise<readonly Unplaced[]> {
    const { config } = this.#context
    const { statement } = change
    if (!this.#tables.isDatabase(statement.database)) return []
    const captured = statement.tables.filter(({ database, name }) => this.#tables.isCaptured(database, name))
    const known = await Promise.all(
      captured.map(({ database, name }) => this.#tables.ofCatalog(connection, database, name)),
    )
    const isTold = config['include.schema.changes']
    const { kind } = statement
    if (kind !== 'TRUNCATE') return isTold ? [this.#definitions.ofStatement(change, kind, captured, known)] : []
    const records = new ChangeRecords<Raw, BinlogOffset>(this.#options)
    return known.flatMap(of => {
      if (of === undefined) return []
      const source = change.source(of.database, of.name)
      return records.truncate(of.table, { partition: this.#partition, offset: {}, source, transaction: () => null })
    })
  }

  async #heartbeat(connection: Connection, reader: ChangeReader): Promise<BinlogRecord | undefined> {
    const { config } = this.#context
    const interval = config['heartbeat.interval.ms']
    if (interval === 0 || performance.now() < this.#heartbeatDue) return undefined
    this.#heartbeatDue = performance.now() + interval
    const action = config['heartbeat.action.query']
    if (action !== undefined) await execute(connection, action)
    const name = config['topic.heartbeat.prefix'] ?? config['heartbeat.topics.prefix']
    const prefix = config['topic.prefix']
    const offset = reader.hasProgress ? reader.tell() : reader.offset
    return heartbeatRecord(`${name}${config['topic.delimiter']}${prefix}`, prefix, this.#partition, offset)
  }
}

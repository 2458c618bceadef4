import {
  anchored,
  contextHeaders,
  initialNotifications,
  textRules,
  type ChangeOptions,
  type Notification,
} from '@millrace/relational'
import { fatal } from 'millrace/plugin'
import type { OffsetMap, SourceContext } from 'millrace/plugin'
import type { Connection } from 'mysql2'
import { listTables, type TableRef } from './catalog.js'
import { snapshotPlan, type BinlogConfig } from './config.js'
import { closed, connect } from './connections.js'
import { DefinitionRecords, type BinlogRecord } from './definitions.js'
import { ofSources, sourceFilter, type IsSource } from './gtids.js'
import { isSnapshotDone, resumePoint, type BinlogOffset } from './offset.js'
import { logPosition, lostSince, serverFacts, serverProblems, type ServerFacts } from './server.js'
import { notificationRecords } from './signals.js'
import { Snapshot, type SnapshotParts } from './snapshot.js'
import type { Flavour } from './source-block.js'
import { Streaming } from './streaming.js'
import { Tables } from './tables.js'

export type Context = SourceContext<BinlogConfig, undefined, { readonly server: string }, BinlogOffset>
export type Yield =
  readonly BinlogRecord[] | { readonly mark: 'offset'; readonly partition: OffsetMap; readonly offset: BinlogOffset }

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
  #streaming: Streaming | undefined

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
  }

  async *run(): AsyncGenerator<Yield> {
    const { config, offsets, signal, sleep } = this.#context
    const stored = await offsets.last(this.#partition)
    const done = stored !== undefined && isSnapshotDone(stored)
    const plan = snapshotPlan(config, done)
    const connection = (this.#connection = await connect(config, config['database.query.timeout.ms']))
    const facts = await serverFacts(connection)
    const problems = serverProblems(facts)
    if (problems.length > 0 && plan.stream) throw fatal(problems.join(' '), { code: 'mysql.server_unfit' })
    let offset = done ? stored : undefined
    if (plan.stream && offset !== undefined) offset = await this.#stillThere(connection, facts, offset)
    const data = plan.data || (done && offset === undefined)
    if (data) {
      await sleep(config['snapshot.delay.ms'])
      const snapshot = new Snapshot(this.#parts(facts), { tell: (notification, of) => this.#told(notification, of) })
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
    if (!data) yield this.#told(initialNotifications(config['topic.prefix'], []).skipped(), offset)
    this.#streaming = new Streaming(this.#context, this.#parts(facts), connection, this.#isSource)
    yield* this.#streaming.changes(offset)
  }

  async close(): Promise<void> {
    await this.#streaming?.close()
    if (this.#connection !== undefined) await closed(this.#connection)
  }

  #parts(facts: ServerFacts): SnapshotParts {
    return {
      ...this.#context,
      facts,
      flavour: this.#flavour,
      options: this.#options,
      partition: this.#partition,
      tables: this.#tables,
      definitions: this.#context.config['include.schema.changes'] ? this.#definitions : undefined,
    }
  }

  #told(notification: Notification, offset: BinlogOffset): readonly BinlogRecord[] {
    const { config, logger } = this.#context
    return notificationRecords(config, logger, this.#partition, notification, offset)
  }

  /** Tables to read, those chosen among the captured, in the order that is wanted. */
  async #tablesOf(connection: Connection): Promise<readonly TableRef[]> {
    const { config, logger } = this.#context
    const captured = (await listTables(connection)).filter(({ database, name }) =>
      this.#tables.isListed(database, name),
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
}

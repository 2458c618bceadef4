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
import type pg from 'pg'
import { listTables, type TableRef } from './catalog.js'
import type { PostgresRecord } from './change-reader.js'
import { snapshotPlan, type PostgresConfig } from './config.js'
import { closed, connect, connectReplication, rowsOf } from './connections.js'
import { lsnText, type Lsn } from './lsn.js'
import { isSnapshotDone, resumePoint, type PostgresOffset } from './offset.js'
import { ensurePublication, quotedTable } from './publication.js'
import { notificationRecords } from './signals.js'
import { createSlot, findSlot, serverVersion, waitUntilFree, type NewSlot } from './slot.js'
import { Snapshot, type SnapshotParts } from './snapshot.js'
import { postgresSource } from './source-block.js'
import { Streaming } from './streaming.js'
import { Tables } from './tables.js'

export type Context = SourceContext<PostgresConfig, undefined, { readonly server: string }, PostgresOffset>
export type Yield =
  | readonly PostgresRecord[]
  | { readonly mark: 'offset'; readonly partition: OffsetMap; readonly offset: PostgresOffset }

/** One opening of the connector: slot and publication, the rows, then changes. */
export class Capture {
  readonly #context: Context
  readonly #partition: { readonly server: string }
  readonly #options: ChangeOptions
  readonly #tables: Tables
  #client: pg.Client | undefined
  #replication: pg.Client | undefined
  #streaming: Streaming | undefined

  constructor(context: Context) {
    const { config, raw, id, logger } = context
    this.#context = context
    this.#partition = { server: config['topic.prefix'] }
    this.#options = {
      tombstones: config['tombstones.on.delete'],
      skipped: new Set(config['skipped.operations']),
      skipUnchanged: config['skip.messages.without.change'],
      headers: config['extended.headers.enabled'] ? contextHeaders(config['topic.prefix'], 'postgresql', id.task) : [],
    }
    this.#tables = new Tables(config, postgresSource, textRules(raw).rules, columns =>
      logger.warn('Columns of these types have no place in a record; they are left out', { columns }),
    )
  }

  async *run(): AsyncGenerator<Yield> {
    const { config, offsets, logger, signal, sleep } = this.#context
    const stored = await offsets.last(this.#partition)
    const done = stored !== undefined && isSnapshotDone(stored)
    const plan = snapshotPlan(config, done)
    const client = (this.#client = await connect(config, config['database.query.timeout.ms']))
    const captured = (await listTables(client, config['publish.via.partition.root'])).filter(({ schema, name }) =>
      this.#tables.isCaptured(schema, name),
    )
    logger.info('Tables to capture', { tables: captured.length })
    await this.#setIdentities(client, captured)
    if (plan.stream) await ensurePublication(client, config, captured, logger)

    let offset = done ? stored : undefined
    let slot: NewSlot | undefined
    const existing = plan.stream ? await findSlot(client, config) : undefined
    if (plan.stream) {
      await waitUntilFree(client, config, sleep, signal)
      if (offset !== undefined) offset = this.#checkedAgainst(offset, existing?.confirmed)
    }
    const data = plan.data || (offset === undefined && done && config['snapshot.mode'] === 'when_needed')
    this.#replication = await connectReplication(config)
    if (plan.stream && existing === undefined) slot = await this.#makeSlot(config['slot.name'], false)
    else if (data) slot = await this.#makeSlot(`millrace_${process.pid}_${Date.now().toString(36)}`, true)
    if (data && slot !== undefined) {
      const snapshot = new Snapshot(this.#parts, {
        begin: client => imported(client, slot),
        tell: (notification, of) => this.#told(notification, of),
      })
      await sleep(config['snapshot.delay.ms'])
      yield* snapshot.read(this.#ordered(captured))
      offset = snapshot.finalOffset
      yield { mark: 'offset', partition: this.#partition, offset }
    }
    if (!plan.stream || signal.aborted) return
    const from = slot?.consistentPoint ?? existing?.confirmed ?? 0
    offset ??= { lsn: from, lsn_proc: from, lsn_commit: from }
    await sleep(config['streaming.delay.ms'])
    if (!data) yield this.#told(initialNotifications(config['topic.prefix'], []).skipped(), offset)
    this.#streaming = new Streaming(this.#context, this.#parts, client, this.#replication)
    yield* this.#streaming.changes(offset)
  }

  async close(): Promise<void> {
    await this.#streaming?.close()
    if (this.#streaming === undefined && this.#replication !== undefined) await closed(this.#replication)
    const { config, logger } = this.#context
    if (config['slot.drop.on.stop'] && this.#client !== undefined && this.#streaming !== undefined)
      await this.#client
        .query(
          'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active',
          [config['slot.name']],
        )
        .catch((error: unknown) => logger.warn('The slot could not be dropped', { error: String(error) }))
    if (this.#client !== undefined) await closed(this.#client)
  }

  get #parts(): SnapshotParts {
    return { ...this.#context, options: this.#options, partition: this.#partition, tables: this.#tables }
  }

  #told(notification: Notification, offset: PostgresOffset): readonly PostgresRecord[] {
    const { config, logger } = this.#context
    return notificationRecords(config, logger, this.#partition, notification, offset)
  }

  async #makeSlot(name: string, temporary: boolean): Promise<NewSlot> {
    const { config, logger } = this.#context
    const version = await serverVersion(this.#client!)
    const slot = await createSlot(this.#replication!, name, { temporary, failover: config['slot.failover'], version })
    if (!temporary) logger.info('Made a replication slot', { slot: name, from: lsnText(slot.consistentPoint) })
    return slot
  }

  /** The stored offset, where the slot still has everything after it; undefined where all is to be read anew. Else it fails: nothing is passed over silently. */
  #checkedAgainst(offset: PostgresOffset, confirmed: number | undefined): PostgresOffset | undefined {
    const { config, logger } = this.#context
    const { commit } = resumePoint(offset)
    if (confirmed !== undefined && confirmed <= commit) return offset
    const slot = config['slot.name']
    const problem =
      confirmed === undefined
        ? `The replication slot "${slot}" is gone, and changes were stored up to ${lsnText(commit)}: those since are lost.`
        : `The replication slot "${slot}" has let go of changes up to ${lsnText(confirmed)}, and they were stored up to ${lsnText(commit)} only: those between are lost.`
    if (config['snapshot.mode'] === 'when_needed') {
      logger.warn('All rows are read anew', { because: problem })
      return undefined
    }
    const strategy = config['offset.mismatch.strategy']
    if (strategy === 'trust_slot' || strategy === 'trust_greater_lsn') {
      logger.warn('Going on from the slot', { because: problem })
      const from = confirmed ?? commit
      return { lsn: from, lsn_proc: from, lsn_commit: from }
    }
    throw fatal(problem, {
      code: 'postgres.changes_lost',
      hint: 'Reset the offsets, or set snapshot.mode=when_needed, to read all rows anew; offset.mismatch.strategy=trust_slot goes on without what is lost.',
    })
  }

  #ordered(captured: readonly TableRef[]): readonly TableRef[] {
    const { config } = this.#context
    const only = config['snapshot.include.collection.list'].map(anchored)
    const chosen = captured.filter(
      ({ schema, name }) =>
        this.#tables.isListed(schema, name) &&
        (only.length === 0 || only.some(regex => regex.test(`${schema}.${name}`))),
    )
    const order = config['snapshot.tables.order.by.row.count']
    if (order === 'disabled') return chosen
    const sign = order === 'ascending' ? 1 : -1
    return chosen.toSorted((a, b) => sign * ((a.estimate ?? 0) - (b.estimate ?? 0)))
  }

  /** `replica.identity.autoset.values` */
  async #setIdentities(client: pg.Client, captured: readonly TableRef[]): Promise<void> {
    const { config, logger } = this.#context
    for (const entry of (config['replica.identity.autoset.values'] ?? '').split(',').filter(one => one.trim() !== '')) {
      const at = entry.lastIndexOf(':')
      const regex = anchored(entry.slice(0, at))
      const identity = entry
        .slice(at + 1)
        .trim()
        .replace(/^INDEX\s+(\S+)$/i, 'USING INDEX $1')
      for (const table of captured.filter(({ schema, name }) => regex.test(`${schema}.${name}`))) {
        await client.query(`ALTER TABLE ${quotedTable(table)} REPLICA IDENTITY ${identity}`)
        logger.info('Set a replica identity', { table: `${table.schema}.${table.name}`, identity })
      }
    }
  }
}

/** Begins a transaction that sees the slot's moment. */
async function imported(
  client: pg.Client,
  { snapshot, consistentPoint }: NewSlot,
): Promise<{ readonly lsn: Lsn; readonly xmin: number }> {
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await client.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`)
  const rows = await rowsOf(client, 'SELECT txid_snapshot_xmin(txid_current_snapshot())')
  return { lsn: consistentPoint, xmin: Number(rows[0]![0]) }
}

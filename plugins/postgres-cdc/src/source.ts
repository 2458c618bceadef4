import { contextHeaders, heartbeatRecord, textRules, anchored, type ChangeOptions } from '@millrace/relational'
import { defineSource, errorCode, fatal, taskKey } from 'millrace/plugin'
import type { OffsetMap, SourceContext } from 'millrace/plugin'
import type pg from 'pg'
import { listTables, type TableRef } from './catalog.js'
import { ChangeReader, type PostgresRecord } from './change-reader.js'
import { keys, snapshotPlan, type PostgresConfig } from './config.js'
import { closed, connect, connectReplication, rowsOf } from './connections.js'
import { passes, postgresFailure } from './failures.js'
import { lagOf } from './lag.js'
import { lsnText } from './lsn.js'
import {
  isSnapshotDone,
  offsetProblem,
  offsetShape,
  partitionShape,
  resumePoint,
  type PostgresOffset,
} from './offset.js'
import { ensurePublication, quotedTable } from './publication.js'
import { ReplicationStream } from './replication-stream.js'
import { createSlot, findSlot, serverVersion, slotInUse, waitUntilFree, type NewSlot } from './slot.js'
import { Snapshot } from './snapshot.js'
import { contractVersion, postgresSource } from './source-block.js'
import { Tables } from './tables.js'
import { validate } from './validate.js'

type Context = SourceContext<PostgresConfig, undefined, { readonly server: string }, PostgresOffset>
type Yield =
  | readonly PostgresRecord[]
  | { readonly mark: 'offset'; readonly partition: OffsetMap; readonly offset: PostgresOffset }

/** How long to wait for changes before looking at what else there is to do, ms. */
const waitMs = 1_000
/** How often, at most, to store how far the log was read where no record says so, ms. */
const markMs = 1_000
const defaultQueueBytes = 64 << 20

/** How often in a row a task has failed by what passes by itself: the read that follows such a failure is a new one. */
const failuresInARow = new Map<string, number>()

export const postgresCdc = defineSource({
  name: 'postgres-cdc',
  version: contractVersion,
  summary:
    'Reads the rows of PostgreSQL tables and then their changes, by logical replication, as Debezium’s connector does.',
  aliases: ['io.debezium.connector.postgresql.PostgresConnector'],
  config: keys,
  offsets: { partition: partitionShape, offset: offsetShape },
  exclusive: config => [
    `postgres-slot:${config['database.hostname']}:${config['database.port']}/${config['database.dbname']}/${config['slot.name']}`,
  ],
  effects: config => [
    `Makes the replication slot "${config['slot.name']}" on the server, where it is missing, and moves it on.`,
    ...(config['publication.autocreate.mode'] === 'disabled'
      ? []
      : [`Makes the publication "${config['publication.name']}", where it is missing.`]),
  ],
  validate,
  alterOffsets(_, changes) {
    for (const { offset } of changes) {
      const problem = offset && offsetProblem(offset)
      if (problem) throw fatal(problem, { code: 'postgres.offset_refused' })
    }
    // The slot stands where it stood: changes that it has let go of cannot be read again.
    return false
  },

  async *read(context) {
    const { config, signal, id } = context
    const key = taskKey(id)
    const capture = new Capture(context)
    try {
      for await (const yielded of capture.run()) {
        failuresInARow.delete(key)
        yield yielded as never
      }
    } catch (error) {
      if (signal.aborted) return
      const failure = postgresFailure(error, 'capturing changes', passes(error) ? 1_000 : 0)
      const allowed = config['errors.max.retries']
      const count = (failuresInARow.get(key) ?? 0) + 1
      failuresInARow.set(key, count)
      if (failure.disposition !== 'retry' || allowed < 0 || count <= allowed) throw failure
      failuresInARow.delete(key)
      throw fatal(`${failure.message} This was the last of ${allowed} more attempts.`, {
        code: failure.code,
        cause: failure,
      })
    } finally {
      await capture.close()
    }
  },
})

/** One opening of the connector: slot and publication, the rows, then changes. */
class Capture {
  readonly #context: Context
  readonly #partition: { readonly server: string }
  readonly #options: ChangeOptions
  readonly #tables: Tables
  #client: pg.Client | undefined
  #replication: pg.Client | undefined
  #stream: ReplicationStream | undefined
  #heartbeatDue: number

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
    this.#heartbeatDue = performance.now() + config['heartbeat.interval.ms']
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
      const snapshot = new Snapshot(
        { ...this.#context, options: this.#options, partition: this.#partition, tables: this.#tables },
        slot,
      )
      await sleep(config['snapshot.delay.ms'])
      yield* snapshot.read(this.#ordered(captured))
      offset = snapshot.finalOffset
      yield { mark: 'offset', partition: this.#partition, offset }
    }
    if (!plan.stream || signal.aborted) return
    const from = slot?.consistentPoint ?? existing?.confirmed ?? 0
    offset ??= { lsn: from, lsn_proc: from, lsn_commit: from }
    await sleep(config['streaming.delay.ms'])
    yield* this.#changes(offset)
  }

  async close(): Promise<void> {
    await this.#stream?.close()
    if (this.#stream === undefined && this.#replication !== undefined) await closed(this.#replication)
    const { config, logger } = this.#context
    if (config['slot.drop.on.stop'] && this.#client !== undefined && this.#stream !== undefined)
      await this.#client
        .query(
          'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active',
          [config['slot.name']],
        )
        .catch((error: unknown) => logger.warn('The slot could not be dropped', { error: String(error) }))
    if (this.#client !== undefined) await closed(this.#client)
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
      ({ schema, name }) => only.length === 0 || only.some(regex => regex.test(`${schema}.${name}`)),
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

  async *#changes(offset: PostgresOffset): AsyncGenerator<Yield> {
    const { config, signal, onCommitted, onLag } = this.#context
    const client = this.#client!
    const resume = resumePoint(offset)
    const stream = (this.#stream = await this.#startStream(resume.commit))
    const isManual = config['lsn.flush.mode'] === 'manual' || !config['flush.lsn.source']
    onCommitted((_, committed) => {
      if (!isManual && isSnapshotDone(committed)) stream.acknowledge(resumePoint(committed).commit)
    })
    const reader = new ChangeReader(
      {
        config,
        options: this.#options,
        resume,
        partition: this.#partition,
        isCaptured: (schema, name) => this.#tables.isCaptured(schema, name),
        describe: relation => this.#tables.ofRelation(client, relation),
      },
      offset,
    )
    onLag(() => lagOf(client, config['slot.name'], stream, reader))
    let batch: PostgresRecord[] = []
    let marked = 0
    while (!signal.aborted) {
      const received = stream.take()
      if (received !== undefined) {
        batch.push(...(await reader.read(received)))
        if (batch.length < config['max.batch.size']) continue
      }
      if (batch.length > 0) {
        yield batch
        batch = []
      }
      const heartbeat = await this.#heartbeat(client, reader)
      if (heartbeat !== undefined) yield [heartbeat]
      else if (reader.hasProgress && performance.now() - marked > markMs) {
        marked = performance.now()
        yield { mark: 'offset', partition: this.#partition, offset: reader.tell() }
      }
      if (received === undefined) await stream.wait(reader.hasProgress ? markMs : waitMs, signal)
    }
  }

  async #startStream(from: number): Promise<ReplicationStream> {
    const { config } = this.#context
    const version = await serverVersion(this.#client!)
    try {
      return await ReplicationStream.start(this.#replication!, {
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

  async #heartbeat(client: pg.Client, reader: ChangeReader): Promise<PostgresRecord | undefined> {
    const { config } = this.#context
    const interval = config['heartbeat.interval.ms']
    if (interval === 0 || performance.now() < this.#heartbeatDue) return undefined
    this.#heartbeatDue = performance.now() + interval
    const action = config['heartbeat.action.query']
    if (action !== undefined) await rowsOf(client, action)
    const name = config['topic.heartbeat.prefix'] ?? config['heartbeat.topics.prefix']
    const prefix = config['topic.prefix']
    const offset = reader.hasProgress ? reader.tell() : reader.offset
    return heartbeatRecord(`${name}${config['topic.delimiter']}${prefix}`, prefix, this.#partition, offset)
  }
}

import { zoneOf } from '@millrace/relational'
import { defineSource, fatal, MillraceError, taskKey } from 'millrace/plugin'
import type { SourceContext } from 'millrace/plugin'
import { openDialect, type Dialect, type ReadOptions } from '../dialect.js'
import { databaseFailure, openSession } from '../failures.js'
import type { Session } from '../connection/session.js'
import { queryOf, sourceKeys, type SourceConfig } from './config.js'
import {
  offsetProblem,
  offsetShape,
  partitionShape,
  partitionsOf,
  positionOf,
  type JdbcOffset,
  type JdbcPartition,
} from './offset.js'
import { plan, type SourceTask } from './plan.js'
import { queryTarget, tableTarget } from './targets.js'
import { TableReader } from './table-reader.js'
import { validateSource } from './validate.js'

type Context = SourceContext<SourceConfig, SourceTask, JdbcPartition, JdbcOffset>

/** How often in a row a task has failed by what passes by itself: the read that follows such a failure is a new one. */
const failuresInARow = new Map<string, number>()

export const jdbcSource = defineSource({
  name: 'jdbc-source',
  version: '10.9.0',
  summary: 'Reads tables, views or a query of PostgreSQL, MySQL, MariaDB or SQLite, as the JDBC source connector does.',
  aliases: ['io.confluent.connect.jdbc.JdbcSourceConnector', 'io.aiven.connect.jdbc.JdbcSourceConnector'],
  config: sourceKeys,
  offsets: { partition: partitionShape, offset: offsetShape },
  exactlyOnce: config => config.mode !== 'bulk' && config.mode !== '',
  validate: validateSource,
  alterOffsets(_, changes) {
    for (const { partition, offset } of changes) {
      const problem = offsetProblem(partition, offset)
      if (problem !== undefined) throw fatal(problem, { code: 'jdbc.offset_refused' })
    }
    return true
  },
  tasks: plan,

  async *read(context) {
    const { config, raw, signal, logger, id } = context
    const dialect = await openDialect(config, raw, logger)
    const key = taskKey(id)
    let session: Session | undefined
    const stop = (): void => void session?.cancel().catch(() => undefined)
    signal.addEventListener('abort', stop, { once: true })
    try {
      session = await openSession(dialect, context)
      const isolation = config['transaction.isolation.mode']
      const setIsolation = isolation === 'DEFAULT' ? undefined : dialect.isolation(isolation)
      if (setIsolation !== undefined) await session.execute(setIsolation)
      const readers = await openReaders(context, dialect, session)
      for await (const records of readAll(context, dialect, session, readers)) {
        failuresInARow.delete(key)
        yield records
      }
    } catch (error) {
      if (signal.aborted) return
      const failure = databaseFailure(dialect, error, 'reading')
      if (failure.disposition === 'retry') countFailure(key, config['query.retry.attempts'], failure)
      throw failure
    } finally {
      signal.removeEventListener('abort', stop)
      await session?.close().catch(() => undefined)
    }
  },
})

function countFailure(key: string, allowed: number, failure: Error): void {
  const count = (failuresInARow.get(key) ?? 0) + 1
  failuresInARow.set(key, count)
  if (allowed <= 0 || count <= allowed) return
  failuresInARow.delete(key)
  throw fatal(`${failure.message} This was the last of ${allowed} more attempts.`, {
    code: 'jdbc.unavailable',
    cause: failure,
  })
}

async function openReaders(
  { config, task, offsets, replan }: Context,
  dialect: Dialect,
  session: Session,
): Promise<TableReader[]> {
  const isQuery = queryOf(config) !== ''
  if (!isQuery && task.tables.length === 0)
    throw fatal('There is no table to read: none matches the configuration.', {
      code: 'jdbc.no_tables',
      hint: 'See table.whitelist, table.include.list, table.types, schema.pattern and catalog.pattern, and what the user may see. A table that appears is read by itself.',
    })
  const targets = isQuery
    ? [queryTarget(dialect, config)]
    : await inTurn(task.tables, table => tableTarget(dialect, session, config, table)).catch((error: unknown) => {
        // It was dropped since the work was divided.
        if (error instanceof MillraceError && error.code === 'jdbc.table_missing') replan()
        throw error
      })
  return inTurn(targets, async target => {
    const [current, old] = partitionsOf(target.table === undefined ? undefined : target.shown, target.table ?? '')
    const last = (await offsets.last(current)) ?? (old && (await offsets.last(old)))
    return new TableReader(target, last === undefined ? {} : positionOf(last))
  })
}

/** One after the other: a session does one thing at a time. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (const item of items) done.push(await work(item))
  return done
}

/** The table that was read longest ago comes first; each is read again `poll.interval.ms` after it was read. */
async function* readAll(
  { config, signal, sleep, logger, progress }: Context,
  dialect: Dialect,
  session: Session,
  readers: TableReader[],
) {
  const options: ReadOptions = {
    numericMapping: config['numeric.mapping'] ?? (config['numeric.precision.mapping'] ? 'precision_only' : 'none'),
    granularity: config['timestamp.granularity'],
    zone: zoneOf(config['db.timezone'])!,
    wideIntegers: config['sqlite.integer.mapping'] === 'int64',
  }
  const first = new FirstRead(dialect, session, readers, progress)
  await first.estimate()
  while (!signal.aborted) {
    const next = readers.reduce((one, other) => (other.due < one.due ? other : one))
    const wait = next.due - performance.now()
    if (wait > 0) await sleep(wait)
    if (signal.aborted) return
    try {
      for await (const records of next.poll(session, dialect, options, config['batch.max.rows'], logger)) {
        first.count(next, records.length)
        yield records
        if (signal.aborted) return
      }
      next.due = performance.now() + config['poll.interval.ms']
    } catch (error) {
      if (!(await isGone(dialect, session, next, error))) throw error
      // The others of this task are read on; it is left out once tables are listed again, or is back by then.
      next.due = performance.now() + config['table.poll.interval.ms']
      logger.warn('A table is gone', { table: next.target.shown })
    }
    first.over(next)
  }
}

async function isGone(dialect: Dialect, session: Session, { target }: TableReader, error: unknown): Promise<boolean> {
  if (target.name === undefined || dialect.classify(error) !== 'permanent') return false
  const columns = await dialect.columns(session, target.name).catch(() => undefined)
  return columns?.length === 0
}

/** Tells how far the first reading of all tables has come. */
class FirstRead {
  readonly #dialect: Dialect
  readonly #session: Session
  readonly #progress: Context['progress']
  readonly #reading: Set<TableReader>
  #total: number | undefined = 0
  #done = 0

  constructor(dialect: Dialect, session: Session, readers: readonly TableReader[], progress: Context['progress']) {
    this.#dialect = dialect
    this.#session = session
    this.#progress = progress
    this.#reading = new Set(readers)
  }

  async estimate(): Promise<void> {
    for (const reader of this.#reading) {
      if (!reader.isFresh) this.#reading.delete(reader)
    }
    for (const { target } of this.#reading) {
      const rows = target.name && (await this.#dialect.estimate(this.#session, target.name))
      this.#total = rows === undefined || this.#total === undefined ? undefined : this.#total + rows
    }
  }

  count(reader: TableReader, rows: number): void {
    if (!this.#reading.has(reader)) return
    this.#done += rows
    this.#progress(this.#done, this.#total === undefined ? undefined : Math.max(this.#total, this.#done))
  }

  over(reader: TableReader): void {
    if (!this.#reading.delete(reader) || this.#reading.size > 0) return
    this.#progress(this.#done, this.#done)
  }
}

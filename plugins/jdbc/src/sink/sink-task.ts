import { zoneOf } from '@millrace/relational'
import { MillraceError, errorMessage, fatal, retry } from 'millrace/plugin'
import type { Schema, SinkContext, SinkRecord, SinkTask } from 'millrace/plugin'
import type { Session } from '../connection/session.js'
import type { Dialect, TableName } from '../dialect.js'
import { databaseFailure } from '../failures.js'
import { namingOf, quotesAlways } from '../names.js'
import { BatchRows, type Group } from './batch.js'
import { insertModeOf, type SinkConfig } from './config.js'
import { recordPlan, type RecordPlan } from './fields.js'
import { bytesOf, rowParams, type RowOptions } from './rows.js'
import { TargetTable, type StructureParts } from './table.js'
import { tableNamer } from './table-names.js'
import { writeGroups, type WriterParts } from './writer.js'

/** Records with one pair of schemas, of one table. */
interface Kind {
  readonly table: TargetTable
  readonly plan: RecordPlan
  /** Looked up anew where the table was forgotten. */
  group: Omit<Group, 'rows'> | undefined
}

/** Writes each batch in one transaction, so that nothing of it stays where it fails, and offsets are committed after it (I1). */
export class JdbcSinkTask implements SinkTask {
  readonly #context: Pick<SinkContext<SinkConfig, unknown>, 'config' | 'logger' | 'reject' | 'signal' | 'sleep'>
  readonly #dialect: Dialect
  readonly #structure: StructureParts
  readonly #rows: RowOptions
  readonly #writer: WriterParts
  readonly #tableOf: (topic: string) => TableName
  readonly #tables = new Map<string, TargetTable>()
  readonly #kinds = new Map<string, Map<Schema | undefined, Map<Schema | undefined, Kind>>>()
  #session: Session | undefined
  #failures = 0

  constructor(context: SinkContext<SinkConfig, unknown>, dialect: Dialect) {
    const { config, logger } = context
    const naming = namingOf(dialect, quotesAlways(config))
    const zone = zoneOf(config['db.timezone'])!
    const binding = { zone, dateZone: config['date.timezone'] === 'UTC' ? zoneOf('UTC')! : zone }
    this.#context = context
    this.#dialect = dialect
    this.#structure = { dialect, naming, config, binding, logger }
    this.#rows = {
      dialect,
      binding,
      replaceNulls: config['replace.null.with.default'],
      unitDigits: config['timestamp.precision.mode'] === 'nanoseconds' ? 9 : 6,
    }
    this.#writer = {
      dialect,
      naming,
      mode: insertModeOf(config['insert.mode'])!,
      batchSize: config['batch.size'],
      quiet: config['trim.sensitive.log'],
      reject: context.reject,
    }
    this.#tableOf = tableNamer(config, dialect)
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const { signal } = this.#context
    const stop = (): void => void this.#session?.cancel().catch(() => undefined)
    signal.addEventListener('abort', stop, { once: true })
    try {
      this.#session ??= await this.#dialect.open(signal)
      const batch = await this.#batch(records, this.#session)
      const groups = batch.groups()
      if (groups.length > 0) await writeGroups(this.#session, groups, this.#writer)
      this.#failures = 0
    } catch (error) {
      throw await this.#failed(error)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async close(): Promise<void> {
    await this.#session?.close().catch(() => undefined)
    this.#session = undefined
  }

  /** The records as rows; those that can be none are set aside. Tables are made and changed on the way, before any row is written. */
  async #batch(records: readonly SinkRecord[], session: Session): Promise<BatchRows> {
    const batch = new BatchRows(this.#writer.mode)
    for (const record of records) {
      try {
        const remove = this.#context.config['delete.enabled'] && (record.value === null || record.value === undefined)
        const kind = this.#kind(record, remove)
        kind.group ??= {
          table: kind.table,
          targets: await kind.table.targets(session, kind.plan),
          keys: kind.plan.keys.length,
        }
        const params = rowParams(record, kind.group.targets, this.#rows)
        batch.add(kind.group, { record, remove, params, bytes: bytesOf(params) })
      } catch (error) {
        if (!(error instanceof MillraceError) || error.disposition !== 'reject') throw error
        if (!this.#context.reject(record, error)) throw error
      }
    }
    return batch
  }

  #kind(record: SinkRecord, remove: boolean): Kind {
    const of = remove ? undefined : record.valueSchema
    let byTopic = this.#kinds.get(record.topic)
    if (byTopic === undefined) this.#kinds.set(record.topic, (byTopic = new Map()))
    let byKey = byTopic.get(record.keySchema)
    if (byKey === undefined) byTopic.set(record.keySchema, (byKey = new Map()))
    // What is wrong with one record may be right with the next of the same schemas: a value that is missing.
    const known = record.value === null && !remove ? undefined : byKey.get(of)
    if (known !== undefined) return known
    const kind: Kind = {
      table: this.#table(record.topic),
      plan: recordPlan(this.#context.config, record, remove),
      group: undefined,
    }
    byKey.set(of, kind)
    return kind
  }

  #table(topic: string): TargetTable {
    const name = this.#tableOf(topic)
    const key = JSON.stringify(name)
    let table = this.#tables.get(key)
    if (table === undefined) this.#tables.set(key, (table = new TargetTable(name, this.#structure)))
    return table
  }

  /** What passes by itself is tried again with a new connection, `max.retries` times in a row; a table may have changed meanwhile. */
  async #failed(error: unknown): Promise<unknown> {
    for (const table of this.#tables.values()) table.forget()
    this.#kinds.clear()
    const { config } = this.#context
    const failure = databaseFailure(this.#dialect, error, 'writing', config['retry.backoff.ms'])
    if (failure.code.startsWith('jdbc.') && this.#session !== undefined && !(error instanceof MillraceError))
      await this.close()
    if (failure.disposition !== 'retry') return this.#hushed(failure, error)
    this.#failures++
    if (this.#failures <= config['max.retries']) return this.#hushed(failure, error)
    this.#failures = 0
    const last = `${errorMessage(this.#hushed(failure, error))} It was tried ${config['max.retries']} more times.`
    return fatal(last, {
      code: 'jdbc.unavailable',
      hint: 'The task is started again by its restart policy; nothing was committed.',
    })
  }

  /** `trim.sensitive.log`: the database's own words may show values. */
  #hushed(failure: MillraceError, error: unknown): MillraceError {
    if (!this.#context.config['trim.sensitive.log'] || error instanceof MillraceError) return failure
    const what = `${this.#dialect.name}: writing failed; what it says is not shown (trim.sensitive.log).`
    const options = { code: failure.code }
    return failure.disposition === 'retry'
      ? retry(what, { ...options, after: this.#context.config['retry.backoff.ms'] })
      : fatal(what, options)
  }
}

import { fatal, rejected } from 'millrace/plugin'
import type { PluginLogger } from 'millrace/plugin'
import type { Session } from '../connection/session.js'
import type { BindOptions, Dialect, TableColumn, TableName } from '../dialect.js'
import type { Naming } from '../names.js'
import type { SinkConfig } from './config.js'
import type { RecordField, RecordPlan } from './fields.js'

export interface StructureParts {
  readonly dialect: Dialect
  readonly naming: Naming
  readonly config: Pick<SinkConfig, 'auto.create' | 'auto.evolve' | 'max.retries'>
  readonly binding: BindOptions
  readonly logger: PluginLogger
}

/** A field with the column that takes it. */
export interface Target extends RecordField {
  readonly column: TableColumn
}

/** A table that rows are written into: what it has, and what is made of what it lacks. */
export class TargetTable {
  readonly name: TableName
  readonly quoted: string
  readonly #parts: StructureParts
  #columns: readonly TableColumn[] | undefined

  constructor(name: TableName, parts: StructureParts) {
    this.name = name
    this.quoted = parts.naming.table(name)
    this.#parts = parts
  }

  /** Forgets what the table has; after a failure somebody may have changed it. */
  forget(): void {
    this.#columns = undefined
  }

  /**
   * The columns of a plan's fields, made where they are missing and may be. Several tasks may try at once: what another has made meanwhile
   * is taken as it is.
   */
  async targets(session: Session, plan: RecordPlan): Promise<readonly Target[]> {
    const fields = [...plan.keys, ...plan.others]
    this.#columns ??= await this.#parts.dialect.columns(session, this.name)
    if (this.#columns.length === 0) this.#columns = await this.#create(session, plan)
    for (let attempt = 0; this.#missing(fields).length > 0; attempt++) await this.#evolve(session, fields, attempt)
    return fields.map(field => ({ ...field, column: this.#columnOf(field.name)! }))
  }

  /** By its name, or by the only one that differs in capitals alone. */
  #columnOf(name: string): TableColumn | undefined {
    const exact = this.#columns?.find(column => column.name === name)
    if (exact !== undefined) return exact
    const like = this.#columns?.filter(column => column.name.toLowerCase() === name.toLowerCase()) ?? []
    return like.length === 1 ? like[0] : undefined
  }

  #missing(fields: readonly RecordField[]): readonly RecordField[] {
    return fields.filter(({ name }) => this.#columnOf(name) === undefined)
  }

  async #create(session: Session, plan: RecordPlan): Promise<readonly TableColumn[]> {
    const { dialect, naming, config, logger } = this.#parts
    const shown = dialect.fullName(this.name)
    if (!config['auto.create'])
      throw fatal(`There is no table ${shown}.`, {
        code: 'jdbc.table_missing',
        hint: 'Make it, or set auto.create=true.',
      })
    const definitions = [...plan.keys, ...plan.others].map(field => this.#definition(field))
    const key =
      plan.keys.length === 0 ? [] : [`PRIMARY KEY(${plan.keys.map(({ name }) => naming.quote(name)).join(',')})`]
    const failure = await session
      .execute(`CREATE TABLE ${this.quoted} (\n${[...definitions, ...key].join(',\n')})`)
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    const columns = await dialect.columns(session, this.name)
    if (columns.length === 0)
      throw failure ?? fatal(`${shown} was made and cannot be seen.`, { code: 'jdbc.table_missing' })
    if (failure === undefined) logger.info('Made a table', { table: shown })
    return columns
  }

  async #evolve(session: Session, fields: readonly RecordField[], attempt: number): Promise<void> {
    const { dialect, config, logger } = this.#parts
    const missing = this.#missing(fields)
    const shown = dialect.fullName(this.name)
    const names = missing.map(({ name }) => `"${name}"`).join(', ')
    if (!config['auto.evolve'])
      throw rejected(`${shown} has no column ${names}.`, {
        code: 'jdbc.column_missing',
        hint: 'Add it, leave the field out (fields.whitelist), or set auto.evolve=true.',
      })
    const required = missing.filter(({ schema }) => !schema.optional && schema.default === undefined)
    if (required.length > 0)
      throw rejected(
        `${shown} has no column ${required.map(({ name }) => `"${name}"`).join(', ')}, and one that is required cannot be added to rows that are there.`,
        {
          code: 'jdbc.column_required',
          hint: 'Make the field optional, give it a default, or add the column.',
        },
      )
    const statements = dialect.addColumns(
      this.quoted,
      missing.map(field => this.#definition(field)),
    )
    let failure: unknown
    for (const sql of statements) await session.execute(sql).catch((error: unknown) => (failure ??= error))
    this.#columns = await dialect.columns(session, this.name)
    if (this.#missing(fields).length > 0 && failure !== undefined && attempt >= config['max.retries']) throw failure
    if (failure === undefined) logger.info('Added columns', { table: shown, columns: missing.map(({ name }) => name) })
  }

  #definition({ name, schema, inKey, asTimestamp }: RecordField): string {
    const { dialect, naming, binding } = this.#parts
    const head = `${naming.quote(name)} ${dialect.columnType(schema, inKey, asTimestamp)}`
    if (schema.default !== undefined && schema.default !== null && !asTimestamp)
      return `${head} DEFAULT ${dialect.literal(schema, schema.default as never, binding)}`
    return `${head} ${schema.optional && !inKey ? 'NULL' : 'NOT NULL'}`
  }
}

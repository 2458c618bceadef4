import {
  CdcTable,
  anchored,
  keyColumns,
  nameFilter,
  topicName,
  type CdcColumn,
  type CdcType,
  type RawRow,
  type TextRule,
} from '@millrace/relational'
import { fatal } from 'millrace/plugin'
import type { PluginLogger, Schema } from 'millrace/plugin'
import type { Connection } from 'mysql2'
import type { LoggedRow, LoggedTable } from './binlog-events.js'
import { describeTable, type MysqlColumn, type MysqlTable } from './catalog.js'
import type { BinlogConfig } from './config.js'
import { quotedName } from './connections.js'
import { defaultValue } from './defaults.js'
import { columnAt } from './logged-columns.js'
import type { Raw } from './raw.js'
import { loggedReader, printedReader, type Reader } from './readers.js'
import { sourceSchemas, type Flavour } from './source-block.js'
import { sourceTypeParameters, typeName } from './source-type.js'
import { columnType } from './types.js'

/** What a table is, for its records. */
export interface KnownTable {
  readonly table: CdcTable<Raw>
  readonly database: string
  readonly name: string
  readonly definition: MysqlTable
  /** What to select for a row, and how its values are read. */
  readonly selection: string
  readonly printed: readonly Reader<Buffer>[]
  /** A row of the binlog. */
  readonly row: (logged: LoggedRow) => RawRow<Raw>
}

/** Knows which tables are captured and what their records look like. */
export class Tables {
  readonly #config: BinlogConfig
  readonly #source: Schema
  readonly #rules: readonly TextRule[]
  readonly #logger: PluginLogger
  readonly #isDatabase: (name: string) => boolean
  readonly #isTable: (name: string) => boolean
  readonly #isColumn: (name: string) => boolean
  readonly #keys: (table: string) => readonly string[] | undefined
  readonly #propagated: (column: string, type: string) => boolean

  constructor(config: BinlogConfig, flavour: Flavour, rules: readonly TextRule[], logger: PluginLogger) {
    this.#config = config
    this.#source = sourceSchemas[flavour]
    this.#rules = rules
    this.#logger = logger
    this.#isDatabase = nameFilter(config['database.include.list'], config['database.exclude.list'])
    this.#isTable = nameFilter(config['table.include.list'], config['table.exclude.list'])
    this.#isColumn = nameFilter(config['column.include.list'], config['column.exclude.list'])
    this.#keys = keyColumns(config['message.key.columns'])
    const columns = config['column.propagate.source.type'].map(anchored)
    const types = config['datatype.propagate.source.type'].map(anchored)
    this.#propagated = (column, type) =>
      columns.some(regex => regex.test(column)) ||
      types.some(regex => regex.test(type) || regex.test(`${column.slice(0, column.indexOf('.'))}.${type}`))
  }

  isDatabase(name: string): boolean {
    return !/^(mysql|information_schema|performance_schema|sys)$/i.test(name) && this.#isDatabase(name)
  }

  /** The signal table is captured, whatever the lists say. */
  isCaptured(database: string, name: string): boolean {
    return `${database}.${name}` === this.#config['signal.data.collection'] || this.isListed(database, name)
  }

  isListed(database: string, name: string): boolean {
    return this.isDatabase(database) && this.#isTable(`${database}.${name}`)
  }

  /** A table as the server says it is now; undefined: there is none. */
  async ofCatalog(connection: Connection, database: string, name: string): Promise<KnownTable | undefined> {
    const definition = await describeTable(connection, database, name)
    return definition && this.#known(database, name, definition)
  }

  /** A table as the binlog says it was at its changes; undefined: they are passed over. */
  async ofLog(connection: Connection, logged: LoggedTable): Promise<KnownTable | undefined> {
    const { database, name } = logged
    if (logged.problem !== undefined) return this.#inconsistent(`${database}.${name}`, logged.problem)
    const now = await describeTable(connection, database, name)
    const columns = logged.columns.map(column =>
      columnAt(
        column,
        now?.columns.find(one => one.name === column.COLUMN_NAME),
      ),
    )
    const names = new Set(columns.map(column => column.name))
    const key =
      logged.key?.map(at => columns[at]!.name) ??
      (now !== undefined && now.key.every(one => names.has(one)) ? now.key : [])
    const definition = { columns, key, charset: now?.charset, comment: now?.comment ?? '' }
    return this.#known(database, name, definition, logged.stored)
  }

  #inconsistent(table: string, problem: string): undefined {
    const mode = this.#config['inconsistent.schema.handling.mode']
    const sentence = `Changes of ${table} cannot be read: ${problem}.`
    const hint =
      'Set the server’s binlog_row_metadata to FULL: then changes say what their table looked like. What was logged before needs a new snapshot, or inconsistent.schema.handling.mode=warn, which passes over it.'
    if (mode === 'fail') throw fatal(sentence, { code: 'mysql.schema_unknown', hint })
    if (mode === 'warn') this.#logger.warn('Changes of a table are passed over', { because: sentence })
    return undefined
  }

  #known(
    database: string,
    name: string,
    definition: MysqlTable,
    stored: LoggedTable['stored'] = () => undefined,
  ): KnownTable {
    const full = `${database}.${name}`
    const { columns, key } = definition
    const dropped: string[] = []
    const found = columns.flatMap((column, index) => {
      const made = this.#column(`${full}.${column.name}`, column, index)
      if (made === undefined) dropped.push(`${column.name} (${column.columnType})`)
      return made ?? []
    })
    if (dropped.length > 0)
      this.#logger.warn('Columns of these types have no place in a record; they are left out', {
        table: full,
        columns: dropped,
      })
    const config = this.#config
    const table = new CdcTable<Raw>({
      topic: topicName([config['topic.prefix'], database, name], config['topic.delimiter']),
      columns: found.filter(column => this.#isColumn(`${full}.${column.name}`)),
      key: (this.#keys(full) ?? key).flatMap(one => found.find(column => column.name === one) ?? []),
      source: this.#source,
      names: { schema: config['schema.name.adjustment.mode'], field: config['field.name.adjustment.mode'] },
    })
    const names = columns.map(column => column.name)
    const readers = columns.map((column, at) => (stored(at)?.read as Reader<unknown>) ?? loggedReader(column))
    return {
      table,
      database,
      name,
      definition,
      selection: columns.map(selected).join(', '),
      printed: columns.map(printedReader),
      row: logged => {
        const row: (Raw | null)[] = []
        for (let at = 0; at < names.length; at++) {
          const value = logged[names[at]!]
          row.push(value === null ? null : readers[at]!(value))
        }
        return row
      },
    }
  }

  #column(full: string, column: MysqlColumn, index: number): CdcColumn<Raw> | undefined {
    const type = columnType(column, this.#config)
    if (type === undefined) return undefined
    // A struct's default has no form that every converter takes.
    const value = type.schema({}).type === 'struct' ? undefined : defaultValue(column, type)
    return {
      name: column.name,
      index,
      type,
      nullable: column.nullable,
      ...(value !== undefined && { default: value }),
      ...(this.#propagated(full, typeName(column)) && { parameters: sourceTypeParameters(column) }),
      placeholder: null,
      rule: this.#ruleOf(full, type),
    }
  }

  /** A rule for texts concerns columns of texts alone. */
  #ruleOf(full: string, type: CdcType<Raw>): TextRule | undefined {
    if (type.schema({}).type !== 'string') return undefined
    return this.#rules.find(({ columns }) => columns.some(regex => regex.test(full)))
  }
}

/** A float of 32 bits is printed with six digits only, unless it is made a longer one. */
function selected({ name, columnType: type }: MysqlColumn): string {
  return type.startsWith('float') ? `${quotedName(name)} + 0e0` : quotedName(name)
}

import type { Moment, Zone } from '@millrace/relational'
import { fatal } from 'millrace/plugin'
import type { PluginLogger, RawConfig, Schema, Value } from 'millrace/plugin'
import { parseJdbcUrl, type JdbcUrl } from './connection/jdbc-url.js'
import type { ConnectionConfig } from './connection/keys.js'
import type { Cell, FailureKind, Param, ResultColumn, Session } from './connection/session.js'

/** A table as its database names it. Which parts there are is the dialect's. */
export interface TableName {
  readonly catalog?: string | undefined
  readonly schema?: string | undefined
  readonly table: string
}

/** A column of a table, as the catalogue has it. */
export interface TableColumn {
  readonly name: string
  readonly nullable: boolean
  /** Whether the database counts it up by itself. */
  readonly counted: boolean
  /** Its type as the database writes it, lower case. */
  readonly type: string
  readonly inPrimaryKey: boolean
  /** The type of its values where rows can be written as arrays, one for each column; see `writeArrays`. */
  readonly arrayElement?: string | undefined
}

export interface TableFilter {
  /** `TABLE`, `VIEW`, …, upper case. */
  readonly types: readonly string[]
  /** LIKE patterns; null: all, empty: those without. */
  readonly catalog: string | null
  readonly schema: string | null
}

/** How the rows of a result become records' values; see the keys of the same names. */
export interface ReadOptions {
  readonly numericMapping: 'none' | 'precision_only' | 'best_fit' | 'best_fit_eager_double'
  readonly granularity: string
  readonly zone: Zone
  /** SQLite's INTEGER columns hold 64 bits. */
  readonly wideIntegers: boolean
}

/** Reads a column's cells as a field's values. Cells of null never come. */
export interface ColumnReader {
  readonly schema: Schema
  readonly read: (cell: Exclude<Cell, null>) => Value
}

/** What a sink's field needs to know of itself to become a column or a parameter. */
export interface BindOptions {
  readonly zone: Zone
  /** For dates: `date.timezone`. */
  readonly dateZone: Zone
}

/** `wall`: what clocks in `db.timezone` show. `instant`: the same for all. `number`: milliseconds since the epoch. */
export type TimeKind = 'wall' | 'instant' | 'number'

export type InsertMode = 'insert' | 'upsert' | 'update'
export type WriteMode = InsertMode | 'delete'

/** A statement and its parameters. */
export interface Statement {
  readonly sql: string
  readonly params: readonly Param[]
}

/** Everything in which databases differ. One module each. */
export interface Dialect {
  readonly name: string
  readonly quoteMark: string
  /** The placeholder of a parameter, from 1. */
  readonly mark: (position: number) => string
  /** The most parameters and rows that one statement takes. */
  readonly limits: { readonly params: number; readonly bytes: number }
  open(signal: AbortSignal): Promise<Session>
  classify(error: unknown): FailureKind
  /** Begins a transaction that writes. */
  readonly begin: string
  /** Whether a statement outside of a transaction is one by itself, and leaves nothing behind where it fails. */
  readonly commitsStatements: boolean

  /** `schema.table`, as filters, offsets and messages have it. */
  fullName(table: TableName): string
  /** Reads what `table.name.format` and `table.whitelist` hold: dotted parts, quoted or not. */
  tableNamed(text: string): TableName
  tables(session: Session, filter: TableFilter): Promise<readonly TableName[]>
  /** Empty where there is no such table. Names are looked up as the database would. */
  columns(session: Session, table: TableName): Promise<readonly TableColumn[]>
  now(session: Session): Promise<Moment>
  /** About how many rows there are, as cheaply as can be said; undefined where nobody knows. */
  estimate(session: Session, table: TableName): Promise<number | undefined>
  /** Undefined where records leave a column of this type out. `sample`: its first value, for those without a type. */
  reader(column: ResultColumn, options: ReadOptions, sample: Cell | undefined): ColumnReader | undefined
  /** What kind of time a column holds, for the three methods below. `from`: a table or a query in parentheses with a name. */
  timeKind(session: Session, from: string, quoted: string): Promise<TimeKind>
  /** What a time column is compared with. */
  momentParam(moment: Moment, kind: TimeKind, zone: Zone): Param
  /** The column as an expression that compares with `momentParam`, given its quoted name. */
  momentColumn(quoted: string, kind: TimeKind): string
  readMoment(cell: Exclude<Cell, null>, kind: TimeKind, zone: Zone): Moment
  isolation(mode: string): string | undefined

  /** The column type for a field; throws a `MillraceError` for what has none. `inKey`: the column is part of the primary key. */
  columnType(schema: Schema, inKey: boolean, asTimestamp: boolean): string
  /** A default as it stands in DDL. */
  literal(schema: Schema, value: Value, options: BindOptions): string
  /** A value that is not null as a parameter; throws what is wrong with it. `column`: where it goes. */
  bind(schema: Schema, value: Exclude<Value, null>, options: BindOptions, column: TableColumn | undefined): Param
  /** An instant for a column of `timestamp.fields.list`. */
  bindMoment(moment: Moment, options: BindOptions, column: TableColumn | undefined): Param
  addColumns(table: string, definitions: readonly string[]): readonly string[]
  /** One row of placeholders after another. `update` writes one row: values of `others`, then of `keys`. */
  write(mode: InsertMode, table: string, keys: readonly string[], others: readonly string[], rows: number): string
  remove(table: string, keys: readonly string[], rows: number): string
  /** All rows by one array for each column, keys first, where the database can and does it faster; undefined: as above. */
  writeArrays?(
    mode: WriteMode,
    table: string,
    columns: readonly { readonly quoted: string; readonly column: TableColumn }[],
    keys: number,
    rows: readonly (readonly Param[])[],
  ): Statement | undefined
  /** Whether DDL can be part of a transaction. */
  readonly transactionalDdl: boolean
}

/** How the dialect gets at its database. */
export interface DialectSetup {
  readonly url: JdbcUrl
  readonly user: string | undefined
  readonly password: string | undefined
  /** Of the URL and of `connection.*`, which win. */
  readonly properties: Readonly<Record<string, string>>
  readonly logger: PluginLogger
}

const own = new Set([
  'connection.url',
  'connection.user',
  'connection.password',
  'connection.attempts',
  'connection.backoff.ms',
])

/** The dialect of `connection.url`. Its client is loaded only here: a node that reads SQLite never loads one for MySQL. */
export async function openDialect(
  config: Pick<ConnectionConfig, 'connection.url' | 'connection.user' | 'connection.password' | 'dialect.name'>,
  raw: RawConfig,
  logger: PluginLogger,
): Promise<Dialect> {
  const url = parseJdbcUrl(config['connection.url'], config['dialect.name'])
  const properties: Record<string, string> = { ...url.properties }
  for (const [key, value] of Object.entries(raw))
    if (key.startsWith('connection.') && !own.has(key) && value !== null)
      properties[key.slice('connection.'.length)] = value
  const setup: DialectSetup = {
    url,
    user: config['connection.user'] ?? properties['user'],
    password: config['connection.password']?.reveal() ?? properties['password'],
    properties,
    logger,
  }
  switch (url.dialect) {
    case 'postgresql':
      return (await import('./postgres/dialect.js')).postgresDialect(setup)
    case 'mysql':
      return (await import('./mysql/dialect.js')).mysqlDialect(setup)
    case 'sqlite':
      return (await import('./sqlite/dialect.js')).sqliteDialect(setup)
  }
}

/** Names one after the other, each quoted where a quote mark stands around it. `a."b.c"` has two parts. */
export function identifierParts(text: string, marks = '"`['): readonly string[] {
  const parts: string[] = []
  let part = ''
  let closing = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (closing !== '') {
      if (char !== closing) part += char
      else if (text[at + 1] === closing) part += text[++at]
      else closing = ''
    } else if (part === '' && marks.includes(char)) closing = char === '[' ? ']' : char
    else if (char === '.') {
      parts.push(part)
      part = ''
    } else part += char
  }
  if (closing !== '') throw fatal(`The name ${text} has a quote that does not end.`, { code: 'jdbc.name_invalid' })
  return [...parts, part]
}

/** Warns of settings of the driver that have no effect here, once for all. */
export function warnOfUnknown(setup: DialectSetup, known: ReadonlySet<string>): void {
  const unknown = Object.keys(setup.properties).filter(name => !known.has(name))
  if (unknown.length > 0)
    setup.logger.warn('Settings of the JDBC driver that have no effect here', { settings: unknown })
}

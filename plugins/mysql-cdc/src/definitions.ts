import { adjustSchemaName, topicName } from '@millrace/relational'
import { schema } from 'millrace/plugin'
import type { Header, OffsetMap, Schema, SourceRecord, Struct } from 'millrace/plugin'
import type { MysqlColumn } from './catalog.js'
import { parseDeclared } from './column-type.js'
import type { BinlogConfig } from './config.js'
import { defaultText } from './defaults.js'
import { jdbcType } from './jdbc-types.js'
import type { BinlogOffset } from './offset.js'
import { sourceSchemas, type Flavour } from './source-block.js'
import { lengthAndScale, typeName } from './source-type.js'
import type { DefinitionKind, NamedTable, Statement } from './statements.js'
import type { KnownTable } from './tables.js'

export type BinlogRecord = SourceRecord<OffsetMap, BinlogOffset>
/** A record before it is known where it stands. */
export type Unplaced = Omit<BinlogRecord, 'partition' | 'offset'>

/** A statement that changes tables' definitions. */
export interface DefinitionChange {
  readonly statement: Extract<Statement, { type: 'ddl' }>
  readonly sql: string
  /** Of a record of it. */
  readonly source: (database: string, table: string | null) => Struct
  /** When it was logged, ms since the epoch. */
  readonly at: number
}

export interface SnapshotDefinition {
  readonly database: string
  readonly table?: string
  readonly ddl: string
  readonly change?: { readonly type: DefinitionKind; readonly known: KnownTable | undefined }
  readonly source: DefinitionChange['source']
  readonly at: number
}

const text = (optional = false): Schema => schema.string({ ...(optional && { optional }) })
const optional = true

const columnSchema = schema.struct(
  {
    name: text(),
    jdbcType: schema.int32(),
    nativeType: schema.int32({ optional }),
    typeName: text(),
    typeExpression: text(optional),
    charsetName: text(optional),
    length: schema.int32({ optional }),
    scale: schema.int32({ optional }),
    position: schema.int32(),
    optional: schema.boolean({ optional }),
    autoIncremented: schema.boolean({ optional }),
    generated: schema.boolean({ optional }),
    comment: text(optional),
    defaultValueExpression: text(optional),
    enumValues: schema.array(text(), { optional }),
  },
  { name: 'io.debezium.connector.schema.Column', version: 1 },
)
const tableSchema = schema.struct(
  {
    defaultCharsetName: text(optional),
    primaryKeyColumnNames: schema.array(text(), { optional }),
    columns: schema.array(columnSchema),
    comment: text(optional),
  },
  { name: 'io.debezium.connector.schema.Table', version: 1, optional },
)
const changeSchema = schema.struct(
  { type: text(), id: text(), table: tableSchema },
  { name: 'io.debezium.connector.schema.Change', version: 1 },
)

/** Makes the records of the topic that tells of changes of tables' definitions. */
export class DefinitionRecords {
  readonly #topic: string
  readonly #headers: readonly Header[]
  readonly #keySchema: Schema
  readonly #valueSchema: Schema

  constructor(config: BinlogConfig, flavour: Flavour, headers: readonly Header[]) {
    this.#headers = headers
    this.#topic = topicName([config['topic.prefix']], config['topic.delimiter'])
    const name = (suffix: string): string =>
      adjustSchemaName(`io.debezium.connector.${flavour}.${suffix}`, config['schema.name.adjustment.mode'])
    this.#keySchema = schema.struct({ databaseName: text() }, { name: name('SchemaChangeKey'), version: 1 })
    this.#valueSchema = schema.struct(
      {
        source: sourceSchemas[flavour],
        ts_ms: schema.int64(),
        databaseName: text(optional),
        schemaName: text(optional),
        ddl: text(optional),
        tableChanges: schema.array(changeSchema),
      },
      { name: name('SchemaChangeValue'), version: 1 },
    )
  }

  /** What has to be said before rows are read: of a table that is to be made anew, of a database, or of the server (`database` empty). */
  ofSnapshot({ database, table, ddl, change: made, source, at }: SnapshotDefinition): Unplaced {
    const changes =
      table === undefined || made === undefined ? [] : [change(made.type, { database, name: table }, made.known)]
    return this.#record(database, ddl, source(database, table ?? null), at, changes)
  }

  /** A statement, with those of its tables that are captured as they are now; one that is gone has no columns. */
  ofStatement(
    { statement, sql, source, at }: DefinitionChange,
    kind: DefinitionKind,
    captured: readonly NamedTable[],
    known: readonly (KnownTable | undefined)[],
  ): Unplaced {
    const { database } = statement
    // The old name of a table that has a new one is no table that is gone.
    const isRenamed = kind === 'ALTER' && known.some(one => one !== undefined)
    const told = captured.filter((_, index) => known[index] !== undefined || !isRenamed)
    const tables = told.map(({ name }) => name).join(',')
    const changes = told.map(table => {
      const found = known[captured.indexOf(table)]
      return change(found === undefined ? 'DROP' : kind, table, found)
    })
    return this.#record(database, sql, source(database, tables === '' ? null : tables), at, changes)
  }

  #record(database: string, ddl: string, source: Struct, at: number, tableChanges: readonly Struct[]): Unplaced {
    return {
      topic: this.#topic,
      key: { databaseName: database },
      keySchema: this.#keySchema,
      value: { source, ts_ms: at, databaseName: database, schemaName: null, ddl, tableChanges },
      valueSchema: this.#valueSchema,
      headers: this.#headers,
    }
  }
}

function change(type: DefinitionKind, table: NamedTable, known: KnownTable | undefined): Struct {
  return {
    type,
    id: `"${table.database}"."${table.name}"`,
    table: known === undefined ? null : tableStruct(known),
  }
}

function tableStruct({ definition }: KnownTable): Struct {
  return {
    defaultCharsetName: definition.charset ?? null,
    primaryKeyColumnNames: [...definition.key],
    columns: definition.columns.map(columnStruct),
    comment: definition.comment || null,
  }
}

function columnStruct(column: MysqlColumn, at: number): Struct {
  const { length, scale } = lengthAndScale(column)
  const labels = parseDeclared(column.columnType).labels
  return {
    name: column.name,
    jdbcType: jdbcType(column),
    nativeType: null,
    typeName: typeName(column),
    typeExpression: typeName(column),
    charsetName: column.charset ?? null,
    length: length ?? null,
    scale: scale ?? null,
    position: at + 1,
    optional: column.nullable,
    autoIncremented: column.autoIncrement,
    // As Debezium has it: true of counted columns only.
    generated: column.autoIncrement,
    comment: column.comment || null,
    defaultValueExpression: defaultText(column) ?? null,
    enumValues: labels === undefined ? null : labels.map(label => `'${label}'`),
  }
}

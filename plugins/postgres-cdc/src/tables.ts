import {
  CdcTable,
  anchored,
  keyColumns,
  nameFilter,
  topicName,
  type CdcColumn,
  type CdcType,
  type TextRule,
} from '@millrace/relational'
import { createHash } from 'node:crypto'
import type { Schema, Value } from 'millrace/plugin'
import type pg from 'pg'
import { describeTable, TypeCatalog, type CatalogColumn, type CatalogTable, type TypeInfo } from './catalog.js'
import type { PostgresConfig } from './config.js'
import { defaultValue } from './defaults.js'
import type { Relation, RelationColumn } from './pgoutput.js'
import { sourceTypeParameters } from './source-type.js'
import { typeOf } from './types.js'

/** What a table is now, for its records. */
export interface KnownTable {
  readonly table: CdcTable
  readonly schema: string
  readonly name: string
  /** Of the columns of a row, in its order. */
  readonly columns: readonly string[]
}

/** Knows which tables are captured and what their records look like. */
export class Tables {
  readonly #config: PostgresConfig
  readonly #source: Schema
  readonly #rules: readonly TextRule[]
  readonly #types = new TypeCatalog()
  readonly #isSchema: (name: string) => boolean
  readonly #isTable: (name: string) => boolean
  readonly #isColumn: (name: string) => boolean
  readonly #keys: (table: string) => readonly string[] | undefined
  readonly #propagated: (column: string, type: string) => boolean
  /** Types of columns that records leave out, told of once. */
  readonly #dropped: (columns: readonly string[]) => void

  constructor(
    config: PostgresConfig,
    source: Schema,
    rules: readonly TextRule[],
    dropped: (columns: readonly string[]) => void,
  ) {
    this.#config = config
    this.#source = source
    this.#rules = rules
    this.#dropped = dropped
    this.#isSchema = nameFilter(config['schema.include.list'], config['schema.exclude.list'])
    this.#isTable = nameFilter(config['table.include.list'], config['table.exclude.list'])
    this.#isColumn = nameFilter(config['column.include.list'], config['column.exclude.list'])
    this.#keys = keyColumns(config['message.key.columns'])
    const columns = config['column.propagate.source.type'].map(anchored)
    const types = config['datatype.propagate.source.type'].map(anchored)
    this.#propagated = (column, type) =>
      columns.some(regex => regex.test(column)) ||
      types.some(regex => regex.test(type) || regex.test(`pg_catalog.${type}`))
  }

  /** The signal table is captured, whatever the lists say. */
  isCaptured(schema: string, name: string): boolean {
    return `${schema}.${name}` === this.#config['signal.data.collection'] || this.isListed(schema, name)
  }

  isListed(schema: string, name: string): boolean {
    return this.#isSchema(schema) && this.#isTable(`${schema}.${name}`)
  }

  topicOf(schema: string, name: string): string {
    const config = this.#config
    const parts =
      config['topic.naming.strategy'] === 'io.debezium.schema.DefaultTopicNamingStrategy'
        ? [config['topic.prefix'], config['database.dbname'], schema, name]
        : [config['topic.prefix'], schema, name]
    return topicName(parts, config['topic.delimiter'])
  }

  /** A table as its catalogue entry says, for rows of all its columns. */
  async ofCatalog(client: pg.Client, oid: number, schema: string, name: string): Promise<KnownTable | undefined> {
    const catalog = await describeTable(client, oid)
    return catalog && this.ofDescribed(client, schema, name, catalog)
  }

  /** The same, where the entry was read before. */
  ofDescribed(client: pg.Client, schema: string, name: string, catalog: CatalogTable): Promise<KnownTable> {
    const columns = catalog.columns.map(column => ({ ...column, isKey: catalog.key.includes(column.name) }))
    return this.#known(client, { schema, name, columns }, catalog)
  }

  /**
   * A table as the stream says it was at its change; what the stream leaves out (defaults, what may be null, the primary key) is taken from the
   * catalogue of now, where the column is the same there.
   */
  async ofRelation(client: pg.Client, relation: Relation): Promise<KnownTable> {
    return this.#known(client, relation, await describeTable(client, relation.id))
  }

  async #known(
    client: pg.Client,
    of: { readonly schema: string; readonly name: string; readonly columns: readonly RelationColumn[] },
    catalog: CatalogTable | undefined,
  ): Promise<KnownTable> {
    const { schema, name, columns } = of
    for (const { typeOid } of columns) if (this.#types.get(typeOid)?.kind === 'e') this.#types.forget(typeOid)
    await this.#types.load(
      client,
      columns.map(({ typeOid }) => typeOid),
    )
    const full = `${schema}.${name}`
    const dropped: string[] = []
    const found = columns.flatMap((column, index) => {
      const now = catalog?.columns.find(other => other.name === column.name)
      const made = this.#column(`${full}.${column.name}`, column, index, now)
      if (made === undefined) dropped.push(`${full}.${column.name}`)
      return made ?? []
    })
    if (dropped.length > 0) this.#dropped(dropped)
    const key = this.#keyOf(full, columns, catalog)
    const table = new CdcTable({
      topic: this.topicOf(schema, name),
      columns: found.filter(column => this.#isColumn(`${full}.${column.name}`)),
      key: key.flatMap(one => found.find(column => column.name === one) ?? []),
      source: this.#source,
      names: { schema: this.#config['schema.name.adjustment.mode'], field: this.#config['field.name.adjustment.mode'] },
    })
    return { table, schema, name, columns: columns.map(column => column.name) }
  }

  /** The key of the configuration, else the primary key, else what the stream says identifies a row. */
  #keyOf(full: string, columns: readonly RelationColumn[], catalog: CatalogTable | undefined): readonly string[] {
    const chosen = this.#keys(full)
    if (chosen !== undefined) return chosen
    const names = new Set(columns.map(({ name }) => name))
    if (catalog !== undefined && catalog.key.every(name => names.has(name))) return catalog.key
    const marked = columns.filter(({ isKey }) => isKey)
    // A replica identity of the whole row marks all columns, and is no key.
    return marked.length === columns.length && catalog === undefined ? [] : marked.map(({ name }) => name)
  }

  #column(
    full: string,
    { name, typeOid, typeModifier }: RelationColumn,
    index: number,
    now: CatalogColumn | undefined,
  ): CdcColumn | undefined {
    const info = this.#types.get(typeOid)
    const type = typeOf(typeOid, typeModifier, this.#types, this.#config)
    if (type === undefined) return undefined
    // A struct's default has no form that every converter takes.
    const value =
      type.schema({}).type === 'struct'
        ? undefined
        : defaultValue(now?.typeOid === typeOid ? now.defaultExpression : undefined, type)
    return {
      name,
      index,
      type,
      nullable: now?.nullable ?? true,
      ...(value !== undefined && { default: value }),
      ...(info && this.#propagated(full, info.name) && { parameters: this.#sourceType(name, info, typeModifier, now) }),
      placeholder: this.#placeholder(info, type),
      rule: this.#ruleOf(full, type),
    }
  }

  #sourceType(name: string, info: TypeInfo, modifier: number, now: CatalogColumn | undefined) {
    let base = info
    for (let oid = base.element ?? base.base; oid !== undefined; oid = base.element ?? base.base) {
      const inner = this.#types.get(oid)
      if (inner === undefined) break
      base = inner
    }
    return sourceTypeParameters(name, info, base, modifier, now?.defaultExpression?.startsWith('nextval(') === true)
  }

  /** A rule for texts concerns columns of texts alone. */
  #ruleOf(full: string, type: CdcType): TextRule | undefined {
    if (type.schema({}).type !== 'string') return undefined
    return this.#rules.find(({ columns }) => columns.some(regex => regex.test(full)))
  }

  /** What stands for a value that was too long to be sent again, by its type (Debezium's own forms). */
  #placeholder(info: TypeInfo | undefined, type: CdcType): Value {
    const written = this.#config['unavailable.value.placeholder']
    const bytes = written.startsWith('hex:') ? Buffer.from(written.slice(4), 'hex') : Buffer.from(written)
    const text = bytes.toString('utf8')
    const { type: of, items } = type.schema({})
    if (of === 'bytes') return bytes
    if (of === 'map') return new Map([[text, text]])
    if (of !== 'array') return info?.name === 'hstore' ? JSON.stringify({ [text]: text }) : text
    if (items?.name === 'io.debezium.data.Uuid') return [nameUuid(bytes)]
    return items?.type === 'string' ? [text] : [...bytes]
  }
}

/** A UUID made of a name (version 3 without a namespace, java.util.UUID.nameUUIDFromBytes). */
function nameUuid(name: Uint8Array): string {
  const bytes = createHash('md5').update(name).digest()
  bytes[6] = (bytes[6]! & 0x0f) | 0x30
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

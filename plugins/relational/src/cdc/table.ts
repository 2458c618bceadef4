import { schema } from 'millrace/plugin'
import type { Field, Schema, Struct, Value } from 'millrace/plugin'
import type { TextRule } from './filters.js'
import type { Adjustment } from './keys.js'
import { adjustFieldName, adjustSchemaName } from './naming.js'
import type { RawRow } from './raw-row.js'
import { structMaker, type Part } from './struct-maker.js'
import type { CdcType, SchemaOptions } from './types.js'

/** A column that records have. */
export interface CdcColumn<Raw = string> {
  readonly name: string
  /** Where its value stands in a row. */
  readonly index: number
  readonly type: CdcType<Raw>
  readonly nullable: boolean
  /** Of the schema; undefined: none. */
  readonly default?: Value | undefined
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly doc?: string | undefined
  /** What stands for a value that was not sent. */
  readonly placeholder: Value
  /** Hides or shortens its texts in rows, never in keys. */
  readonly rule?: TextRule | undefined
}

export interface TableParts<Raw> {
  readonly topic: string
  /** Those that records have; a key may have others. */
  readonly columns: readonly CdcColumn<Raw>[]
  readonly key: readonly CdcColumn<Raw>[]
  readonly source: Schema
  readonly names: { readonly schema: Adjustment; readonly field: Adjustment }
}

/** The schemas of a table's records, and how rows become their structs. Made anew when the table changes. */
export class CdcTable<Raw = string> {
  readonly topic: string
  readonly rowSchema: Schema
  readonly keySchema: Schema | undefined
  readonly envelopeSchema: Schema
  readonly #row: readonly Part<Raw>[]
  readonly #key: readonly Part<Raw>[]
  readonly #structOf: (row: RawRow<Raw>) => Struct
  readonly #keyOf: (row: RawRow<Raw>) => Struct

  constructor({ topic, columns, key, source, names }: TableParts<Raw>) {
    const name = (suffix: string): string => adjustSchemaName(`${topic}.${suffix}`, names.schema)
    const fieldsOf = (some: readonly CdcColumn<Raw>[], inKey: boolean): Field[] =>
      some.map(column => ({ name: adjustFieldName(column.name, names.field), schema: columnSchema(column, inKey) }))
    this.topic = topic
    this.rowSchema = schema.struct(fieldsOf(columns, false), { name: name('Value'), optional: true })
    this.keySchema = key.length === 0 ? undefined : schema.struct(fieldsOf(key, true), { name: name('Key') })
    this.envelopeSchema = envelopeSchema(this.rowSchema, source, name('Envelope'))
    this.#row = columns.map(column => ruled(column, partOf(column, adjustFieldName(column.name, names.field))))
    this.#key = key.map(column => partOf(column, adjustFieldName(column.name, names.field)))
    this.#structOf = structMaker(this.#row)
    this.#keyOf = structMaker(this.#key)
  }

  row(raw: RawRow<Raw>): Struct {
    return this.#structOf(raw)
  }

  /** Undefined where the table has no key. */
  key(raw: RawRow<Raw>): Struct | undefined {
    return this.#key.length === 0 ? undefined : this.#keyOf(raw)
  }

  /** Whether two rows have the same key. */
  sameKey(a: RawRow<Raw>, b: RawRow<Raw>): boolean {
    return this.#key.every(({ index }) => sameRaw(a[index], b[index]))
  }

  /** Whether two rows are the same in all that records have. */
  sameRow(a: RawRow<Raw>, b: RawRow<Raw>): boolean {
    return this.#row.every(({ index }) => sameRaw(a[index], b[index]))
  }
}

function sameRaw(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
}

function partOf<Raw>(column: CdcColumn<Raw>, name: string): Part<Raw> {
  const { index, type, placeholder, nullable } = column
  return { name, index, read: type.read, missing: nullable ? null : (column.default ?? type.zero), placeholder }
}

/** Rules are for columns of texts; a mask hides also that there is no value. */
function ruled<Raw>({ rule }: CdcColumn<Raw>, part: Part<Raw>): Part<Raw> {
  if (rule === undefined) return part
  const { read, missing } = part
  return {
    ...part,
    read: raw => rule.apply(read(raw) as string),
    missing: rule.hidesNull === true || missing !== null ? rule.apply((missing ?? '') as string) : null,
  }
}

function columnSchema<Raw>(column: CdcColumn<Raw>, inKey: boolean): Schema {
  const options: SchemaOptions = {
    ...(column.nullable && { optional: true }),
    ...(column.default !== undefined && { default: column.default }),
    ...(!inKey &&
      (column.parameters || column.rule) && { parameters: { ...column.rule?.parameters, ...column.parameters } }),
    ...(column.doc !== undefined && { doc: column.doc }),
  }
  return column.type.schema(options)
}

/** Where a change stands in its transaction. */
export const transactionBlock = schema.struct(
  { id: schema.string(), total_order: schema.int64(), data_collection_order: schema.int64() },
  { name: 'event.block', version: 1, optional: true },
)

function envelopeSchema(row: Schema, source: Schema, name: string): Schema {
  return schema.struct(
    {
      before: row,
      after: row,
      source,
      transaction: transactionBlock,
      op: schema.string(),
      ts_ms: schema.int64({ optional: true }),
      ts_us: schema.int64({ optional: true }),
      ts_ns: schema.int64({ optional: true }),
    },
    { name, version: 2 },
  )
}

/** What `source` has of every connector: first and last come these, its own between `ts_ns` and the end. */
export function sourceSchema(connector: string, own: readonly Field[]): Schema {
  const snapshots = 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental'
  return schema.struct(
    [
      { name: 'version', schema: schema.string() },
      { name: 'connector', schema: schema.string() },
      { name: 'name', schema: schema.string() },
      { name: 'ts_ms', schema: schema.int64() },
      {
        name: 'snapshot',
        schema: schema.string({
          name: 'io.debezium.data.Enum',
          version: 1,
          parameters: { allowed: snapshots },
          optional: true,
          default: 'false',
        }),
      },
      { name: 'db', schema: schema.string() },
      { name: 'sequence', schema: schema.string({ optional: true }) },
      { name: 'ts_us', schema: schema.int64({ optional: true }) },
      { name: 'ts_ns', schema: schema.int64({ optional: true }) },
      ...own,
    ],
    { name: `io.debezium.connector.${connector}.Source`, version: 1 },
  )
}

export type SnapshotMark =
  'first' | 'first_in_data_collection' | 'true' | 'last_in_data_collection' | 'last' | 'false' | 'incremental'

/** A moment as records have it: whole milliseconds, microseconds and nanoseconds since the epoch. */
export interface Stamps {
  readonly ts_ms: number
  readonly ts_us: number
  readonly ts_ns: bigint
}

export function stampsOf(micros: number): Stamps {
  return { ts_ms: Math.floor(micros / 1_000), ts_us: micros, ts_ns: BigInt(micros) * 1_000n }
}

let lastMs = Number.NaN
let lastStamps = stampsOf(0)

/** What clocks show now. Records that are made within a tenth of a millisecond share it. */
export function nowStamps(): Stamps {
  const now = performance.now()
  if (!(Math.abs(now - lastMs) < 0.1)) {
    lastMs = now
    lastStamps = stampsOf(nowMicros())
  }
  return lastStamps
}

/** What clocks show now, in microseconds. */
export function nowMicros(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1_000)
}

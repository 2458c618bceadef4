import { randomBytes } from 'node:crypto'
import type { Header, OffsetMap, SourceRecord, Struct } from 'millrace/plugin'
import { schema } from 'millrace/plugin'
import { unavailable, type RawRow } from './raw-row.js'
import { nowStamps, type CdcTable } from './table.js'

export type Operation = 'r' | 'c' | 'u' | 'd' | 't'

/** Where a change is in the database and in its transaction. */
export interface ChangeContext<O extends OffsetMap> {
  readonly partition: OffsetMap
  readonly offset: O
  readonly source: Struct
  /** Where the next record of it stands in its transaction. */
  readonly transaction: () => Struct | null
}

export interface ChangeOptions {
  readonly tombstones: boolean
  readonly skipped: ReadonlySet<string>
  readonly skipUnchanged: boolean
  /** Of every record; empty: none. */
  readonly headers: readonly Header[]
}

/** The headers by which Debezium's records say whose they are. */
export function contextHeaders(prefix: string, connector: string, task: number): readonly Header[] {
  const text = schema.string()
  const of = (name: string, value: string): Header => ({ key: `__debezium.context.${name}`, value, schema: text })
  return [
    of('connectorLogicalName', prefix),
    of('taskId', String(task)),
    of('connectorName', connector),
    of('runId', timeUuid()),
  ]
}

/** Makes the records of a change of a row: an envelope, after a delete a tombstone, and two changes where the key has changed. */
export class ChangeRecords<Raw, O extends OffsetMap> {
  readonly #options: ChangeOptions

  constructor(options: ChangeOptions) {
    this.#options = options
  }

  read(table: CdcTable<Raw>, row: RawRow<Raw>, context: ChangeContext<O>): SourceRecord<OffsetMap, O>[] {
    return [this.#envelope(table, 'r', table.key(row), null, table.row(row), context)]
  }

  insert(table: CdcTable<Raw>, row: RawRow<Raw>, context: ChangeContext<O>): SourceRecord<OffsetMap, O>[] {
    if (this.#options.skipped.has('c')) return []
    return [this.#envelope(table, 'c', table.key(row), null, table.row(row), context)]
  }

  /** `before`: the row before, as far as it was sent; undefined: nothing of it was. */
  update(
    table: CdcTable<Raw>,
    before: RawRow<Raw> | undefined,
    after: RawRow<Raw>,
    context: ChangeContext<O>,
  ): SourceRecord<OffsetMap, O>[] {
    const old = before && table.row(before)
    if (before !== undefined && table.keySchema !== undefined && !table.sameKey(before, after))
      return this.#changedKey(table, before, old!, after, context)
    if (this.#options.skipped.has('u')) return []
    if (this.#options.skipUnchanged && before !== undefined && table.sameRow(before, after)) return []
    return [this.#envelope(table, 'u', table.key(after), old ?? null, table.row(after), context)]
  }

  remove(table: CdcTable<Raw>, before: RawRow<Raw>, context: ChangeContext<O>): SourceRecord<OffsetMap, O>[] {
    if (this.#options.skipped.has('d')) return []
    const key = table.key(before)
    return this.#removal(table, key, table.row(before), context, [])
  }

  truncate(table: CdcTable<Raw>, context: ChangeContext<O>): SourceRecord<OffsetMap, O>[] {
    if (this.#options.skipped.has('t')) return []
    return [this.#envelope(table, 't', undefined, null, null, context)]
  }

  #changedKey(
    table: CdcTable<Raw>,
    before: RawRow<Raw>,
    old: Struct,
    after: RawRow<Raw>,
    context: ChangeContext<O>,
  ): SourceRecord<OffsetMap, O>[] {
    if (this.#options.skipped.has('u')) return []
    const [oldKey, newKey] = [table.key(before), table.key(after)]
    const header = (key: string, value: Struct | undefined): Header => ({
      key: `__debezium.${key}`,
      value: value ?? null,
      schema: table.keySchema,
    })
    const removed = this.#removal(table, oldKey, old, context, [header('newkey', newKey)])
    return [...removed, this.#envelope(table, 'c', newKey, null, table.row(after), context, [header('oldkey', oldKey)])]
  }

  #removal(
    table: CdcTable<Raw>,
    key: Struct | undefined,
    old: Struct,
    context: ChangeContext<O>,
    headers: readonly Header[],
  ): SourceRecord<OffsetMap, O>[] {
    const removed = this.#envelope(table, 'd', key, old, null, context, headers)
    if (!this.#options.tombstones) return [removed]
    return [removed, { ...removed, value: null, valueSchema: undefined }]
  }

  #envelope(
    table: CdcTable<Raw>,
    op: Operation,
    key: Struct | undefined,
    before: Struct | null,
    after: Struct | null,
    { partition, offset, source, transaction }: ChangeContext<O>,
    headers: readonly Header[] = [],
  ): SourceRecord<OffsetMap, O> {
    const { ts_ms, ts_us, ts_ns } = nowStamps()
    return {
      topic: table.topic,
      key: key ?? null,
      keySchema: key && table.keySchema,
      value: { before, after, source, transaction: transaction(), op, ts_ms, ts_us, ts_ns },
      valueSchema: table.envelopeSchema,
      headers: headers.length === 0 ? this.#options.headers : [...headers, ...this.#options.headers],
      partition,
      offset,
    }
  }
}

/** A row in which what was not sent is taken from the row before, where that was. */
export function completed<Raw>(row: RawRow<Raw>, before: RawRow<Raw> | undefined): RawRow<Raw> {
  if (before === undefined || !row.includes(unavailable)) return row
  return row.map((value, index) => (value === unavailable ? (before[index] ?? unavailable) : value))
}

const heartbeatKey = schema.struct(
  { serverName: schema.string() },
  { name: 'io.debezium.connector.common.ServerNameKey', version: 1 },
)
const heartbeatValue = schema.struct(
  { ts_ms: schema.int64() },
  { name: 'io.debezium.connector.common.Heartbeat', version: 1 },
)

export function heartbeatRecord<O extends OffsetMap>(
  topic: string,
  prefix: string,
  partition: OffsetMap,
  offset: O,
): SourceRecord<OffsetMap, O> {
  return {
    topic,
    key: { serverName: prefix },
    keySchema: heartbeatKey,
    value: { ts_ms: Date.now() },
    valueSchema: heartbeatValue,
    partition,
    offset,
  }
}

/** A UUID that begins with the time (version 7). */
function timeUuid(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

import { schema } from 'millrace/plugin'
import type { OffsetMap, SourceRecord, Struct } from 'millrace/plugin'

const key = schema.struct(
  { id: schema.string() },
  { name: 'io.debezium.connector.common.TransactionMetadataKey', version: 1 },
)
const collection = schema.struct(
  { data_collection: schema.string(), event_count: schema.int64() },
  { name: 'event.collection', version: 1, optional: true },
)
const value = schema.struct(
  {
    status: schema.string(),
    id: schema.string(),
    event_count: schema.int64({ optional: true }),
    data_collections: schema.array(collection, { optional: true }),
    ts_ms: schema.int64(),
  },
  { name: 'io.debezium.connector.common.TransactionMetadataValue', version: 1 },
)

/** Counts the changes of the transaction that is being read, for `provide.transaction.metadata`. */
export class TransactionMonitor {
  readonly #topic: string
  #id = ''
  #total = 0
  #counts = new Map<string, number>()

  constructor(topic: string) {
    this.#topic = topic
  }

  begin<O extends OffsetMap>(id: string, ms: number, partition: OffsetMap, offset: O): SourceRecord<OffsetMap, O> {
    this.#id = id
    this.#total = 0
    this.#counts = new Map()
    return this.#record('BEGIN', ms, null, null, partition, offset)
  }

  /** Where the next change of a table stands. */
  next(table: string): Struct {
    const count = (this.#counts.get(table) ?? 0) + 1
    this.#counts.set(table, count)
    return { id: this.#id, total_order: ++this.#total, data_collection_order: count }
  }

  end<O extends OffsetMap>(ms: number, partition: OffsetMap, offset: O): SourceRecord<OffsetMap, O> {
    const collections = [...this.#counts].map(([data_collection, event_count]) => ({ data_collection, event_count }))
    return this.#record('END', ms, this.#total, collections, partition, offset)
  }

  #record<O extends OffsetMap>(
    status: string,
    ms: number,
    count: number | null,
    collections: readonly Struct[] | null,
    partition: OffsetMap,
    offset: O,
  ): SourceRecord<OffsetMap, O> {
    return {
      topic: this.#topic,
      key: { id: this.#id },
      keySchema: key,
      value: { status, id: this.#id, event_count: count, data_collections: collections, ts_ms: ms },
      valueSchema: value,
      partition,
      offset,
    }
  }
}

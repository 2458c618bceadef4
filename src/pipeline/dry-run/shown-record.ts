import type { ShownPart, ShownRecord } from '../../core/api/dry-run.js'
import type { Hide } from '../../core/config/hidden.js'
import type { DataRecord, SinkRecord, SourceRecord } from '../../core/record.js'
import type { Schema } from '../../core/schema.js'
import type { RawRecord } from '../dead-letter.js'
import { schemaText } from './schema-text.js'
import { Showing } from './shown-data.js'

const headersMax = 50
const namesMax = 500
const schemaMax = 2_000

/** Shows records, and parts of them, as they stand between two stages. */
export class RecordShowing {
  readonly #hide: Hide
  readonly #showing: Showing

  constructor(hide: Hide) {
    this.#hide = hide
    this.#showing = new Showing(hide)
  }

  data(value: unknown, schema: Schema | undefined): ShownPart {
    const data = this.#showing.data(value)
    if (schema === undefined) return { data }
    const text = this.#hide(schemaText(schema))
    return { data, schema: text.length > schemaMax ? `${text.slice(0, schemaMax)}…` : text }
  }

  /** Converters may give text for its bytes. */
  bytes(bytes: Uint8Array | string | null): ShownPart {
    const raw = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    return { bytes: this.#showing.bytes(raw), size: raw?.byteLength ?? 0 }
  }

  /** As transforms see it. */
  record(record: DataRecord): ShownRecord {
    const { partition, offset } = record as SourceRecord
    const { kafkaOffset } = record as Partial<SinkRecord>
    return {
      topic: this.name(record.topic),
      ...place(record.kafkaPartition, kafkaOffset, record.timestamp),
      key: this.data(record.key, record.keySchema),
      value: this.data(record.value, record.valueSchema),
      headers: this.#headers(record.headers ?? [], ({ value, schema }) => this.data(value, schema)),
      ...(partition !== undefined && {
        source: { partition: this.#showing.data(partition), offset: this.#showing.data(offset) },
      }),
    }
  }

  /** As it stands in a topic. */
  raw(record: RawRecord): ShownRecord {
    return {
      topic: this.name(record.topic),
      ...place(record.partition, record.offset, record.timestamp),
      key: this.bytes(record.key),
      value: this.bytes(record.value),
      headers: this.#headers(record.headers, ({ value }) => this.bytes(value)),
    }
  }

  /** Of a topic or header; a source that is not written in TypeScript may give anything. */
  name(name: unknown): string {
    return typeof name === 'string' ? this.#hide(name).slice(0, namesMax) : `(${typeof name})`
  }

  #headers<H extends { readonly key: string }>(headers: readonly H[], show: (header: H) => ShownPart) {
    return headers.slice(0, headersMax).map(header => ({ name: this.name(header.key), ...show(header) }))
  }
}

function place(
  partition: number | null | undefined,
  offset: number | undefined,
  timestamp: number | null | undefined,
): Pick<ShownRecord, 'partition' | 'offset' | 'timestamp'> {
  return {
    ...(typeof partition === 'number' && { partition }),
    ...(typeof offset === 'number' && { offset }),
    ...(typeof timestamp === 'number' && timestamp !== -1 && { timestamp }),
  }
}

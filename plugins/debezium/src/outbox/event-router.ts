import { compileJavaRegex, defineTransform, fieldOf, isStruct, rejected, withParts } from 'millrace/plugin'
import type { DataRecord, Header, Schema, Struct, Value } from 'millrace/plugin'
import { contractVersion, envelopeOf, type Envelope } from '../envelope.js'
import { replacementIssues } from '../regex.js'
import { EnvelopeSchemas } from './envelope-schemas.js'
import { eventTime } from './event-time.js'
import { JsonPayloads } from './json-payload.js'
import { keys, type Config } from './keys.js'
import { payloadName, placements, type Placement } from './placement.js'
import { columnOf, hasColumn, typedColumnOf, type Column, type Row } from './row.js'

export const eventRouter = defineTransform({
  name: 'event-router',
  version: contractVersion,
  summary: 'Makes events of the rows that an application inserts into an outbox table, each for the topic it names.',
  aliases: ['io.debezium.transforms.outbox.EventRouter'],
  config: keys,
  validate: config =>
    replacementIssues(config['route.topic.regex'], config['route.topic.replacement'], 'route.topic.replacement'),
  create(config) {
    const router = new EventRouter(config)
    return record => router.apply(record)
  },
})

const placementKey = 'table.fields.additional.placement'

class EventRouter {
  readonly #config: Config
  readonly #topicOf: (route: string) => string
  readonly #headers: readonly Placement[]
  readonly #inEnvelope: readonly Placement[]
  readonly #partitions: readonly Placement[]
  readonly #envelopes: EnvelopeSchemas
  readonly #json: JsonPayloads | undefined

  constructor(config: Config) {
    this.#config = config
    const regex = compileJavaRegex(config['route.topic.regex'])
    const replace = regex.replacer(config['route.topic.replacement'])
    this.#topicOf = route => (regex.matches(route) ? replace(route) : route)
    const placed = placements(config[placementKey])
    this.#headers = placed.filter(({ place }) => place === 'header')
    this.#inEnvelope = placed.filter(({ place }) => place === 'envelope')
    this.#partitions = placed.filter(({ place }) => place === 'partition')
    this.#envelopes = new EnvelopeSchemas(this.#inEnvelope)
    const keepsNulls = config['table.json.payload.null.behavior'] === 'optional_bytes'
    if (config['table.expand.json.payload'])
      this.#json = new JsonPayloads(config['table.field.event.payload'], keepsNulls)
  }

  apply<R extends DataRecord>(record: R): R | null {
    if (record.value === null || record.value === undefined) return null
    const envelope = envelopeOf(record)
    if (envelope === undefined) return record
    const { op } = envelope.value
    switch (typeof op === 'string' ? op : '') {
      case 'c':
      case 'r':
        return this.#event(record, envelope, rowOf(envelope))
      // An outbox may be cleared behind the events.
      case 'd':
        return null
      default:
        return this.#unexpected(envelope.value)
    }
  }

  #unexpected({ op }: Struct): null {
    if (this.#config['table.op.invalid.behavior'] !== 'fatal') return null
    throw rejected(
      `The outbox table had a change of the kind ${JSON.stringify(op)}; rows are only inserted and deleted.`,
      {
        code: 'outbox.op_invalid',
        hint: 'Only insert into the outbox table, or set table.op.invalid.behavior to warn.',
      },
    )
  }

  #event<R extends DataRecord>(record: R, envelope: Envelope, row: Row): R {
    const config = this.#config
    const id = columnOf(row, config['table.field.event.id'], 'table.field.event.id')
    const key = columnOf(row, config['table.field.event.key'], 'table.field.event.key')
    const route = this.#routeOf(row)
    const payload = this.#payloadOf(row)
    const isTombstone = config['route.tombstone.on.empty.payload'] && isEmpty(payload.value)
    const { schema: valueSchema, value } = isTombstone ? tombstone : this.#valueOf(row, payload, route)
    const kafkaPartition = this.#partitionOf(row)
    return withParts(record, {
      topic: this.#topicOf(route),
      key: key.value,
      keySchema: key.schema,
      value,
      valueSchema,
      timestamp: this.#timeOf(row, envelope),
      headers: [...(record.headers ?? []), { key: 'id', ...id }, ...this.#headersOf(row)],
      ...(kafkaPartition !== null && { kafkaPartition }),
    })
  }

  #routeOf(row: Row): string {
    const column = this.#config['route.by.field']
    const { value } = typedColumnOf(row, column, 'route.by.field', 'string')
    if (typeof value === 'string') return value
    throw rejected(`The column ${column} is null, so the event has no topic.`, {
      code: 'outbox.route_missing',
      hint: `Fill the column ${column}, or name another in route.by.field.`,
    })
  }

  #payloadOf(row: Row): Column {
    const payload = columnOf(row, this.#config['table.field.event.payload'], 'table.field.event.payload')
    return (typeof payload.value === 'string' ? this.#json?.expanded(payload.value) : undefined) ?? payload
  }

  #timeOf(row: Row, { value }: Envelope): number | null {
    const column = this.#config['table.field.event.timestamp']
    const time = column === undefined ? null : eventTime(row, column)
    const read = value['ts_ms'] ?? null
    return time ?? (read === null ? null : Number(read))
  }

  #headersOf(row: Row): readonly Header[] {
    return this.#present(row, this.#headers).map(({ column, name }) => ({
      key: name,
      ...columnOf(row, column, placementKey),
    }))
  }

  #partitionOf(row: Row): number | null {
    const last = this.#present(row, this.#partitions).at(-1)
    return last === undefined ? null : (typedColumnOf(row, last.column, placementKey, 'int32').value as number | null)
  }

  #valueOf(row: Row, payload: Column, route: string): { readonly schema: Schema; readonly value: Value } {
    if (this.#inEnvelope.length === 0) return payload
    const columns = this.#present(row, this.#inEnvelope).map(
      ({ column, name }) => [name, columnOf(row, column, placementKey).value] as const,
    )
    const of = this.#envelopes.of(payload.schema, row.schema, route, this.#versionOf(row))
    return { schema: of, value: Object.fromEntries([[payloadName, payload.value], ...columns]) }
  }

  #versionOf(row: Row): number | undefined {
    const column = this.#config['table.field.event.schema.version']
    if (column === undefined) return undefined
    const { value } = typedColumnOf(row, column, 'table.field.event.schema.version', 'int32')
    return typeof value === 'number' ? value : undefined
  }

  /** Those whose columns are there; all of them where one that is missing is a fault. */
  #present(row: Row, placed: readonly Placement[]): readonly Placement[] {
    if (this.#config['table.fields.additional.error.on.missing']) return placed
    return placed.filter(({ column }) => hasColumn(row, column))
  }
}

const tombstone = { schema: undefined, value: null }

function rowOf({ schema, value }: Envelope): Row {
  const after = value['after'] ?? null
  if (isStruct(after)) return { schema: fieldOf(schema, 'after')!.schema, value: after }
  throw rejected('The change has no row.', {
    code: 'outbox.row_missing',
    hint: 'Let a predicate keep records that are no rows of an outbox table from this transform.',
  })
}

/** Null, or text of nothing but what Java's `trim` takes away: spaces and what stands before them. */
function isEmpty(payload: Value): boolean {
  return payload === null || (typeof payload === 'string' && !/[!-\uffff]/.test(payload))
}

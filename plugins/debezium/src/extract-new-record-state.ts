import { defineTransform, field, isStruct, schema, setField, withParts, withSchema } from 'millrace/plugin'
import type { ConfigIssue, ConfigOf, DataRecord, Field, Header, Schema, Struct, Value } from 'millrace/plugin'
import { addedFields, addedValue, type AddedField } from './added-fields.js'
import { contractVersion, envelopeOf, type Envelope } from './envelope.js'

const modes = ['drop', 'tombstone', 'rewrite', 'rewrite-with-tombstone', 'delete-to-tombstone'] as const
type Mode = (typeof modes)[number]

const keys = {
  'delete.tombstone.handling.mode': field.string({
    doc: 'What becomes of a delete and of the tombstone behind it: both are dropped; the delete becomes the tombstone; the row before goes on, marked as deleted, without its tombstone or with it.',
    default: 'tombstone',
    oneOf: modes,
  }),
  'drop.tombstones': field.boolean({
    doc: 'Deprecated: see delete.tombstone.handling.mode.',
    importance: 'low',
    optional: true,
  }),
  'delete.handling.mode': field.string({
    doc: 'Deprecated: see delete.tombstone.handling.mode.',
    importance: 'low',
    optional: true,
    oneOf: ['drop', 'rewrite', 'none'],
  }),
  'add.fields': field.list({
    doc: 'Parts of the change to put into the row: op, source.ts_ms, version:NAME.',
    default: [],
  }),
  'add.fields.prefix': field.string({ doc: 'What stands before their names.', importance: 'low', default: '__' }),
  'add.headers': field.list({ doc: 'Parts of the change to put into headers.', default: [] }),
  'add.headers.prefix': field.string({ doc: 'What stands before their names.', importance: 'low', default: '__' }),
  'route.by.field': field.string({ doc: 'The field of the row whose value is the topic.', default: '' }),
  'drop.fields.header.name': field.string({
    doc: 'The header that lists fields to leave out.',
    importance: 'low',
    optional: true,
  }),
  'drop.fields.from.key': field.boolean({
    doc: 'Whether they are left out of the key too.',
    importance: 'low',
    default: false,
  }),
  'drop.fields.keep.schema.compatible': field.boolean({
    doc: 'Whether only fields that may be missing are left out.',
    importance: 'low',
    default: true,
  }),
  'replace.null.with.default': field.boolean({
    doc: 'Whether the default of its schema stands for a field of the row that is null, where a converter would put it.',
    importance: 'low',
    default: true,
  }),
} as const

type Config = ConfigOf<typeof keys>

export const extractNewRecordState = defineTransform({
  name: 'extract-new-record-state',
  version: contractVersion,
  summary: 'Makes the row of a change: what it is after it, or nothing after a delete.',
  aliases: ['io.debezium.transforms.ExtractNewRecordState'],
  config: keys,
  validate: config => oldKeyIssues(config),
  create(config) {
    const unwrap = new Unwrap(config)
    return record => unwrap.apply(record)
  },
})

function oldKeyIssues(config: Config): ConfigIssue[] {
  if (config['delete.handling.mode'] === undefined || config['delete.tombstone.handling.mode'] === 'tombstone')
    return []
  return [
    { key: 'delete.handling.mode', message: 'It goes with drop.tombstones, not with delete.tombstone.handling.mode.' },
  ]
}

/** What the old keys mean in the words of the new one. */
function modeOf(config: Config): Mode {
  const old = config['delete.handling.mode']
  const drops = config['drop.tombstones'] ?? true
  if (old === 'rewrite') return drops ? 'rewrite' : 'rewrite-with-tombstone'
  if (old === 'drop') return drops ? 'drop' : 'tombstone'
  if (old === 'none') return 'tombstone'
  return config['delete.tombstone.handling.mode']
}

class Unwrap {
  readonly #config: Config
  readonly #mode: Mode
  readonly #fields: readonly AddedField[]
  readonly #headers: readonly AddedField[]
  /** By the envelope's schema: schemas of one table are the same objects. */
  readonly #schemas = new WeakMap<Schema, Schema>()

  constructor(config: Config) {
    this.#config = config
    this.#mode = modeOf(config)
    this.#fields = addedFields(config['add.fields'], config['add.fields.prefix'])
    this.#headers = addedFields(config['add.headers'], config['add.headers.prefix'])
  }

  apply<R extends DataRecord>(record: R): R | null {
    if (record.value === null || record.value === undefined)
      return this.#mode === 'rewrite-with-tombstone' ? record : null
    const envelope = envelopeOf(record)
    if (envelope === undefined) return record
    const headers = [...(record.headers ?? []), ...this.#headerValues(envelope)]
    const after = envelope.value['after'] ?? null
    if (isStruct(after)) return this.#row(record, envelope, 'after', after, headers)
    const before = envelope.value['before'] ?? null
    // A truncate has no row at all.
    if (!isStruct(before)) return null
    switch (this.#mode) {
      case 'drop':
        return null
      case 'tombstone':
        return withParts(record, { value: null, valueSchema: rowSchema(envelope, 'before'), headers })
      case 'delete-to-tombstone':
        return withParts(record, { value: null, valueSchema: undefined, headers })
      case 'rewrite':
      case 'rewrite-with-tombstone':
        return this.#row(record, envelope, 'before', before, headers)
    }
  }

  #row<R extends DataRecord>(
    record: R,
    envelope: Envelope,
    side: 'before' | 'after',
    row: Struct,
    headers: readonly Header[],
  ): R {
    const of = this.#schemaOf(envelope, side)
    let value: Struct = row
    if (this.#widens) {
      const wider: Record<string, Value> = { ...(row as Record<string, Value>) }
      if (this.#marksDeletes) setField(wider, '__deleted', side === 'before' ? 'true' : 'false')
      for (const added of this.#fields) setField(wider, added.name, addedValue(envelope, added).value)
      value = wider
    }
    const topic = this.#config['route.by.field']
    const routed = topic === '' ? undefined : value[topic]
    const parts = { value, valueSchema: of, headers, ...(typeof routed === 'string' && { topic: routed }) }
    return this.#withoutDropped(withParts(record, parts))
  }

  get #marksDeletes(): boolean {
    return this.#mode === 'rewrite' || this.#mode === 'rewrite-with-tombstone'
  }

  get #widens(): boolean {
    return this.#fields.length > 0 || this.#marksDeletes
  }

  /** The row's own schema, where it must be there, and wider by the fields that are added. */
  #schemaOf(envelope: Envelope, side: 'before' | 'after'): Schema {
    const plain = rowSchema(envelope, side)
    const known = this.#schemas.get(envelope.schema)
    if (known !== undefined) return known
    const deleted: Field[] = this.#marksDeletes
      ? [{ name: '__deleted', schema: schema.string({ optional: true }) }]
      : []
    const added = this.#fields.map(one => ({ name: one.name, schema: addedValue(envelope, one).schema }))
    const wider = withSchema(plain, { optional: false, fields: [...(plain.fields ?? []), ...deleted, ...added] })
    this.#schemas.set(envelope.schema, wider)
    return wider
  }

  #headerValues(envelope: Envelope): readonly Header[] {
    return this.#headers.map(added => {
      const { schema, value } = addedValue(envelope, added)
      return { key: added.name, value, schema }
    })
  }

  /** `drop.fields.header.name` */
  #withoutDropped<R extends DataRecord>(record: R): R {
    const name = this.#config['drop.fields.header.name']
    if (name === undefined) return record
    const listed = (record.headers ?? []).find(({ key }) => key === name)?.value
    if (!Array.isArray(listed)) return record
    const dropped = new Set(listed as readonly string[])
    const keepsRequired = this.#config['drop.fields.keep.schema.compatible']
    const parts = withoutFields(record.value as Struct, record.valueSchema!, dropped, keepsRequired)
    if (!this.#config['drop.fields.from.key'] || record.keySchema?.type !== 'struct' || !isStruct(record.key))
      return withParts(record, { value: parts.value, valueSchema: parts.schema })
    const key = withoutFields(record.key, record.keySchema, dropped, keepsRequired)
    return withParts(record, {
      value: parts.value,
      valueSchema: parts.schema,
      key: key.value,
      keySchema: key.schema,
    })
  }
}

function rowSchema({ schema }: Envelope, side: 'before' | 'after'): Schema {
  return schema.fields!.find(({ name }) => name === side)!.schema
}

function withoutFields(value: Struct, of: Schema, dropped: ReadonlySet<string>, keepsRequired: boolean) {
  const kept = (of.fields ?? []).filter(
    ({ name, schema }) => !dropped.has(name) || (keepsRequired && !schema.optional && schema.default === undefined),
  )
  const fields: Record<string, Value> = {}
  for (const { name } of kept) setField(fields, name, value[name] ?? null)
  return { value: fields, schema: withSchema(of, { fields: kept }) }
}

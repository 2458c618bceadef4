import { fieldOf, isStruct, rejected, schema } from 'millrace/plugin'
import type { MillraceError, Schema, SinkRecord, Value } from 'millrace/plugin'
import { pkModeOf, type PkMode, type SinkConfig } from './config.js'

/** A column that records of one kind have, and where its values come from. */
export interface RecordField {
  readonly name: string
  readonly schema: Schema
  readonly inKey: boolean
  /** Counts from the epoch and is written as a timestamp. */
  readonly asTimestamp: boolean
  readonly get: (record: SinkRecord) => Value
}

/** How records with one pair of schemas become rows. */
export interface RecordPlan {
  readonly keys: readonly RecordField[]
  readonly others: readonly RecordField[]
}

type Mapping = Pick<
  SinkConfig,
  'pk.mode' | 'pk.fields' | 'fields.whitelist' | 'timestamp.fields.list' | 'string.output.value.column.name'
>

const coordinates = ['__connect_topic', '__connect_partition', '__connect_offset'] as const

/** Throws what is wrong with records of these schemas; `remove`: the record has no value, and its row is to be deleted. */
export function recordPlan(config: Mapping, record: SinkRecord, remove: boolean): RecordPlan {
  const mode = pkModeOf(config['pk.mode'])!
  const value = remove ? undefined : valueSchemaOf(record, mode)
  const keys = keyFields(mode, config, record, value)
  const keyNames = new Set(keys.map(({ name }) => name))
  if (value === undefined) return { keys, others: [] }
  const wanted = new Set(config['fields.whitelist'])
  const times = new Set(config['timestamp.fields.list'])
  const others = valueFields(value, config['string.output.value.column.name'])
    .filter(({ name }) => !keyNames.has(name) && (wanted.size === 0 || wanted.has(name)))
    .map(one => ({
      ...one,
      asTimestamp: times.has(one.name) && (one.schema.type === 'int64' || one.schema.type === 'string'),
    }))
  if (keys.length + others.length === 0)
    throw problem(record, 'has no fields to write', 'See fields.whitelist and pk.fields.')
  return { keys, others }
}

function valueSchemaOf(record: SinkRecord, mode: PkMode): Schema {
  const of = record.valueSchema
  if (record.value === null || record.value === undefined)
    throw problem(record, 'has no value', 'delete.enabled=true with pk.mode=record_key deletes the row of its key.')
  if (of?.type === 'struct' && isStruct(record.value)) return of
  if (of?.type === 'string' && mode === 'none') return of
  const what = of === undefined ? 'has a value without a schema' : `has a value of ${of.type.toUpperCase()}`
  throw problem(
    record,
    what,
    'Rows are made of structs with a schema: JsonConverter with schemas.enable=true, or a converter with a schema registry.',
  )
}

function valueFields(of: Schema, textColumn: string): RecordField[] {
  if (of.type === 'string')
    return [{ name: textColumn, schema: of, inKey: false, asTimestamp: false, get: ({ value }) => value }]
  return (of.fields ?? []).map(({ name, schema }) => structField(name, schema, false, 'value'))
}

function structField(name: string, of: Schema, inKey: boolean, part: 'key' | 'value'): RecordField {
  const get = (record: SinkRecord): Value => (record[part] as Readonly<Record<string, Value>>)[name] ?? null
  return { name, schema: of, inKey, asTimestamp: false, get }
}

function keyFields(mode: PkMode, config: Mapping, record: SinkRecord, value: Schema | undefined): RecordField[] {
  const named = config['pk.fields']
  switch (mode) {
    case 'none':
      return []
    case 'kafka':
      return coordinateFields(named.length === 3 ? named : coordinates)
    case 'record_key':
      return recordKeyFields(named, record)
    case 'record_value':
      if (value === undefined || value.type !== 'struct')
        throw problem(record, 'has no struct as its value', 'pk.mode=record_value takes the key from there.')
      return fieldsNamed(named, value, record, 'value')
  }
}

function coordinateFields(names: readonly string[]): RecordField[] {
  const [topic = '', partition = '', offset = ''] = names
  const of = { inKey: true, asTimestamp: false } as const
  return [
    { ...of, name: topic, schema: schema.string(), get: record => record.originalTopic },
    { ...of, name: partition, schema: schema.int32(), get: record => record.originalKafkaPartition },
    { ...of, name: offset, schema: schema.int64(), get: record => record.originalKafkaOffset },
  ]
}

function recordKeyFields(named: readonly string[], record: SinkRecord): RecordField[] {
  const { key, keySchema: of } = record
  if (key === null || key === undefined || of === undefined)
    throw problem(
      record,
      key === null || key === undefined ? 'has no key' : 'has a key without a schema',
      'pk.mode=record_key takes the key from there.',
    )
  if (of.type === 'struct') return fieldsNamed(named, of, record, 'key')
  if (of.type === 'array' || of.type === 'map')
    throw problem(record, `has a key of ${of.type.toUpperCase()}`, 'It must be a struct or primitive.')
  if (named.length !== 1) throw problem(record, 'has a primitive key', 'pk.fields must name exactly one column for it.')
  return [{ name: named[0]!, schema: of, inKey: true, asTimestamp: false, get: ({ key }) => key }]
}

function fieldsNamed(named: readonly string[], of: Schema, record: SinkRecord, part: 'key' | 'value'): RecordField[] {
  const names = named.length > 0 ? named : (of.fields ?? []).map(({ name }) => name)
  return names.map(name => {
    const found = fieldOf(of, name)
    if (found !== undefined) return structField(name, found.schema, true, part)
    throw problem(record, `has no field "${name}" in its ${part}`, 'See pk.fields.')
  })
}

function problem({ topic, kafkaPartition, kafkaOffset }: SinkRecord, what: string, hint: string): MillraceError {
  return rejected(`The record at ${topic}-${kafkaPartition}, offset ${kafkaOffset}, ${what}.`, {
    code: 'jdbc.record_invalid',
    hint,
  })
}

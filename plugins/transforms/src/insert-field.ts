import { defineTransform, field, rejected, schema, setField } from 'millrace/plugin'
import type { DataRecord, Schema, Value } from 'millrace/plugin'
import { basicsOf, distinct, copiedValue, perSchema, requireMap, requireStruct, withEntries } from './data.js'
import { replaceNullField } from './replace-null.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

const purpose = 'field insertion'
const optionality = 'Suffix with ! to make this a required field, or ? to keep it optional (the default).'

const fieldName = (what: string) =>
  field.string({ doc: `Field name for ${what}. ${optionality}`, importance: 'medium', optional: true })

const config = {
  'topic.field': fieldName('Kafka topic'),
  'partition.field': fieldName('Kafka partition'),
  'offset.field': fieldName('Kafka offset - only applicable to sink connectors'),
  'timestamp.field': fieldName('record timestamp'),
  'static.field': fieldName('static data field'),
  'static.value': field.string({
    doc: 'Static field value, if field name configured.',
    importance: 'medium',
    optional: true,
  }),
  ...replaceNullField,
} as const

/** One field to insert. */
interface Insertion {
  readonly name: string
  readonly schema: Schema
  /** Undefined where the record does not have it. */
  readonly valueOf: (record: DataRecord, schemaless: boolean) => Value | undefined
}

const keys = ['topic.field', 'partition.field', 'offset.field', 'timestamp.field', 'static.field'] as const

interface Source extends Pick<Insertion, 'valueOf'> {
  readonly schema: (options: { readonly optional: boolean }) => Schema
}

/** Where the value of each key's field comes from. */
function sourcesOf(staticValue: string | undefined): Readonly<Record<(typeof keys)[number], Source>> {
  return {
    'topic.field': { schema: schema.string, valueOf: record => record.topic },
    'partition.field': { schema: schema.int32, valueOf: record => record.kafkaPartition ?? undefined },
    'offset.field': { schema: schema.int64, valueOf: kafkaOffset },
    'timestamp.field': { schema: schema.timestamp, valueOf: timestamp },
    'static.field': { schema: schema.string, valueOf: () => staticValue },
  }
}

function timestamp({ timestamp }: DataRecord, schemaless: boolean): number | Date | undefined {
  if (timestamp === null || timestamp === undefined) return undefined
  return schemaless ? timestamp : new Date(timestamp)
}

function kafkaOffset(record: DataRecord): number {
  if ('kafkaOffset' in record && typeof record.kafkaOffset === 'number') return record.kafkaOffset
  throw rejected(`Only SinkRecord supported for [${purpose}], found: a record of a source`)
}

export const insertField = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('InsertField', target),
    version: contractVersion,
    summary: `Inserts fields into the ${target.title.toLowerCase()}: topic, partition, offset, timestamp, or a fixed text.`,
    config,
    validate(config) {
      if (keys.every(key => config[key] === undefined))
        return [{ key: 'static.field', message: 'No field insertion configured' }]
      if (config['static.field'] !== undefined && config['static.value'] === undefined)
        return [{ key: 'static.value', message: `No value specified for static field: ${config['static.field']}` }]
      return []
    },
    create(config) {
      const sources = sourcesOf(config['static.value'])
      const insertions = keys.flatMap(key => {
        const spec = config[key]
        return spec === undefined ? [] : [insertion(spec, sources[key])]
      })
      const inserted = insertions.map(({ name, schema }) => ({ name, schema }))
      const updated = perSchema(of => schema.struct(distinct([...(of.fields ?? []), ...inserted]), basicsOf(of)))
      const withDefault = config['replace.null.with.default']

      return record => {
        const value = target.valueOf(record)
        if (value === null) return record
        const of = target.schemaOf(record)
        if (of === undefined) {
          const entries = entriesFor(record, insertions)
          return target.replace(record, undefined, withEntries(requireMap(value, purpose), entries))
        }
        const struct = requireStruct(value, purpose)
        const rebuilt: Record<string, Value> = {}
        for (const field of of.fields ?? []) setField(rebuilt, field.name, copiedValue(struct, field, withDefault))
        for (const insertion of insertions) {
          const inserted = insertion.valueOf(record, false)
          if (inserted !== undefined) setField(rebuilt, insertion.name, inserted)
        }
        return target.replace(record, updated(of), rebuilt)
      }
    },
  }),
)

function insertion(spec: string, source: Source): Insertion {
  const required = spec.endsWith('!')
  const name = required || spec.endsWith('?') ? spec.slice(0, -1) : spec
  return { name, schema: source.schema({ optional: !required }), valueOf: source.valueOf }
}

function entriesFor(record: DataRecord, insertions: readonly Insertion[]): (readonly [string, Value])[] {
  return insertions.flatMap(insertion => {
    const value = insertion.valueOf(record, true)
    return value === undefined ? [] : [[insertion.name, value] as const]
  })
}

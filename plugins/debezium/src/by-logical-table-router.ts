import { compileJavaRegex, defineTransform, field, isStruct, schema, withParts, withSchema } from 'millrace/plugin'
import type { ConfigIssue, ConfigOf, DataRecord, JavaRegex, Schema, Value } from 'millrace/plugin'
import { contractVersion, envelopeOf } from './envelope.js'
import { checkRegex, replacementIssues } from './regex.js'

const keys = {
  'topic.regex': field.string({
    doc: 'The topics to change: a regular expression for the whole name.',
    importance: 'high',
    check: checkRegex,
  }),
  'topic.replacement': field.string({ doc: 'Their new name; $1 is a group.', importance: 'high', nonEmpty: true }),
  'key.enforce.uniqueness': field.boolean({
    doc: 'Whether the key says which table a row is of, so that rows of different tables do not collide.',
    default: true,
  }),
  'key.field.name': field.string({
    doc: 'The field of the key that says so.',
    default: '__dbz__physicalTableIdentifier',
  }),
  'key.field.regex': field.string({
    doc: 'What that field is made of: a regular expression for the old topic.',
    optional: true,
    check: checkRegex,
  }),
  'key.field.replacement': field.string({ doc: 'And what becomes of it.', optional: true }),
  'logical.table.cache.size': field.int({
    doc: 'Without effect: schemas are kept as long as records have them.',
    importance: 'low',
    default: 16,
    min: 1,
  }),
  'schema.name.adjustment.mode': field.string({
    doc: 'What becomes of names of schemas that a converter could refuse.',
    importance: 'low',
    default: 'none',
    oneOf: ['none', 'avro', 'avro_unicode'],
  }),
} as const

type Config = ConfigOf<typeof keys>

export const byLogicalTableRouter = defineTransform({
  name: 'by-logical-table-router',
  version: contractVersion,
  summary: 'Sends the changes of several tables to one topic, and says in their keys which table they are of.',
  aliases: ['io.debezium.transforms.ByLogicalTableRouter'],
  config: keys,
  validate(config): ConfigIssue[] {
    const regex = config['key.field.regex']
    const replacement = config['key.field.replacement']
    const wrong = replacementIssues(config['topic.regex'], config['topic.replacement'], 'topic.replacement')
    if (regex !== undefined && replacement !== undefined)
      return [...wrong, ...replacementIssues(regex, replacement, 'key.field.replacement')]
    if (regex === undefined && replacement === undefined) return [...wrong]
    return [...wrong, { key: 'key.field.regex', message: 'It goes with key.field.replacement: both or none.' }]
  },
  create(config) {
    const router = new Router(config)
    return record => router.apply(record)
  },
})

class Router {
  readonly #config: Config
  readonly #topic: JavaRegex
  readonly #identifier: JavaRegex | undefined
  /** New names of topics, and of schemas under them, each made once. */
  readonly #topics = new Map<string, string>()
  readonly #schemas = new WeakMap<Schema, Map<string, Schema>>()

  constructor(config: Config) {
    this.#config = config
    this.#topic = compileJavaRegex(config['topic.regex'])
    const regex = config['key.field.regex']
    this.#identifier = regex === undefined ? undefined : compileJavaRegex(regex)
  }

  apply<R extends DataRecord>(record: R): R {
    const topic = this.#topicOf(record.topic)
    if (topic === record.topic || topic === '') return record
    const key = this.#keyOf(record, topic)
    const envelope = envelopeOf(record)
    if (envelope === undefined) return withParts(record, { topic, ...key })
    const valueSchema = this.#remembered(envelope.schema, topic, of => this.#envelopeSchema(of, topic))
    return withParts(record, { topic, ...key, valueSchema })
  }

  #topicOf(topic: string): string {
    let found = this.#topics.get(topic)
    if (found === undefined) {
      found = this.#topic.matches(topic) ? this.#topic.replaceFirst(topic, this.#config['topic.replacement']) : topic
      this.#topics.set(topic, found)
    }
    return found
  }

  #keyOf(
    { key, keySchema, topic: old }: DataRecord,
    topic: string,
  ): { readonly key?: Value; readonly keySchema?: Schema } {
    if (keySchema?.type !== 'struct' || !isStruct(key)) return {}
    const name = this.#config['key.field.name']
    const isMarked = this.#config['key.enforce.uniqueness']
    const keySchemaNew = this.#remembered(keySchema, topic, of =>
      withSchema(of, {
        name: this.#adjusted(`${topic}.Key`),
        fields: isMarked ? [...of.fields!, { name, schema: schema.string() }] : of.fields!,
      }),
    )
    return { key: isMarked ? { ...key, [name]: this.#identifierOf(old) } : key, keySchema: keySchemaNew }
  }

  #identifierOf(topic: string): string {
    const regex = this.#identifier
    if (regex === undefined || !regex.matches(topic)) return topic
    return regex.replaceFirst(topic, this.#config['key.field.replacement'] ?? '')
  }

  #envelopeSchema(of: Schema, topic: string): Schema {
    const row = (old: Schema): Schema =>
      this.#remembered(old, topic, one => withSchema(one, { name: this.#adjusted(`${topic}.Value`) }))
    return withSchema(of, {
      name: this.#adjusted(`${topic}.Envelope`),
      fields: of.fields!.map(({ name, schema }) => ({
        name,
        schema: name === 'before' || name === 'after' ? row(schema) : schema,
      })),
    })
  }

  #remembered(of: Schema, topic: string, make: (of: Schema) => Schema): Schema {
    let byTopic = this.#schemas.get(of)
    if (byTopic === undefined) this.#schemas.set(of, (byTopic = new Map()))
    let made = byTopic.get(topic)
    if (made === undefined) byTopic.set(topic, (made = make(of)))
    return made
  }

  #adjusted(name: string): string {
    const mode = this.#config['schema.name.adjustment.mode']
    if (mode === 'none') return name
    const escape = (char: string): string => `_u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
    return mode === 'avro' ? name.replace(/[^\w.]/g, '_') : name.replace(/[^a-zA-Z0-9.]/g, escape)
  }
}

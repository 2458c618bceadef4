import { errorCode } from 'millrace/plugin'
import type { Schema } from 'millrace/plugin'
import { BoundedMap } from '../registry/bounded-map.js'
import { RegistryClient } from '../registry/client.js'
import { schemaUnusable } from '../registry/failures.js'
import type { RegistryConfig } from '../registry/keys.js'
import { subjectStrategy, needsSchema, type SubjectStrategy } from '../registry/subject.js'
import type { RegisteredSchema, ResolvedSchema, SchemaText } from '../registry/types.js'
import type { Format, FormatSource, PayloadReader, PayloadWriter } from './format.js'

/** How data of one Connect schema is written to one topic. */
export interface Outgoing {
  readonly id: number
  readonly write: PayloadWriter
}

/** References of references end somewhere; a registry that says otherwise is broken. */
const maxImports = 1_000

/** Stands in a dry run for the id that a schema would be given. */
const idNotGiven = 0

function isUnknown(error: unknown): boolean {
  return errorCode(error) === 'schema_registry.schema_unknown'
}

/** Asks the registry for what a converter needs, once for each schema. Every call may wait for the registry. */
export class SchemaSource {
  readonly #load: () => Promise<Format>
  #loading: Promise<Format> | undefined
  readonly #client: RegistryClient
  /** Registers nothing. */
  readonly #dry: boolean
  readonly #config: RegistryConfig
  readonly #role: 'key' | 'value'
  readonly #subject: SubjectStrategy
  /** By subject and text: the ids of what was registered or found. */
  readonly #ids: BoundedMap<string, number>
  readonly #resolved: BoundedMap<number, ResolvedSchema>

  constructor(format: FormatSource, config: RegistryConfig, role: 'key' | 'value', dry: boolean) {
    this.#dry = dry
    this.#load = () => format.load()
    this.#client = new RegistryClient(config)
    this.#config = config
    this.#role = role
    this.#subject = subjectStrategy(this.#strategy, role)
    this.#ids = new BoundedMap(config['schemas.cache.config'])
    this.#resolved = new BoundedMap(config['schemas.cache.config'])
  }

  get #strategy(): string {
    return this.#config[`${this.#role}.subject.name.strategy`]
  }

  /** Registers or finds the schema, by the keys. */
  async outgoing(topic: string, schema: Schema | undefined): Promise<Outgoing> {
    const format = await this.#format()
    const { text, recordName } = format.describe(schema)
    const subject = this.#subject(topic, recordName)
    const own: SchemaText = { kind: format.kind, text, references: [] }
    const config = this.#config
    if (!config['auto.register.schemas']) {
      if (config['use.schema.id'] >= 0)
        return this.#writeAs(
          schema,
          own,
          await this.#client.schemaOfId(config['use.schema.id'], subject),
          config['id.compatibility.strict'] && 'id.compatibility.strict',
        )
      if (config['use.latest.version'])
        return this.#writeAs(
          schema,
          own,
          await this.#client.version(subject, 'latest'),
          config['latest.compatibility.strict'] && 'latest.compatibility.strict',
        )
    }
    const key = `${subject}\n${text}`
    const id = this.#ids.get(key) ?? (await this.#idOf(subject, own))
    this.#ids.set(key, id)
    return { id, write: format.writer(schema, { ...own, imports: [] }) }
  }

  async #idOf(subject: string, own: SchemaText): Promise<number> {
    const normalize = this.#config['normalize.schemas']
    const registers = this.#config['auto.register.schemas']
    if (registers && !this.#dry) return (await this.#client.register(subject, own, normalize)).id
    try {
      return (await this.#client.find(subject, own, normalize)).id
    } catch (error) {
      if (registers && isUnknown(error)) return idNotGiven
      throw error
    }
  }

  async #writeAs(
    schema: Schema | undefined,
    own: SchemaText,
    registered: RegisteredSchema,
    strict: string | false,
  ): Promise<Outgoing> {
    const format = await this.#format()
    const resolved = await this.#resolve(registered)
    const why = strict === false ? undefined : format.whyIncompatible(resolved, { ...own, imports: [] })
    if (why !== undefined)
      throw schemaUnusable(
        `The schema of the data does not fit the registered one, schema ${registered.id} (${why}). ${String(strict)}=false leaves out this check.`,
      )
    return { id: registered.id, write: format.writer(schema, resolved) }
  }

  /** How data of schema `id` in a topic is read. */
  async incoming(topic: string, id: number): Promise<PayloadReader> {
    const format = await this.#format()
    const byName = needsSchema(this.#strategy)
    const written = await this.#ofId(id, byName ? undefined : this.#subject(topic, undefined))
    const subject = byName ? this.#subject(topic, format.recordNameOf(written)) : this.#subject(topic, undefined)
    const wanted = this.#config['use.latest.version']
      ? await this.#resolve(await this.#client.version(subject, 'latest'))
      : undefined
    return format.reader(written, wanted, await this.#versionOf(subject, written))
  }

  /** Data may have come under another subject (a mirrored or renamed topic): then it has no version, and is read all the same. */
  async #versionOf(subject: string, written: ResolvedSchema): Promise<number | undefined> {
    try {
      return (await this.#client.find(subject, written, this.#config['normalize.schemas'])).version
    } catch (error) {
      if (isUnknown(error)) return undefined
      throw error
    }
  }

  async #ofId(id: number, subject: string | undefined): Promise<ResolvedSchema> {
    const known = this.#resolved.get(id)
    if (known !== undefined) return known
    const resolved = await this.#resolve(await this.#client.schemaOfId(id, subject))
    this.#resolved.set(id, resolved)
    return resolved
  }

  #format(): Promise<Format> {
    return (this.#loading ??= this.#load())
  }

  /** With all that it refers to, each once and behind what it refers to itself. */
  async #resolve(schema: RegisteredSchema): Promise<ResolvedSchema> {
    const { kind } = await this.#format()
    if (schema.kind !== kind)
      throw schemaUnusable(`Schema ${schema.id} is of the type ${schema.kind}, and this converter is for ${kind}.`)
    const imports: { name: string; text: string }[] = []
    const seen = new Set<string>()
    const add = async (of: SchemaText): Promise<void> => {
      for (const { name, subject, version } of of.references) {
        if (seen.has(name)) continue
        seen.add(name)
        if (seen.size > maxImports)
          throw schemaUnusable(`Schema ${schema.id} refers to more than ${maxImports} others.`)
        const referred = await this.#client.version(subject, version)
        await add(referred)
        imports.push({ name, text: referred.text })
      }
    }
    await add(schema)
    return { kind: schema.kind, text: schema.text, references: schema.references, imports }
  }
}

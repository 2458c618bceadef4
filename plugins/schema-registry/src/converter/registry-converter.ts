import type { Converter, Schema, SchemaAndValue } from 'millrace/plugin'
import { BoundedMap } from '../registry/bounded-map.js'
import type { RegistryConfig } from '../registry/keys.js'
import { readSchemaId } from '../registry/wire.js'
import type { FormatSource, PayloadReader } from './format.js'
import type { Outgoing, SchemaSource } from './schema-source.js'

interface Kept<T> {
  readonly is: T
  /** When it is to be asked for anew, by `performance.now()`. */
  readonly until: number
}

/** A topic's caches go when so many other topics came. */
const topicsKept = 100
/** Stands for "no schema" among the keys of a map. */
const schemaless = {}

/**
 * A converter of Confluent's around one format. A schema that is new costs one wait, for the registry; after that a
 * record is converted without a promise.
 */
export function registryConverter(
  format: FormatSource,
  config: RegistryConfig,
  role: 'key' | 'value',
  dry = false,
): Converter {
  let opening: Promise<SchemaSource> | undefined
  // Loaded with the first record: a node that only names the converter does not wait for an HTTP client.
  const open = (): Promise<SchemaSource> =>
    (opening ??= import('./schema-source.js').then(({ SchemaSource }) => new SchemaSource(format, config, role, dry)))
  const size = config['schemas.cache.config']
  const ttlMs = config['latest.cache.ttl.sec'] * 1_000
  const expires = config['use.latest.version'] && ttlMs >= 0
  const keep = <T>(is: T): Kept<T> => ({ is, until: expires ? performance.now() + ttlMs : Infinity })
  const fresh = <T>(kept: Kept<T> | undefined): T | undefined =>
    kept === undefined || (expires && performance.now() >= kept.until) ? undefined : kept.is

  const outgoing = new PerTopic<object, Kept<Outgoing>>(size)
  const incoming = new PerTopic<number, Kept<PayloadReader>>(size)

  return {
    fromData(topic, schema, value) {
      if (value === null && format.nullIsNull(schema)) return null
      const known = fresh(outgoing.get(topic, schema ?? schemaless))
      if (known !== undefined) return known.write(value, known.id)
      return prepare(topic, schema).then(({ id, write }) => write(value, id))
    },
    toData(topic, bytes) {
      if (bytes === null) return { value: null }
      const id = readSchemaId(bytes)
      const read = fresh(incoming.get(topic, id))
      if (read !== undefined) return read(bytes)
      // The bytes are ours only during this call.
      return readLater(topic, id, Buffer.from(bytes))
    },
    withoutEffects: () => registryConverter(format, config, role, true),
  }

  async function prepare(topic: string, schema: Schema | undefined): Promise<Outgoing> {
    const made = await (await open()).outgoing(topic, schema)
    outgoing.set(topic, schema ?? schemaless, keep(made))
    return made
  }

  async function readLater(topic: string, id: number, bytes: Buffer): Promise<SchemaAndValue> {
    const read = await (await open()).incoming(topic, id)
    incoming.set(topic, id, keep(read))
    return read(bytes)
  }
}

/** A bounded map for each topic, with the last topic at hand. */
class PerTopic<K, V> {
  readonly #maps = new BoundedMap<string, BoundedMap<K, V>>(topicsKept)
  readonly #size: number
  #topic: string | undefined
  #map: BoundedMap<K, V> | undefined

  constructor(size: number) {
    this.#size = size
  }

  get(topic: string, key: K): V | undefined {
    return this.#of(topic)?.get(key)
  }

  set(topic: string, key: K, value: V): void {
    let map = this.#of(topic)
    if (map === undefined) {
      map = new BoundedMap(this.#size)
      this.#maps.set(topic, map)
      this.#topic = topic
      this.#map = map
    }
    map.set(key, value)
  }

  #of(topic: string): BoundedMap<K, V> | undefined {
    if (topic !== this.#topic) {
      this.#topic = topic
      this.#map = this.#maps.get(topic)
    }
    return this.#map
  }
}

import { Kafka, logLevel, type EachMessagePayload } from 'kafkajs'
import { envelopeText } from '../../src/core/json/encode.js'
import type { SourceRecord } from '../../src/plugin/index.js'
import { startConnect, type ConnectCluster, type ConnectOptions } from '../servers/connect/start-connect.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { until } from '../servers/until.js'

/** A record as JSON with schema, key and value parsed; numbers that JavaScript cannot hold are texts. */
export interface PeerRecord {
  readonly topic: string
  readonly key: unknown
  readonly value: unknown
  readonly headers: readonly (readonly [string, string])[]
}

/** A message and where it stood. */
export type Message = Pick<EachMessagePayload, 'topic' | 'partition' | 'message'>

/** Real Debezium in real Kafka Connect, to read what ours reads. */
export class DebeziumPeer {
  readonly #connect: ConnectCluster
  readonly #bootstrap: string

  private constructor(connect: ConnectCluster, bootstrap: string) {
    this.#connect = connect
    this.#bootstrap = bootstrap
  }

  static async start(
    group: string,
    plugins: Pick<ConnectOptions, 'plugins' | 'folders'> = { plugins: ['debezium'] },
  ): Promise<DebeziumPeer> {
    const { bootstrap } = await sharedKafka()
    const json = { 'key.converter.schemas.enable': 'true', 'value.converter.schemas.enable': 'true' }
    const connect = await startConnect({
      bootstrap: bootstrap.plaintext,
      group,
      ...plugins,
      properties: { ...json, 'offset.flush.interval.ms': '500' },
    })
    return new DebeziumPeer(connect, bootstrap.plaintext)
  }

  get bootstrap(): string {
    return this.#bootstrap
  }

  stop(): Promise<void> {
    return this.#connect.stop()
  }

  /** Resolves when its task runs; fails with its trace where it fails. */
  async create(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    const { url } = this.#connect.workers[0]!
    const response = await fetch(`${url}/connectors`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, config }),
    })
    if (!response.ok) throw new Error(`Connect refuses ${name}: ${await response.text()}`)
    await until(
      () => `Debezium's ${name} to run`,
      60_000,
      async () => {
        const status = (await (await fetch(`${url}/connectors/${name}/status`)).json()) as {
          tasks?: readonly { state: string; trace?: string }[]
        }
        if (status.tasks?.[0]?.state === 'FAILED') throw new Error(status.tasks[0].trace)
        return status.tasks?.[0]?.state === 'RUNNING'
      },
    )
  }

  /** Asks its worker's REST API; fails with the answer where it refuses. */
  async rest(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.#connect.workers[0]!.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }

  /** How many records a topic has. */
  async count(topic: string): Promise<number> {
    const admin = new Kafka({ brokers: this.#bootstrap.split(','), logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    try {
      return (await admin.fetchTopicOffsets(topic)).reduce((sum, { offset }) => sum + Number(offset), 0)
    } catch {
      return 0
    } finally {
      await admin.disconnect()
    }
  }

  /** What Connect's REST says of a connector's offsets. */
  async offsets(name: string): Promise<unknown> {
    return (await fetch(`${this.#connect.workers[0]!.url}/connectors/${name}/offsets`)).json()
  }

  /** Why its task has failed; undefined: it has not. */
  async trace(name: string): Promise<string | undefined> {
    const { url } = this.#connect.workers[0]!
    const status = (await (await fetch(`${url}/connectors/${name}/status`)).json()) as {
      tasks?: readonly { trace?: string }[]
    }
    return status.tasks?.[0]?.trace
  }

  async delete(name: string): Promise<void> {
    await fetch(`${this.#connect.workers[0]!.url}/connectors/${name}`, { method: 'DELETE' })
  }

  /** The first `count` records of all topics whose names begin so. */
  async read(prefix: string, count: number, ms = 60_000): Promise<readonly PeerRecord[]> {
    return (await this.messages(prefix, count, ms)).map(received)
  }

  /** The same as they came. */
  async messages(prefix: string, count: number, ms = 60_000): Promise<readonly Message[]> {
    const kafka = new Kafka({ brokers: this.#bootstrap.split(','), logLevel: logLevel.NOTHING })
    // A consumer knows no topics that are made later.
    await this.#has(kafka, prefix, count, ms)
    const found: Message[] = []
    const consumer = kafka.consumer({ groupId: `peer-${Math.random()}`, metadataMaxAge: 500 })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [new RegExp(`^${prefix.replaceAll('.', '\\.')}`)], fromBeginning: true })
      await consumer.run({
        eachMessage: async ({ topic, partition, message }) => {
          found.push({ topic, partition, message })
        },
      })
      await until(
        () => `${count} records of ${prefix} to be read (${found.length} so far)`,
        ms,
        async () => found.length >= count,
      )
      return found
    } finally {
      await consumer.disconnect()
    }
  }

  async #has(kafka: Kafka, prefix: string, count: number, ms: number): Promise<void> {
    const admin = kafka.admin()
    await admin.connect()
    let written = 0
    try {
      await until(
        () => `${count} records of ${prefix} from Debezium (${written} so far)`,
        ms,
        async () => {
          const topics = (await admin.listTopics()).filter(topic => topic.startsWith(prefix))
          // One that is about to be made has no leader yet.
          const ends = await Promise.all(topics.map(topic => admin.fetchTopicOffsets(topic).catch(() => [])))
          written = ends.flat().reduce((sum, { offset }) => sum + Number(offset), 0)
          return written >= count
        },
      )
    } finally {
      await admin.disconnect()
    }
  }
}

/** Waits until Debezium has written as many records of each topic as ours has made. */
export async function peerHas(peer: DebeziumPeer, records: readonly { readonly topic: string }[]): Promise<void> {
  for (const topic of new Set(records.map(one => one.topic))) {
    const wanted = records.filter(one => one.topic === topic).length
    await until(
      () => `${wanted} records of ${topic} from Debezium`,
      20_000,
      async () => (await peer.count(topic)) >= wanted,
    )
  }
}

export function received({ topic, message }: Message): PeerRecord {
  const headers = Object.entries(message.headers ?? {}).map(([key, of]) => [key, String(of)] as const)
  return { topic, key: parsed(message.key), value: parsed(message.value), headers }
}

/** A record of ours as JsonConverter writes it. */
export function asPeer({ topic, key, keySchema, value, valueSchema, headers = [] }: SourceRecord): PeerRecord {
  const text = (schema: typeof keySchema, of: typeof key): Buffer | null =>
    schema === undefined && (of === null || of === undefined) ? null : Buffer.from(envelopeText(schema, of))
  return {
    topic,
    key: parsed(text(keySchema, key)),
    value: parsed(text(valueSchema, value)),
    headers: headers.map(({ key, value, schema }) => [
      key,
      typeof value === 'string'
        ? value
        : JSON.stringify((JSON.parse(envelopeText(schema, value)) as { payload: unknown }).payload),
    ]),
  }
}

function parsed(bytes: Buffer | null): unknown {
  if (bytes === null) return null
  return JSON.parse(bytes.toString('utf8').replace(/([:[,])(-?\d{16,})(?=[,\]}])/g, '$1"$2"')) as unknown
}

/** What differs from run to run: times of the connectors, and where and when a snapshot was taken. */
export function masked(record: PeerRecord): PeerRecord {
  const copy = structuredClone(record) as { value: { payload?: unknown } | null } & PeerRecord
  const payload = copy.value?.payload
  if (isMembers(payload)) {
    for (const name of ['ts_ms', 'ts_us', 'ts_ns']) if (name in payload) payload[name] = '<time>'
    // Debezium's has the position of each change, which is no transaction's.
    const transaction = payload['transaction'] as Record<string, unknown> | null | undefined
    if (transaction) transaction['id'] = String(transaction['id']).replace(/:.*/, '')
    const source = payload['source'] as Record<string, unknown> | undefined
    if (source) {
      source['sequence'] = '<positions>'
      if (source['snapshot'] !== 'false')
        for (const name of ['ts_ms', 'ts_us', 'ts_ns', 'txId', 'lsn', 'pos', 'file', 'gtid'])
          if (name in source) source[name] = '<position>'
    }
  }
  const text = JSON.stringify(copy)
  if (copy.topic.endsWith('transaction'))
    return JSON.parse(text.replace(/"id":"(\d+):\d+"/g, '"id":"$1"')) as PeerRecord
  const headers = record.headers.map(([key, value]) => [key, key.endsWith('runId') ? '<id>' : value] as const)
  return { ...copy, headers: headers.toSorted(([a], [b]) => (a < b ? -1 : 1)) }
}

function isMembers(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null
}

import type { RawConfig } from '../../core/config/field.js'
import { subset } from '../../core/config/parse.js'
import type { ConfigIssue } from '../../core/error.js'
import { isConnectionKey, readConnection, type SettingsLayer } from './connection-settings.js'
import type { KafkaClientSettings, KafkaSettings } from './connection.js'
import type { ReadFile } from './tls-stores.js'

/** The Kafka clients that a worker's configuration describes. */
export interface WorkerClients {
  /** For the node's own topics. */
  readonly own: KafkaSettings
  /** For the records of connectors, before what each overrides. */
  readonly connectors: KafkaSettings
  /** As text, for connectors that override some of it. */
  readonly inherited: RawConfig
}

export interface ReadWorkerClients {
  /** To be used only where `issues` is empty. */
  readonly clients: WorkerClients
  /** All of them (I10). */
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
}

/** DistributedConfig's default; that of other clients is 30 s. */
const workerDefaults: SettingsLayer = { values: { 'request.timeout.ms': '40000' }, prefix: '' }

/**
 * Reads the clients in Connect's layers (contract §2.6): connectors' producers and consumers get `bootstrap.servers` and
 * what stands under their prefix, and no security setting of the worker itself; their admin clients get those as well.
 */
export function readWorkerClients(raw: RawConfig, readFile?: ReadFile): ReadWorkerClients {
  const all: SettingsLayer = { values: raw, prefix: '' }
  const brokers: SettingsLayer = { values: raw, prefix: '', only: ['bootstrap.servers'] }
  const own = readClient([workerDefaults, all], readFile)
  const admin = readClient([all, { values: raw, prefix: 'admin.' }], readFile)
  const producer = readClient([brokers, { values: raw, prefix: 'producer.' }], readFile)
  const consumer = readClient([brokers, { values: raw, prefix: 'consumer.' }], readFile)
  const issues = [own, admin, producer, consumer].flatMap(client => client.issues)
  return {
    // What two clients inherit is wrong once.
    issues: issues.filter(
      ({ key, message }, at) => at === issues.findIndex(i => i.key === key && i.message === message),
    ),
    warnings: [...idleSecurity(raw), ...notInherited(raw)],
    clients: {
      own: { admin: ownSettings(own), producer: ownSettings(own), consumer: ownSettings(own) },
      connectors: { admin: admin.client, producer: producer.client, consumer: consumer.client },
      inherited: inheritedByConnectors(raw),
    },
  }
}

/** What connectors inherit of a worker's file: what stands under a client's prefix, and of the rest what makes a connection. */
function inheritedByConnectors(worker: RawConfig): RawConfig {
  return Object.fromEntries(
    Object.entries(worker).filter(([key]) => /^(admin|producer|consumer)\./.test(key) || isConnectionKey(key)),
  )
}

export interface ReadClient {
  /** To be used only where `issues` is empty. */
  readonly client: KafkaClientSettings
  readonly issues: readonly ConfigIssue[]
}

/** Where it connects to, and its other settings: those under the last layer's prefix, over those under the earlier ones. */
export function readClient(layers: readonly SettingsLayer[], readFile?: ReadFile): ReadClient {
  const { connection, issues } = readConnection(layers, readFile)
  const settings: Record<string, string> = {}
  for (const { values, prefix } of layers)
    for (const [name, value] of Object.entries(subset(values, prefix)))
      if (prefix !== '' && value !== null && !isReadAlready(name)) settings[name] = value
  return { client: { connection, settings }, issues }
}

/** What is read into the connection is not handed on as text as well: it may hold a password. */
function isReadAlready(name: string): boolean {
  return /^((sasl|ssl|security)\.|(bootstrap\.servers|client\.id)$)/.test(name)
}

/** The worker's own clients take no setting but those of the connection; other unprefixed keys are the worker's. */
const ownSettings = ({ client }: ReadClient): KafkaClientSettings => ({ connection: client.connection, settings: {} })

const protocolOf = (raw: RawConfig, prefix: string): string =>
  (raw[`${prefix}security.protocol`] ?? 'PLAINTEXT').trim().toUpperCase()

/** A password or a trust store for a connection that asks for none is most often a forgotten security.protocol. */
function idleSecurity(raw: RawConfig): readonly ConfigIssue[] {
  return Object.keys(raw).flatMap(key => {
    const [, prefix = '', kind] = /^(|producer\.|consumer\.)(sasl|ssl)\./.exec(key) ?? []
    const protocol = protocolOf(raw, prefix)
    const used = kind === 'sasl' ? protocol.startsWith('SASL_') : protocol.endsWith('SSL')
    if (kind === undefined || used || !isConnectionKey(key.slice(prefix.length))) return []
    return [{ key, message: `It has no effect: ${prefix}security.protocol is ${protocol}.` }]
  })
}

/** The most common surprise of Connect's layers: the worker is up, and no connector can reach the brokers. */
function notInherited(raw: RawConfig): readonly ConfigIssue[] {
  const protocol = protocolOf(raw, '')
  if (protocol === 'PLAINTEXT') return []
  return ['producer.', 'consumer.'].flatMap(prefix => {
    const key = `${prefix}security.protocol`
    if (Object.hasOwn(raw, key)) return []
    return [
      {
        key,
        message: `It is not set, so connectors connect without encryption or log-in: they do not inherit security.protocol=${protocol}.`,
        hint: `Repeat security.protocol, sasl.* and ssl.* with ${prefix} in front.`,
      },
    ]
  })
}

import { readFileSync } from 'node:fs'
import { field, type ConfigField, type ConfigFields, type ConfigOf, type RawConfig } from '../../core/config/field.js'
import { parseFields } from '../../core/config/parse.js'
import type { ConfigIssue } from '../../core/error.js'
import type { ConnectionSettings } from './connection.js'
import { readSasl, saslFields } from './sasl-settings.js'
import { readTls, tlsFields, type ReadFile } from './tls-stores.js'

const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

/** Kafka's CommonClientConfigs, those that are about the connection. Defaults are Kafka's. */
const commonFields = {
  'bootstrap.servers': field.list({
    doc: 'host:port of some brokers; the others are found through them.',
    importance: 'high',
    check: addresses =>
      addresses.length === 0
        ? 'At least one address is expected'
        : addresses.map(addressProblem).find(problem => problem !== undefined),
  }),
  'client.id': field.string({ doc: 'How the brokers name this client in their logs and quotas.', default: '' }),
  'security.protocol': field.string({
    doc: 'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.',
    default: 'PLAINTEXT',
    check: text =>
      securityProtocols.includes(text.toUpperCase())
        ? undefined
        : `String must be one of (case insensitive): ${securityProtocols.join(', ')}`,
  }),
  'socket.connection.setup.timeout.ms': milliseconds('Until a connection is made and encrypted.', 10_000),
  'request.timeout.ms': milliseconds('Until a broker answers.', 30_000),
  'retry.backoff.ms': milliseconds('Between tries that failed, at first.', 100),
  'retry.backoff.max.ms': milliseconds('Between tries that failed, at most.', 1_000),
} as const satisfies ConfigFields

function milliseconds(doc: string, value: number) {
  return field.long({ doc: `${doc} Milliseconds.`, default: value, min: 0, importance: 'low' })
}

const connectionFields = { ...commonFields, ...saslFields, ...tlsFields } as const satisfies ConfigFields
type ConnectionValues = ConfigOf<typeof connectionFields>

/** Some of a client's settings, as they stand in a file under `prefix`. */
export interface SettingsLayer {
  readonly values: RawConfig
  /** `''`, `producer.`, `producer.override.`, … */
  readonly prefix: string
  /** The names that this layer may give. Default: all. */
  readonly only?: readonly string[]
}

export interface ReadConnection {
  /** To be used only where `issues` is empty. */
  readonly connection: ConnectionSettings
  /** All of them, each under the key that holds the wrong value (I10); no secret is in any (I8). */
  readonly issues: readonly ConfigIssue[]
}

/**
 * The connection that a client's settings describe, in Kafka's own keys. Of the layers a later one wins, key by key; what
 * is missing is asked for in the first that may give it.
 */
export function readConnection(layers: readonly SettingsLayer[], readFile: ReadFile = readFileSync): ReadConnection {
  const { values, issues: parsed } = parseLayers(layers)
  const keyOf = (name: string): string => holderOf(layers, name).prefix + name
  const issues = [...parsed]
  const add = (found: readonly ConfigIssue[]): void =>
    void issues.push(...found.map(issue => ({ ...issue, key: keyOf(issue.key) })))
  const protocol = (values['security.protocol'] ?? '').toUpperCase()
  const sasl = protocol.startsWith('SASL_') ? readSasl(values) : undefined
  const tls = protocol.endsWith('SSL') ? readTls(values, readFile) : undefined
  add(sasl?.issues ?? [])
  add(tls?.issues ?? [])
  if (sasl || tls) add(javaClasses(layers))
  return {
    issues,
    connection: {
      brokers: (values['bootstrap.servers'] ?? []).map(address => address.replace(/^[a-z_]+:\/\//i, '')),
      clientId: values['client.id'] || 'millrace',
      ...(tls && { ssl: tls.ssl }),
      ...(sasl?.sasl && { sasl: sasl.sasl }),
      timeouts: {
        connectMs: values['socket.connection.setup.timeout.ms'],
        requestMs: values['request.timeout.ms'],
        retryBackoffMs: values['retry.backoff.ms'],
        retryBackoffMaxMs: values['retry.backoff.max.ms'],
      },
    },
  }
}

/** The last layer that has the key; where none has, the first that may. */
function holderOf(layers: readonly SettingsLayer[], name: string): SettingsLayer {
  const able = layers.filter(({ only }) => only === undefined || only.includes(name))
  return able.findLast(({ values, prefix }) => Object.hasOwn(values, prefix + name)) ?? able[0]!
}

/** Each field is read from the layer that holds it, so that what is wrong is told under the key that the file has. */
function parseLayers(layers: readonly SettingsLayer[]): ReturnType<typeof parseFields<typeof connectionFields>> {
  const values: Record<string, unknown> = {}
  const issues: ConfigIssue[] = []
  for (const [name, declared] of Object.entries<ConfigField>(connectionFields)) {
    const { values: raw, prefix } = holderOf(layers, name)
    const found = parseFields({ [name]: declared }, raw, prefix)
    Object.assign(values, found.values)
    issues.push(...found.issues)
  }
  return { values: values as ConnectionValues, issues }
}

/** Settings that name a Java class which would log in or encrypt. */
const classes =
  /^(sasl\.(login\.class|(client|login)\.callback\.handler\.class)|ssl\.engine\.factory\.class|security\.providers)$/

/** Whether the connection depends on this setting, named without prefix. */
export function isConnectionKey(name: string): boolean {
  return Object.hasOwn(connectionFields, name) || classes.test(name)
}

function javaClasses(layers: readonly SettingsLayer[]): readonly ConfigIssue[] {
  const names = layers.flatMap(({ values, prefix }) =>
    Object.entries(values).flatMap(([key, value]) =>
      key.startsWith(prefix) && classes.test(key.slice(prefix.length)) && value?.trim() ? key.slice(prefix.length) : [],
    ),
  )
  return [...new Set(names)].map(key => ({
    key,
    message: 'It names a Java class that would log in or encrypt, and there is no JVM here.',
    hint: 'Remove the key, and use PLAIN, SCRAM or certificates.',
  }))
}

/** As Kafka's ClientUtils: `host:port`, `[v6]:port`, with a protocol in front or without. */
function addressProblem(address: string): string | undefined {
  const found = /^(?:[a-z_]+:\/\/)?(?:\[[0-9a-f:.%]+\]|[^:/\s[\]]+):(\d{1,5})$/i.exec(address)
  if (found === null) return `"${address}" is not of the form host:port`
  const port = Number(found[1])
  return port >= 1 && port <= 65_535 ? undefined : `"${address}": a port is a number from 1 to 65535`
}

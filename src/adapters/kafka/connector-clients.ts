import type { RawConfig } from '../../core/config/field.js'
import type { ConfigIssue } from '../../core/error.js'
import { apiTimeoutMs, consumerOptions, producerOptions } from './client-options.js'
import type { SettingsLayer } from './connection-settings.js'
import type { KafkaClientSettings, KafkaSettings } from './connection.js'
import { readClient, type ReadClient } from './worker-clients.js'

/** The clients of one connector, where its settings make them others than the worker's. */
export interface ConnectorClients {
  /** For its records. Absent where the worker's serve. */
  readonly records?: KafkaSettings
  /** For a sink's dead letters. Absent where those for its records serve. */
  readonly letters?: KafkaSettings
  /** Whether its records are on other brokers than those that the worker's clients reach. */
  readonly otherBrokers: boolean
  /** What is wrong with its settings, under the keys that hold it; the clients are to be used only where that is nothing. */
  readonly issues: readonly ConfigIssue[]
}

type Name = keyof KafkaSettings
const names: readonly Name[] = ['admin', 'producer', 'consumer']

/**
 * Reads `producer.override.*` and its like over what is inherited, in Connect's layers. What belongs together is done on the
 * same brokers: topics and offsets of a source where its records go, topics and groups of a sink where its records come
 * from, also where only one of the clients is told of other brokers (Connect then makes the topics elsewhere).
 */
export function readConnectorClients(
  inherited: RawConfig,
  config: RawConfig,
  kind: 'source' | 'sink',
): ConnectorClients {
  if (!Object.keys(config).some(key => /^(admin|producer|consumer)\.override\./.test(key)))
    return { otherBrokers: false, issues: [] }
  const lead = kind === 'source' ? 'producer' : 'consumer'
  const [own, workers] = [new Clients(inherited, config), new Clients(inherited, {})]
  const brokers = own.brokers(lead)
  const otherBrokers = brokers !== undefined && brokers !== workers.brokers(lead)
  const letterBrokers = kind === 'sink' ? own.brokers('producer') : undefined
  const hasLetters = letterBrokers !== undefined && letterBrokers !== brokers
  // With dead letters elsewhere nothing is written here.
  const used = hasLetters ? names.filter(name => name !== 'producer') : names
  const isOwn =
    otherBrokers || used.some(name => own.key(own.serving(name, lead)) !== workers.key(workers.serving(name, lead)))
  return {
    ...(brokers !== undefined && isOwn && { records: own.all(lead) }),
    ...(hasLetters && { letters: own.all('producer') }),
    otherBrokers,
    issues: own.issues(hasLetters ? [lead, 'producer'] : [lead]),
  }
}

class Clients {
  readonly #layers: Readonly<Record<Name, readonly SettingsLayer[]>>
  readonly #read = new Map<Name, ReadClient>()

  constructor(inherited: RawConfig, config: RawConfig) {
    const of = (name: Name): readonly SettingsLayer[] => [
      { values: inherited, prefix: '', ...(name !== 'admin' && { only: ['bootstrap.servers'] }) },
      { values: inherited, prefix: `${name}.` },
      { values: config, prefix: `${name}.override.` },
    ]
    this.#layers = { admin: of('admin'), producer: of('producer'), consumer: of('consumer') }
  }

  /** As one text, whatever their order; undefined where none are named. */
  brokers(name: Name): string | undefined {
    const layer = this.#layers[name].findLast(({ values, prefix }) =>
      Object.hasOwn(values, `${prefix}bootstrap.servers`),
    )
    const text = layer?.values[`${layer.prefix}bootstrap.servers`]
    return text
      ?.split(',')
      .map(address => address.trim())
      .toSorted()
      .join()
  }

  /** Itself where it reaches the same brokers as `lead`, else that. */
  serving(name: Name, lead: Name): Name {
    return this.brokers(name) === this.brokers(lead) ? name : lead
  }

  /** All three, on the brokers of `lead`. */
  all(lead: Name): KafkaSettings {
    const of = (name: Name): KafkaClientSettings => this.#of(this.serving(name, lead)).client
    return { admin: of('admin'), producer: of('producer'), consumer: of('consumer') }
  }

  issues(leads: readonly Name[]): readonly ConfigIssue[] {
    const used = new Set(leads.flatMap(lead => names.map(name => this.serving(name, lead))))
    return [...used]
      .filter(name => this.brokers(name) !== undefined)
      .flatMap(name => this.#of(name).issues.map(issue => ({ ...issue, key: this.#keyOf(name, issue.key) })))
  }

  /** Tells apart what the adapter does otherwise. */
  key(name: Name): string {
    if (this.brokers(name) === undefined) return ''
    const { client } = this.#of(name)
    const connection = { ...client.connection, brokers: this.brokers(name) }
    return JSON.stringify([connection, producerOptions(client), consumerOptions(client), apiTimeoutMs(client)])
  }

  /** What is missing is asked for in the connector: in the worker's file it would be for all of them. */
  #keyOf(name: Name, key: string): string {
    if (this.#layers[name].some(({ values }) => Object.hasOwn(values, key))) return key
    return key.startsWith(`${name}.override.`) ? key : `${name}.override.${key.replace(`${name}.`, '')}`
  }

  #of(name: Name): ReadClient {
    const read = this.#read.get(name) ?? readClient(this.#layers[name])
    this.#read.set(name, read)
    return read
  }
}

import type { ConnectorLogs, ThreadEnvironment } from '../actors/thread/environment.js'
import type * as Connectors from './adapters/kafka/connector-clients.js'
import type * as Kafka from './adapters/kafka/index.js'
import type { KafkaDependencies, KafkaSettings } from './adapters/kafka/index.js'
import type { RawConfig } from './core/config/field.js'
import { ConfigError, type ConfigIssue } from './core/error.js'
import { Lending, type Loan } from './core/lending.js'
import { permitted } from './pipeline/assemble/client-overrides.js'
import type { OverridePolicy } from './pipeline/assemble/worker-defaults.js'
import type { LogClient } from './ports/log.js'

interface Parts extends KafkaDependencies {
  /** What connectors' clients have of the worker's file. */
  readonly inherited: RawConfig
  readonly policy: OverridePolicy
  readonly hasPeers: boolean
}

/** Only for connectors that override something: a node without Kafka loads none of it. */
const load = (): Promise<typeof Connectors & typeof Kafka> =>
  Promise.all([import('./adapters/kafka/connector-clients.js'), import('./adapters/kafka/index.js')]).then(
    ([connectors, kafka]) => ({ ...connectors, ...kafka }),
  )

/**
 * The clients of connectors whose `*.override.*` make them others than the worker's: connectors with the same settings share
 * them, and they are closed when nobody has them any more.
 */
export function connectorLogs({
  inherited,
  policy,
  hasPeers,
  ...dependencies
}: Parts): Pick<ThreadEnvironment, 'connectorLogs' | 'clientIssues'> {
  const lending = new Lending<LogClient>(client => client.close().catch(() => undefined))
  const overrides = (config: RawConfig): RawConfig => permitted(config, policy)
  const isPlain = (config: RawConfig): boolean => !Object.keys(config).some(key => key.includes('.override.'))
  return {
    async connectorLogs(config, kind) {
      if (isPlain(config)) return undefined
      const { readConnectorClients, connectKafka } = await load()
      const { records, letters, otherBrokers, issues } = readConnectorClients(inherited, overrides(config), kind)
      if (issues.length > 0) throw new ConfigError(issues)
      if (records === undefined && letters === undefined) return undefined
      const borrow = (settings: KafkaSettings): Promise<Loan<LogClient>> =>
        lending.borrow(JSON.stringify(settings), async () => connectKafka(settings, dependencies))
      const [log, forLetters] = [records && (await borrow(records)), letters && (await borrow(letters))]
      const value: ConnectorLogs = {
        ...(log && { log: log.value }),
        ...(forLetters && { letters: forLetters.value }),
        otherBrokers,
      }
      return { value, giveBack: async () => void (await Promise.all([log?.giveBack(), forLetters?.giveBack()])) }
    },
    async clientIssues(config, kind): Promise<readonly ConfigIssue[]> {
      if (isPlain(config)) return []
      const { readConnectorClients } = await load()
      const { issues, otherBrokers } = readConnectorClients(inherited, overrides(config), kind)
      const all = [...issues, ...(kind === 'source' && otherBrokers && !hasPeers ? notOnce(config) : [])]
      // What two clients have is wrong once.
      return all.filter(({ key, message }, at) => at === all.findIndex(i => i.key === key && i.message === message))
    },
  }
}

/** Alone, a node keeps all offsets itself: with records on brokers they cannot be one transaction. */
function notOnce(config: RawConfig): readonly ConfigIssue[] {
  if (config['exactly.once.support']?.trim().toUpperCase() !== 'REQUIRED') return []
  const message =
    'The records go to other brokers, and a node without peers keeps the offsets itself, so they are not exactly once.'
  return [{ key: 'exactly.once.support', message }]
}

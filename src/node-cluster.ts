import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { clusterCoordinator } from '../actors/cluster/coordinator.js'
import { CoordinationTopic } from '../actors/cluster/coordination-topic.js'
import type { EngineServices } from '../actors/engine.js'
import type { StateTopics } from '../actors/stores.js'
import { fenceId } from '../actors/fence-id.js'
import { hasOwnClients, type CallInit } from '../actors/thread/messages.js'
import type { ActorFactory } from './actor/behavior.js'
import { connectKafka, type KafkaSettings } from './adapters/kafka/index.js'
import { nodeClock } from './adapters/node/clock.js'
import { writeLease, type SharedLease } from './adapters/node/shared-lease.js'
import type { RawConfig } from './core/config/field.js'
import type { MillraceError } from './core/error.js'
import { findPlugin } from './core/plugin-catalogue.js'
import { coordinationTopicOf } from './core/topic.js'
import type { Logger } from './ports/logger.js'
import { version } from './version.js'

/** How long what only a task thread can do may take; below the time that a request waits. */
const callMs = 25_000

/** How a node takes part in a cluster. Times in milliseconds. */
export interface ClusterOptions {
  /** `group.id`: names the cluster, and its coordination topic `__millrace-<group.id>`. */
  readonly group: string
  /** `node.name`; default `<hostname>:<port>`. No two live nodes of a cluster may have one name. */
  readonly node?: string
  /** `cluster.expected.nodes`: fewer raise an alert. Default: those that were seen and did not leave in order. */
  readonly expectedNodes?: number
  readonly timers: { readonly ttl?: number; readonly heartbeat: number }
  /** The most that the tasks of a node wait for it when it said that it would be back. */
  readonly holdMaxMs: number
  readonly protocol: 'cooperative' | 'eager'
  /** `config.storage.topic` and its like. */
  readonly topics: StateTopics
}

/** The coordinator of a node with peers, for the engine. */
export function clusterPart(parts: {
  readonly options: ClusterOptions
  readonly kafka: KafkaSettings
  /** `host:port` of the REST API, as peers reach it. */
  readonly address: string
  /** `exactly.once.source.support` is enabled. */
  readonly exactlyOnce: boolean
  readonly gracefulMs: number
  readonly lease: SharedLease
  readonly logger: Logger
  readonly onLogLevel: (logger: string, level: string) => void
  readonly onExit: (reason: MillraceError) => void
}): (services: EngineServices) => ActorFactory<never> {
  const { options, kafka, address, exactlyOnce, lease, logger, onLogLevel, onExit } = parts
  const { group, topics, timers, holdMaxMs, protocol } = options
  const own = logger.child({ component: 'cluster' })
  return services => {
    const factory = clusterCoordinator({
      identity: {
        node: options.node ?? `${hostname()}:${address.split(':').at(-1)}`,
        url: `http://${address}/`,
        release: version,
        fingerprint: [group, topics.config.name, topics.offset.name, topics.status.name].join(' '),
        entropy: randomBytes(6).toString('hex'),
        timers,
        maxHold: holdMaxMs,
        protocol,
      },
      group,
      ...(options.expectedNodes !== undefined && { expectedNodes: options.expectedNodes }),
      openTopic: () => {
        // A client of its own: a beat must not queue behind what anybody else has under way.
        const log = connectKafka(kafka, { clock: nodeClock, logger: own })
        const topic = new CoordinationTopic({
          log,
          topic: coordinationTopicOf(group),
          replicationFactor: topics.config.replicationFactor ?? -1,
          clock: nodeClock,
          logger: own,
        })
        return { topic, log, close: () => log.close() }
      },
      stores: services.stores,
      provided: services.coordinator,
      clock: nodeClock,
      logger: own,
      gracefulMs: parts.gracefulMs,
      isExactlyOnce: config => exactlyOnce && isSource(services, config),
      warmThreads: () => services.threads.get().hosting.warm(),
      fenceId: async (connector, task) => {
        const transactionalId = `${group}-${connector}-${task}`
        const config = services.stores.get().configs.view.connector(connector)?.config
        if (config !== undefined && hasOwnClients(config, ['producer', 'admin']))
          await inThread(services, connector, { kind: 'fence-transactional-id', config, transactionalId })
        else await fenceId(services.log.get().records, transactionalId)
      },
      writeOwnOffsets: change => inThread(services, change.connector, { kind: 'write-source-offsets', ...change }),
      setLease: deadline => writeLease(lease, deadline),
      onLogLevel,
      onExit,
    })
    return factory as ActorFactory<never>
  }
}

/** Where the connector's settings have their values. */
function inThread(services: EngineServices, connector: string, init: CallInit): Promise<void> {
  return services.threads.get().hosting.run<void>({ name: `connector ${connector}`, init, deadlineMs: callMs })
}

function isSource(services: EngineServices, config: RawConfig): boolean {
  const found = findPlugin(services.threads.get().catalogue, 'connector', config['connector.class'] ?? '')
  return found.match === 'one' && found.plugin.kind === 'source'
}

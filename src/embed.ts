/** `millrace`: runs a node inside a program. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineServices } from '../actors/engine.js'
import { herder as createHerder } from '../actors/herder.js'
import { inspector as createInspector } from '../actors/inspector.js'
import { nodeSupervisor } from '../actors/node-supervisor.js'
import type { StateTopics } from '../actors/stores.js'
import type { ActorSnapshot } from './actor/snapshot.js'
import { defaultLimits, threadMemoryMax } from './actor/hosting/index.js'
import { createActorSystem } from './actor/index.js'
import { nodeClock } from './adapters/node/clock.js'
import { logLevels } from './adapters/node/log-levels.js'
import { createLogger } from './adapters/node/logger.js'
import { machineMemoryBytes } from './adapters/node/machine-memory.js'
import { readKnownPlugins } from './adapters/node/known-plugins.js'
import { discoverPlugins, pluginFolders } from './adapters/node/plugin-discovery.js'
import { pluginsOnPath } from './adapters/node/plugin-path.js'
import { processFigures } from './adapters/node/process-figures.js'
import { nodeRandom } from './adapters/node/random.js'
import { createSharedLease } from './adapters/node/shared-lease.js'
import { createSharedLevels } from './adapters/node/shared-levels.js'
import { hiding } from './core/config/hidden.js'
import { ConfigError, errorMessage, type MillraceError } from './core/error.js'
import type { NodeSummary } from './core/api/node.js'
import type { PluginModule, PluginPlaces } from './core/plugin-catalogue.js'
import { overEmbedded } from './embedded-worker.js'
import { importOffsets } from './import-offsets.js'
import { firstFailure, logEvent } from './node-events.js'
import { advertisedAddress, peerAddress } from './node-address.js'
import type { NodeOptions } from './node-options.js'
import { nodeRest, openHosts } from './node-rest.js'
import { openNodeLogs, type NodeLogsOptions } from './node-logs.js'
import { openDescriber, openTaskThreads } from './node-threads.js'
import { workerDefaults } from './pipeline/assemble/worker-defaults.js'
import type { Herder } from './ports/herder.js'
import type { Inspector } from './ports/inspector.js'
import type { Logger } from './ports/logger.js'
import { redactingLogger } from './ports/redacting-logger.js'
import type { LogLevels } from './ports/log-levels.js'
import { contractVersion, version } from './version.js'

/** How a node ended: by being told to, or by a failure it could not mend. */
export interface NodeEnd {
  readonly failure?: unknown
}

export interface Node {
  readonly version: string
  /** Of the REST API, where it listens. */
  readonly url: string | undefined
  /** Of the administration endpoints, where they listen apart. */
  readonly adminUrl: string | undefined
  /** Of the REST API, where it is for reading only. */
  readonly readonlyUrl: string | undefined
  /** Whether nothing was ever configured in this data directory before. */
  readonly isNew: boolean
  /** The packages that plugins were found in. */
  readonly plugins: readonly string[]
  readonly herder: Herder
  readonly inspector: Inspector
  /** Undefined while the part that knows restarts, or has stopped. */
  summary(): NodeSummary | undefined
  /** The supervision tree as it stands now. */
  actors(): readonly ActorSnapshot[]
  /** Drains, commits and ends, within the graceful time (I9). */
  stop(): Promise<NodeEnd>
  /** Resolves when the node has ended, however that came. */
  readonly ended: Promise<NodeEnd>
}

/** `task.shutdown.graceful.timeout.ms`, Connect's default. */
const defaultGracefulMs = 5_000
/** What all levels together may take on top of that. */
const stopMarginMs = 15_000

const localTopics: StateTopics = {
  config: { name: 'connect-configs' },
  offset: { name: 'connect-offsets', partitions: 1 },
  status: { name: 'connect-status', partitions: 1 },
}

/**
 * Starts a node and resolves when it is up. Fails with `config.invalid`, and with the first failure
 * of any part while starting: `log.locked`, `log.directory_corrupt`, `log.directory_unwritable`, `rest.port_in_use`, …
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { worker = {}, kafka, cluster, providers = [], hidden = [] } = options
  const { defaults, issues } = workerDefaults(kafka === undefined ? overEmbedded(worker) : worker)
  if (issues.length > 0) throw new ConfigError(issues)
  const logTo = options.log ?? 2
  const sharedLevels = createSharedLevels()
  const logger = redactingLogger(createLogger(logTo, sharedLevels), hiding(hidden))
  const pluginPath = (worker['plugin.path'] ?? '')
    .split(',')
    .map(entry => entry.trim())
    .filter(Boolean)
  const places = await findPlugins(options.plugins ?? [], pluginPath)
  const services = new EngineServices()
  const server = { version: contractVersion, commit: version, kafka_cluster_id: 'embedded' }
  const topics = cluster?.topics ?? localTopics
  const herder = createHerder(services, server, defaults, cluster === undefined ? 'standalone' : 'distributed')
  const levels = logLevels({
    shared: sharedLevels,
    clock: nodeClock,
    work: herder,
    ...(cluster && {
      spread: async (name, level) =>
        void (await services.coordinator.get().request({ type: 'set-log-level', name, level })),
    }),
  })
  let url: string | undefined
  let adminUrl: string | undefined
  let readonlyUrl: string | undefined
  const listeners = options.listen === undefined ? [] : [options.listen].flat()
  const workerId = (): string =>
    cluster === undefined
      ? advertisedAddress(url, options.advertised ?? {})
      : peerAddress(listeners, options.advertised)
  const gracefulMs = options.gracefulMs ?? defaultGracefulMs
  const nodeStopMs = gracefulMs + stopMarginMs

  const starting = firstFailure()
  const system = createActorSystem({
    clock: nodeClock,
    random: nodeRandom,
    listener: event => {
      starting.hear(event)
      logEvent(event, logger)
    },
  })
  const inspector = createInspector({
    services,
    clock: nodeClock,
    server,
    workerId,
    actors: () => system.snapshot(),
    process: processFigures,
    openHosts: openHosts(options),
    worker: defaults,
  })
  const { threads = availableParallelism() } = options
  const limits = { threadMemoryMaxBytes: threadMemoryMax(machineMemoryBytes(), threads), ...options.limits }
  const resolveKit = pluginPath.length > 0
  const peers = cluster && { lease: createSharedLease(), ...(await import('./node-cluster.js')) }
  let leftFor: MillraceError | undefined
  system.spawn({
    id: 'node',
    restart: 'temporary',
    shutdown: { stopMs: nodeStopMs },
    start: nodeSupervisor({
      engine: {
        services,
        clock: nodeClock,
        logger,
        gracefulMs,
        stopMs: nodeStopMs,
        topics,
        exactlyOnce: defaults.exactlyOnce,
        workerId,
        open: async () => {
          const logs = await openNodeLogs(logsOf(options), logger.child({ component: 'log' }))
          try {
            server.kafka_cluster_id = await logs.clusterId()
            if (options.importOffsets) await importOffsets(options.importOffsets, logs.state, topics.offset, logger)
          } catch (error) {
            await logs.close()
            throw error
          }
          return logs
        },
        ...(peers && {
          cluster: peers.clusterPart({
            options: cluster,
            kafka: kafka.own,
            address: workerId(),
            exactlyOnce: defaults.exactlyOnce,
            lease: peers.lease,
            gracefulMs,
            logger,
            onLogLevel: (name, level) => followLevel(levels, name, level, logger),
            onExit: reason => {
              leftFor = reason
              void system.stop()
            },
          }),
        }),
        places,
        // Longer than a loop may stand, so that a module that holds the loop is told apart from one that waits.
        describeMs: 2 * (options.limits?.hangTimeoutMs ?? defaultLimits.hangTimeoutMs),
        openDescriber: () => openDescriber({ logger, limits, setup: { resolveKit } }),
        openHosting: (logs, catalogue) =>
          openTaskThreads({
            logs,
            logger,
            threads,
            limits,
            setup: {
              worker: defaults,
              providers,
              hidden,
              resolveKit,
              offsetTopic: topics.offset,
              inherited: kafka?.inherited ?? {},
              logTo,
              levels: sharedLevels,
              ...(peers && { lease: peers.lease }),
              catalogue,
            },
          }),
      },
      ...(listeners.length > 0 && {
        api: nodeRest(
          options,
          { herder, inspector, levels, logger, hasPeers: peers !== undefined },
          at => ({ url, adminUrl, readonlyUrl } = at),
        ),
      }),
    }),
  })
  try {
    await Promise.race([system.started(), starting.failure])
  } catch (error) {
    await system.stop()
    throw error
  }
  starting.over()
  logger.log('info', 'The node is up', {
    version,
    node: process.version,
    url,
    adminUrl,
    readonlyUrl,
    plugins: places.modules.length,
  })

  const end = (outcome: { readonly reason: { readonly kind: string; readonly error?: unknown } }): NodeEnd => {
    if (leftFor !== undefined) return { failure: leftFor }
    return outcome.reason.kind === 'failed' ? { failure: outcome.reason.error } : {}
  }
  return {
    version,
    url,
    adminUrl,
    readonlyUrl,
    isNew: services.stores.get().configs.view.offset < 0,
    plugins: places.modules.map(module => module.package),
    herder,
    inspector,
    summary: () => summaryOf(services),
    actors: () => system.snapshot(),
    stop: async () => end(await system.stop()),
    ended: system.ended.then(end),
  }
}

/** What another release, or Kafka Connect, has written may be no level here. */
function followLevel(levels: LogLevels, name: string, level: string, logger: Logger): void {
  try {
    levels.set(name, level)
  } catch (error) {
    logger.log('warn', 'A level for the whole cluster cannot be set here', { name, level, error: errorMessage(error) })
  }
}

/** Of two packages of the same name the first counts: Millrace's own and those beside it before `plugin.path`. */
async function findPlugins(extra: readonly URL[], pluginPath: readonly string[]): Promise<PluginPlaces> {
  const found = await discoverPlugins(pluginFolders(fileURLToPath(new URL('../..', import.meta.url))))
  const onPath = await pluginsOnPath(pluginPath)
  const given = extra.map(url => ({ package: url.href, version: '0.0.0', url: url.href }))
  const modules = new Map<string, PluginModule>()
  for (const module of [...found, ...onPath.modules, ...given])
    if (!modules.has(module.package)) modules.set(module.package, module)
  const known = await readKnownPlugins([...modules.values()], version)
  return { modules: [...modules.values()], failures: onPath.failures, known }
}

function logsOf({ dataDirectory, kafka, cluster }: NodeOptions): NodeLogsOptions {
  if (cluster !== undefined) return { kind: 'kafka', own: kafka.own, records: kafka.connectors }
  const directory = join(dataDirectory, 'log')
  return kafka === undefined ? { kind: 'embedded', directory } : { kind: 'mixed', directory, records: kafka.connectors }
}

function summaryOf(services: EngineServices): NodeSummary | undefined {
  if (!services.stores.isProvided || !services.running.isProvided) return undefined
  const { configs, statuses } = services.stores.get()
  const { figures, journal } = services.running.get()
  const names = configs.view.connectors()
  const tasks = { running: 0, failed: 0, other: 0 }
  for (const name of names) {
    for (const { state } of statuses.view.tasks(name).values()) {
      if (state === 'RUNNING') tasks.running++
      else if (state === 'FAILED') tasks.failed++
      else tasks.other++
    }
  }
  return { connectors: names.length, tasks, restarts: journal.restarts, records: figures.records }
}

export type { ListenerTls } from './core/api/listener-tls.js'
export type { HttpSettings } from './core/api/http-settings.js'
export type { Role, User, UserPassword } from './core/api/users.js'
export type { Herder } from './ports/herder.js'
export type { Inspector } from './ports/inspector.js'
export type { NodeSummary } from './core/api/node.js'
export type { ClusterNode, CommonOptions, Listen, NodeAlone, NodeOptions } from './node-options.js'

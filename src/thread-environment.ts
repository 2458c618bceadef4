import type { ThreadEnvironment } from '../actors/thread/environment.js'
import { connectorLogs } from './connector-logs.js'
import { nodeClock } from './adapters/node/clock.js'
import { configProviders } from './adapters/node/config-providers.js'
import { createLogger } from './adapters/node/logger.js'
import { resolveKit } from './adapters/node/resolve-kit.js'
import { createPluginLoader } from './adapters/node/plugin-loader.js'
import { nodeRandom } from './adapters/node/random.js'
import { readSharedLease, type SharedLease } from './adapters/node/shared-lease.js'
import type { SharedLevels } from './adapters/node/shared-levels.js'
import type { RawConfig } from './core/config/field.js'
import { hiding, type HiddenValue } from './core/config/hidden.js'
import type { ProviderSettings } from './core/config/provider-settings.js'
import { Lending } from './core/lending.js'
import type { PluginCatalogue } from './core/plugin-catalogue.js'
import { accessLogs, type LogAccess } from './node-logs.js'
import type { WorkerDefaults } from './pipeline/assemble/worker-defaults.js'
import { alwaysHeld } from './ports/lease.js'
import type { LogClient } from './ports/log.js'
import type { Logger } from './ports/logger.js'
import { redactingLogger } from './ports/redacting-logger.js'
import type { InternalTopic } from './stores/internal-topic.js'
import { OffsetStore } from './stores/offset-store.js'
import { keepRepaired } from './stores/stale-repair.js'

/** What a task thread is given when it starts. */
export interface ThreadSetup {
  readonly logs: LogAccess
  readonly worker: WorkerDefaults
  readonly catalogue: PluginCatalogue
  readonly providers: readonly ProviderSettings[]
  /** What is secret in `worker`. */
  readonly hidden: readonly HiddenValue[]
  /** Whether there are plugins in folders from where `millrace/plugin` is not found. */
  readonly resolveKit: boolean
  readonly offsetTopic: InternalTopic
  /** What connectors' clients have of the worker's file. */
  readonly inherited: RawConfig
  /** A file, or a file descriptor. */
  readonly logTo: string | number
  readonly levels: SharedLevels
  /** Of a node with peers. */
  readonly lease?: SharedLease
}

/** Wires a task thread: one client for each log and one offset store for all that it hosts. */
export async function openThread(setup: ThreadSetup): Promise<ThreadEnvironment> {
  const logger = redactingLogger(createLogger(setup.logTo, setup.levels), hiding(setup.hidden))
  const { records: log, state } = await accessLogs(setup.logs, logger.child({ component: 'log' }))
  // Offsets that went with records of a transaction that was undone are none.
  const isolation = setup.worker.exactlyOnce ? 'read_committed' : 'read_uncommitted'
  const openOffsets = async (on: LogClient, topic: InternalTopic): Promise<OffsetStore> => {
    const store = new OffsetStore({ log: on, clock: nodeClock, logger, isolation }, topic)
    await store.open()
    return store
  }
  const offsets = once(() => openOffsets(state, setup.offsetTopic))
  // Tasks of a peer that died should not wait for it; where it fails, the first task tries again and says so.
  if (setup.lease !== undefined) void offsets().catch(() => undefined)
  if (setup.resolveKit) resolveKit(new URL('./kit-hooks.js', import.meta.url))
  return {
    log,
    lease: setup.lease === undefined ? alwaysHeld : readSharedLease(setup.lease, nodeClock),
    clock: nodeClock,
    random: nodeRandom,
    logger,
    worker: setup.worker,
    catalogue: setup.catalogue,
    providers: configProviders(setup.providers, process.env),
    hidden: setup.hidden,
    loader: once(() => Promise.resolve(createPluginLoader(setup.catalogue))),
    offsetsTopic: setup.offsetTopic.name,
    offsets,
    ...connectorLogs({
      hasPeers: setup.lease !== undefined,
      inherited: setup.inherited,
      policy: setup.worker.overridePolicy,
      clock: nodeClock,
      logger: logger.child({ component: 'log' }),
    }),
    ...(setup.lease !== undefined && { ownOffsets: ownOffsets(setup.offsetTopic, log, logger, openOffsets) }),
  }
}

/** Offsets topics that connectors have for themselves, made as the worker's are; each is followed as long as somebody uses it. */
function ownOffsets(
  workers: InternalTopic,
  records: LogClient,
  logger: Logger,
  open: (log: LogClient, topic: InternalTopic) => Promise<OffsetStore>,
): NonNullable<ThreadEnvironment['ownOffsets']> {
  const numbers = new WeakMap<LogClient, number>()
  let last = 0
  const lending = new Lending<{ readonly store: OffsetStore; readonly endRepair: () => void }>(
    async ({ store, endRepair }) => {
      endRepair()
      // Nobody has it any more, so nobody misses what it could not finish.
      await store.close().catch(() => undefined)
    },
  )
  return async (topic, log) => {
    if (log === records && topic === workers.name) return undefined
    const number = numbers.get(log) ?? ++last
    numbers.set(log, number)
    const { value, giveBack } = await lending.borrow(`${number}/${topic}`, async () => {
      const store = await open(log, { ...workers, name: topic })
      return { store, endRepair: keepRepaired(store, { clock: nodeClock, logger }) }
    })
    return { value: value.store, giveBack }
  }
}

/** Makes it on first use; a failure is not kept, so that the next use tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

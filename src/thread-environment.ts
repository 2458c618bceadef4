import type { ThreadEnvironment } from '../actors/thread/environment.js'
import { nodeClock } from './adapters/node/clock.js'
import { configProviders } from './adapters/node/config-providers.js'
import { createLogger } from './adapters/node/logger.js'
import { resolveKit } from './adapters/node/resolve-kit.js'
import { createPluginLoader } from './adapters/node/plugin-loader.js'
import { nodeRandom } from './adapters/node/random.js'
import { readSharedLease, type SharedLease } from './adapters/node/shared-lease.js'
import type { SharedLevels } from './adapters/node/shared-levels.js'
import { hiding, type HiddenValue } from './core/config/hidden.js'
import type { ProviderSettings } from './core/config/provider-settings.js'
import type { PluginCatalogue } from './core/plugin-catalogue.js'
import { accessLogs, type LogAccess } from './node-logs.js'
import type { WorkerDefaults } from './pipeline/assemble/worker-defaults.js'
import { alwaysHeld } from './ports/lease.js'
import { redactingLogger } from './ports/redacting-logger.js'
import type { InternalTopic } from './stores/internal-topic.js'
import { OffsetStore } from './stores/offset-store.js'

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
  const offsets = once(async () => {
    // Offsets that went with records of a transaction that was undone are none.
    const isolation = setup.worker.exactlyOnce ? 'read_committed' : 'read_uncommitted'
    const store = new OffsetStore({ log: state, clock: nodeClock, logger, isolation }, setup.offsetTopic)
    await store.open()
    return store
  })
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
    offsets,
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

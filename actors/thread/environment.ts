import type { RawConfig } from '../../src/core/config/field.js'
import type { HiddenValue } from '../../src/core/config/hidden.js'
import type { ConfigIssue } from '../../src/core/error.js'
import type { Loan } from '../../src/core/lending.js'
import type { PluginCatalogue } from '../../src/core/plugin-catalogue.js'
import type { ConfigProviders } from '../../src/ports/config-provider.js'
import type { Clock } from '../../src/ports/clock.js'
import type { LogClient } from '../../src/ports/log.js'
import type { Lease } from '../../src/ports/lease.js'
import type { Logger } from '../../src/ports/logger.js'
import type { PluginLoader } from '../../src/ports/plugin-loader.js'
import type { Random } from '../../src/ports/random.js'
import type { WorkerDefaults } from '../../src/pipeline/assemble/worker-defaults.js'
import type { OffsetStore } from '../../src/stores/offset-store.js'

/** A connector's own clients, because its settings (`*.override.*`) lead elsewhere than the worker's. */
export interface ConnectorLogs {
  /** For its records; absent where the worker's serve. */
  readonly log?: LogClient
  /** For a sink's dead letters; absent where those for its records serve. */
  readonly letters?: LogClient
  /** Whether its records are on other brokers. */
  readonly otherBrokers: boolean
}

/** What all that a task thread hosts shares. */
export interface ThreadEnvironment {
  readonly log: LogClient
  /** I3: asked right before each side effect. */
  readonly lease: Lease
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly worker: WorkerDefaults
  readonly catalogue: PluginCatalogue
  /** `config.providers` of the worker, for the variables of connectors. */
  readonly providers: ConfigProviders
  /** What is secret in `worker`, for every connector inherits it (I8). */
  readonly hidden: readonly HiddenValue[]
  readonly loader: () => Promise<PluginLoader>
  /** Undefined where the worker's clients serve. `config` has the values of its variables. Fails with `config.invalid`. */
  readonly connectorLogs: (config: RawConfig, kind: 'source' | 'sink') => Promise<Loan<ConnectorLogs> | undefined>
  /** What is wrong with the settings of a connector's own clients. */
  readonly clientIssues: (config: RawConfig, kind: 'source' | 'sink') => Promise<readonly ConfigIssue[]>
  /** `offset.storage.topic` of the worker. */
  readonly offsetsTopic: string
  /** The worker's. Opened on first use. */
  readonly offsets: () => Promise<OffsetStore>
  /**
   * A topic of a connector's own for its offsets; undefined where that is the worker's. Absent on a node without peers, which
   * keeps all offsets itself. Fails as stores do.
   */
  readonly ownOffsets?: (topic: string, log: LogClient) => Promise<Loan<OffsetStore> | undefined>
}

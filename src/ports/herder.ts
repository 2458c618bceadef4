import type {
  ConnectorInfo,
  ConnectorStateInfo,
  PluginInfo,
  ServerInfo,
  TargetState,
  TaskInfo,
  TaskStatus,
} from '../core/api/connectors.js'
import type { DryRunEvent, DryRunRequest } from '../core/api/dry-run.js'
import type { ConnectorOffset } from '../core/api/offsets.js'
import type { ConfigInfos } from '../core/api/validation.js'
import type { ConfigKeyInfo } from '../core/config/config-def.js'
import type { RawConfig } from '../core/config/field.js'

/** Whether the node has come up, and can answer. */
export type Health = 'healthy' | 'starting' | 'unhealthy'

export interface RestartRequest {
  readonly includeTasks: boolean
  readonly onlyFailed: boolean
}

/**
 * What the REST API may ask of the node: Connect's own seam between its interfaces and its runtime (Herder.java).
 * Reads answer from this node's view of the stores; writes resolve when they are durable and read back. While a part
 * of the node is not up, everything fails with `node.starting`.
 *
 * Whatever names a connector that does not exist fails with `connector.unknown`, save where Connect does otherwise
 * (contract §1.11).
 */
export interface Herder {
  server(): ServerInfo
  /**
   * Undefined where every part of the node is up; else resolves when that is so. Rejects with `node.request_timed_out`
   * when a request has waited as long as it may.
   */
  whenUp(): Promise<void> | undefined
  health(): Promise<Health>

  connectors(): readonly string[]
  /** Undefined where there is no such connector. */
  connector(name: string): ConnectorInfo | undefined
  /** Undefined where nothing has reported yet. */
  status(name: string): ConnectorStateInfo | undefined
  taskStatus(name: string, task: number): TaskStatus | undefined
  /** The committed task configurations, by number. */
  tasks(name: string): readonly TaskInfo[]

  /**
   * Creates the connector, or replaces its configuration, after checking all of it. Resolves once its tasks are
   * planned. Fails with `connector.start_failed` where that fails (the configuration is stored then), with
   * `connector.no_type`, `plugin.unknown`, `connector.name_mismatch`, `config.invalid` (a `ConfigError`), and with
   * `create` also `connector.exists`.
   */
  putConnector(
    name: string,
    config: RawConfig,
    options: { readonly create: boolean; readonly initialState?: TargetState; readonly signal?: AbortSignal },
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }>
  /** Merges `changes` into the configuration (null removes a key), then as `putConnector`. */
  patchConfig(name: string, changes: RawConfig, signal?: AbortSignal): Promise<ConnectorInfo>
  /** Resolves when nothing of it runs any more. Offsets and topics stay. */
  deleteConnector(name: string, signal?: AbortSignal): Promise<void>
  setTargetState(name: string, state: TargetState): Promise<void>

  /** Restarts the connector's instance, not its tasks; resolves when it has started anew. */
  restartConnector(name: string): Promise<void>
  /** Fails with `task.unknown`. */
  restartTask(name: string, task: number): Promise<void>
  /** Restarts instance and tasks as asked. Answers the plan: what will restart shows RESTARTING. Fails with `connector.no_status`. */
  restart(name: string, request: RestartRequest): Promise<ConnectorStateInfo>

  /** The topics that the connector has used; empty where there is no such connector. Fails with `topics.tracking_disabled`. */
  topics(name: string): readonly string[]
  /** Fails with `topics.tracking_disabled`, `topics.reset_disabled`. */
  resetTopics(name: string): Promise<void>

  offsets(name: string): Promise<readonly ConnectorOffset[]>
  /**
   * Writes offsets (a null offset forgets that partition's); `undefined` forgets them all. Answers what Connect says
   * to it. Fails with `offsets.not_stopped`, `offsets.invalid`, and what the plugin says.
   */
  alterOffsets(name: string, offsets: readonly ConnectorOffset[] | undefined): Promise<string>

  plugins(options: { readonly connectorsOnly: boolean }): readonly PluginInfo[]
  /** Fails with `plugin.unknown`, `plugin.version_unknown`. */
  pluginConfig(name: string, version?: string): Promise<readonly ConfigKeyInfo[]>
  /** Checks a configuration and changes nothing. What is wrong with it is in the answer. */
  validate(plugin: string, config: RawConfig, signal?: AbortSignal): Promise<ConfigInfos>
  /**
   * Reads a few real records and shows each before and after every stage; writes nothing anywhere. Resolves once it has begun;
   * it ends when it is iterated no further, and when `signal` aborts. Fails with `config.invalid` (a `ConfigError`),
   * `dryrun.effects`, `dryrun.busy`, `offsets.invalid`; what fails later is in its last event.
   */
  dryRun(request: DryRunRequest, signal?: AbortSignal): Promise<AsyncIterable<DryRunEvent>>
}

import type { RawConfig } from '../../core/config/field.js'
import { ConfigError } from '../../core/error.js'
import type { PluginLoader } from '../../ports/plugin-loader.js'
import type { TaskDefinition } from '../task-definition.js'
import { readConnector, type TaskPlace } from './read-connector.js'
import type { WorkerDefaults } from './worker-defaults.js'

/**
 * Compiles a configuration for one task, in the thread that will run it: plugins loaded, keys parsed, transforms,
 * predicates and converters created once. Fails with `config.invalid`, carrying every issue.
 */
export async function assembleTask(
  raw: RawConfig,
  worker: WorkerDefaults,
  loader: PluginLoader,
  place: TaskPlace,
): Promise<TaskDefinition> {
  const { ready, issues } = await readConnector(raw, worker, loader)
  if (!ready) throw new ConfigError(issues)
  return ready.define(place)
}

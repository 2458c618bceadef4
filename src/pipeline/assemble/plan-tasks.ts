import type { RawConfig } from '../../core/config/field.js'
import { ConfigError, MillraceError } from '../../core/error.js'
import type { PlanContext } from '../../plugin/index.js'
import type { PluginLoader } from '../../ports/plugin-loader.js'
import type { PlanServices } from './check-connector.js'
import { findForeignData } from './plain-data.js'
import { raceSignal } from './race-signal.js'
import { readConnector } from './read-connector.js'
import type { WorkerDefaults } from './worker-defaults.js'

export interface PlanningServices extends PlanServices {
  /** Called by the plugin to keep watching after its tasks were planned. */
  readonly watch: PlanContext<unknown>['watch']
}

/**
 * Asks the connector how to split its work: one element of plain data for each task. A plugin without `tasks` has one
 * task. Fails with `config.invalid`, `connector.too_many_tasks` (under `tasks.max.enforce`), `plugin.task_not_plain`,
 * `plugin.overdue` when the signal aborts, and whatever the plugin throws. Worker threads only.
 */
export async function planTasks(
  raw: RawConfig,
  worker: WorkerDefaults,
  loader: PluginLoader,
  services: PlanningServices,
): Promise<readonly unknown[]> {
  const { ready, issues } = await readConnector(raw, worker, loader)
  if (!ready) throw new ConfigError(issues)
  const { plugin, config, name, tasksMax, tasksMaxEnforced } = ready
  if (!plugin.tasks) return [null]

  const planning = Promise.resolve(plugin.tasks({ ...services, config, raw, max: tasksMax }))
  const tasks = await raceSignal(planning, services.signal, 'planning its tasks')
  const foreign = Array.isArray(tasks) ? findForeignData(tasks, 'tasks') : 'tasks is no array'
  if (foreign !== undefined) {
    const problem = `The connector ${name} has planned tasks that are not plain data: ${foreign}.`
    throw new MillraceError('plugin.task_not_plain', problem)
  }
  if (tasks.length > tasksMax) {
    const problem = `The connector ${name} has generated ${tasks.length} tasks, which is greater than ${tasksMax}, the maximum number of tasks it is configured to create.`
    if (tasksMaxEnforced) {
      const hint = 'Raise tasks.max, or set tasks.max.enforce to false.'
      throw new MillraceError('connector.too_many_tasks', problem, { key: 'tasks.max', hint })
    }
    services.logger.warn(problem)
  }
  return tasks
}

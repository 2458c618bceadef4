import type { HostedTask, TaskContext } from '../../src/actor/hosting/types.js'
import type { RawConfig } from '../../src/core/config/field.js'
import type { PlanContext } from '../../src/plugin/index.js'
import { checkConnector } from '../../src/pipeline/assemble/check-connector.js'
import { planTasks } from '../../src/pipeline/assemble/plan-tasks.js'
import type { ThreadEnvironment } from './environment.js'
import { taskClassKey, taskDataKey, type HostedInit, type PlannerEvent } from './messages.js'
import { planServices } from './plan-services.js'
import { requireValues } from './resolved.js'

type Watch = Parameters<PlanContext<unknown>['watch']>[0]

/**
 * A connector's own code: plans its tasks, says so, and lives on only where the plugin keeps watching. The caller ends
 * it when planning takes too long.
 */
export async function planner(
  init: Extract<HostedInit, { kind: 'planner' }>,
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<HostedTask> {
  const { connector } = init
  const { resolved, environment } = await requireValues(init.config, context, shared)
  const { config } = resolved
  const watches: Watch[] = []
  const services = planServices(environment, { ...config, name: connector }, context.signal)
  const loader = await environment.loader()
  const { plugin, className, exclusive } = await checkConnector(config, environment.worker, loader, services)
  const tasks = await planTasks(config, environment.worker, loader, {
    ...services,
    watch: watch => void watches.push(watch),
  })
  const send = (event: PlannerEvent): Promise<void> => context.channel.send(event)
  await send({
    type: 'planned',
    tasks: tasks.map(task => taskConfig(init.config, className ?? '', resolved.hideData(task))),
    version: plugin?.version ?? '',
    exclusive,
  })
  const replan = (): void => void send({ type: 'replan' }).catch(error => context.fail(error))
  const watching = watches.map(watch => watch({ signal: context.signal, replan }))
  return { done: Promise.all(watching).then(() => undefined) }
}

/** A task's configuration says all that the task needs: the connector's as it was written, and its own part of the work (I8: no values of variables). */
function taskConfig(config: RawConfig, className: string, task: unknown): RawConfig {
  return {
    ...config,
    [taskClassKey]: className,
    ...(task !== null && task !== undefined && { [taskDataKey]: JSON.stringify(task) }),
  }
}

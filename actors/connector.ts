import type { ActorFactory } from '../src/actor/behavior.js'
import type { Hosted, Hosting } from '../src/actor/hosting/types.js'
import type { TargetState } from '../src/core/api/connectors.js'
import type { RawConfig } from '../src/core/config/field.js'
import { MillraceError } from '../src/core/error.js'
import { tasksDiffer } from '../src/stores/config-fold.js'
import type { ConfigView } from '../src/stores/config-store.js'
import type { ConfigAnswer, ConfigCommand } from './config-command.js'
import type { HostedInit, PlannerEvent } from './thread/messages.js'
import type { StatusWriter } from './status-writer.js'

export type ConnectorMessage =
  | { readonly type: 'target'; readonly state: TargetState }
  /** The plugin, or an operator, wants its tasks planned anew. */
  | { readonly type: 'replan' }
  /** From the planner of this number. */
  | (Extract<PlannerEvent, { type: 'planned' }> & { readonly planner: number })
  | { readonly type: 'planning-overdue' }

export interface ConnectorParts {
  readonly name: string
  readonly config: RawConfig
  readonly targetState: TargetState
  /** Of its plugin, where there is one of that name. */
  readonly version: string | undefined
  readonly hosting: Hosting
  readonly configs: ConfigView
  readonly request: (command: ConfigCommand) => Promise<ConfigAnswer>
  readonly status: StatusWriter
  /** What it alone may hold, as soon as that is known. */
  readonly onExclusive: (exclusive: readonly string[]) => void
  /** It has planned and published, or there is nothing to plan, and the status says so. */
  readonly onSettled: () => void
}

/** How long a plugin may take to plan (the kit's promise), and to let go. */
const planningMs = 30_000
const planner = { drainMs: 2_000, stopMs: 1_000 }

/** One connector's instance: has its tasks planned in a task thread and publishes them. Tasks run on without it. */
export function connector(parts: ConnectorParts): ActorFactory<ConnectorMessage> {
  return context => {
    const { name, config, configs, status } = parts
    let state = parts.targetState
    let hosted: Hosted<object> | undefined
    let planners = 0
    let cancelOverdue = (): void => undefined

    const endPlanner = async (): Promise<void> => {
      cancelOverdue()
      const ending = hosted
      hosted = undefined
      await ending?.stop(planner)
    }

    const plan = async (): Promise<void> => {
      await endPlanner()
      const init: HostedInit = { kind: 'planner', connector: name, config }
      const planning = parts.hosting.host({ name: `connector ${name}`, init })
      hosted = planning
      const number = ++planners
      cancelOverdue = context.once(planningMs, { type: 'planning-overdue' })
      planning.channel.listen(message => {
        const event = message as PlannerEvent
        const told: ConnectorMessage = event.type === 'planned' ? { ...event, planner: number } : event
        return context.self.tell(told, { lane: 'control' })
      })
      planning.done.catch(error => {
        // An end that this actor asked for is no failure.
        if (hosted === planning) context.fail(error)
      })
    }

    const enter = async (target: TargetState): Promise<void> => {
      state = target
      switch (target) {
        case 'STARTED':
          return plan()
        case 'PAUSED':
          await endPlanner()
          await status.connector(name, 'PAUSED', parts.version)
          return parts.onSettled()
        case 'STOPPED':
          await endPlanner()
          await publish([])
          await status.connector(name, 'STOPPED', parts.version)
          return parts.onSettled()
      }
    }

    const publish = async (tasks: readonly RawConfig[]): Promise<void> => {
      const entry = configs.connector(name)
      // Deleted meanwhile: this instance is about to be stopped.
      if (entry === undefined || !tasksDiffer(entry, tasks)) return
      await parts.request({ type: 'publish-tasks', name, config, tasks })
    }

    const receive = async (message: ConnectorMessage): Promise<void> => {
      switch (message.type) {
        case 'target':
          return message.state === state ? undefined : enter(message.state)
        case 'replan':
          return state === 'STARTED' ? plan() : undefined
        case 'planned':
          // What a planner said before it was ended is not wanted any more: the connector may have been stopped since.
          if (hosted === undefined || message.planner !== planners) return
          cancelOverdue()
          parts.onExclusive(message.exclusive)
          await publish(message.tasks)
          await status.connector(name, 'RUNNING', message.version)
          return parts.onSettled()
        case 'planning-overdue':
          throw new MillraceError(
            'connector.planning_overdue',
            `The connector ${name} did not plan its tasks in ${planningMs} ms.`,
          )
      }
    }

    return {
      started: () => enter(state),
      receive,
      async stopped(reason) {
        await endPlanner()
        if (reason.kind === 'shutdown' || reason.kind === 'restart') {
          await status.unassigned({ connector: name }, reason.kind)
        }
      },
    }
  }
}

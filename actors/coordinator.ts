import type { ActorFactory } from '../src/actor/behavior.js'
import type { ActorRef } from '../src/actor/ref.js'
import type { Epoch } from '../src/core/epoch.js'
import { MillraceError } from '../src/core/error.js'
import type { TaskId } from '../src/core/offset.js'
import type { ConfigView } from '../src/stores/config-store.js'
import { carryOut, type ConfigAnswer, type ConfigCommand, type OffsetsCommand } from './config-command.js'
import type { ClusterOverview } from './cluster/overview.js'
import type { RebalanceFigures } from './cluster/rebalance-watch.js'
import type { Provided } from './provided.js'
import type { NodeStores } from './stores.js'
import { workId, type ConnectorWork, type Work } from './work.js'
import type { AskedWorkMessage, WorkMessage } from './work-messages.js'

export type CoordinatorMessage =
  /** Configurations changed; several changes may come as one. */
  | { readonly type: 'configs-changed' }
  /** `to` is told all there is to run now, and from then on what changes. */
  | { readonly type: 'subscribe'; readonly to: ActorRef<WorkMessage> }
  /** For the work supervisor, once it knows of every configuration that has been read so far. */
  | { readonly type: 'relay'; readonly message: AskedWorkMessage }

/** What decides here, for who wants something decided. */
export interface Coordination {
  readonly ref: ActorRef<CoordinatorMessage>
  /**
   * Has a change of what is wanted written by whoever may, and resolves once this node has read it. Fails with what `carryOut`
   * fails with.
   */
  request(command: ConfigCommand, signal?: AbortSignal): Promise<ConfigAnswer>
  /** The cluster as this node sees it; absent where a node is alone. */
  readonly cluster?: () => ClusterOverview
  readonly rebalances?: () => RebalanceFigures & { readonly protocol: 'cooperative' | 'eager' }
  /** With peers offsets are the leader's to set, under an epoch that no task has reached (cluster protocol §8). */
  writeOffsets?(command: OffsetsCommand, signal?: AbortSignal): Promise<void>
  /** What this node's task writes under its grant is ignored (R25). */
  fenced?(id: TaskId, epoch: Epoch): void
  /** Whether the task still is this node's, at a moment after the question. */
  confirm?(id: TaskId, epoch: Epoch): Promise<boolean>
}

export interface CoordinatorParts {
  readonly stores: Provided<NodeStores>
  readonly provided: Provided<Coordination>
}

/** Decides what this node runs. Alone, that is everything: the assignment follows from the config topic. */
export function coordinator(parts: CoordinatorParts): ActorFactory<CoordinatorMessage> {
  return context => {
    const { configs } = parts.stores.get()
    let subscriber: ActorRef<WorkMessage> | undefined
    let unsubscribe: (() => void) | undefined
    const changed = new Set<string>()

    const note = (connector: string): void => {
      changed.add(connector)
      // A thousand changes at once are one look at the connectors they are about. With no room, the next one brings it.
      if (changed.size === 1) context.self.tryTell({ type: 'configs-changed' }, 'control')
    }

    const publish = async (connectors: Iterable<string>): Promise<void> => {
      const works = new Map([...connectors].map(name => [name, workOf(configs.view, name)]))
      changed.clear()
      if (works.size > 0) await subscriber?.tell({ type: 'assigned', works }, { lane: 'control' })
    }

    return {
      started() {
        unsubscribe = configs.subscribe(change => {
          if ('connector' in change) note(change.connector)
        })
        parts.provided.provide({ ref: context.self, request: command => carryOut(command, configs) })
      },
      async receive(message) {
        switch (message.type) {
          case 'configs-changed':
            return publish(changed)
          case 'subscribe':
            subscriber = message.to
            return publish(configs.view.connectors())
          case 'relay': {
            await publish(changed)
            if (subscriber !== undefined) return subscriber.tell(message.message, { lane: 'control' })
            return message.message.reply.fail(new MillraceError('node.starting', 'Nothing can be run yet.'))
          }
        }
      },
      stopped() {
        parts.provided.withdraw()
        unsubscribe?.()
      },
    }
  }
}

/** A connector's instance and all its tasks; nothing where it does not exist. */
export function workOf(configs: ConfigView, name: string): ConnectorWork {
  const entry = configs.connector(name)
  if (entry === undefined) return new Map()
  const { config, targetState, tasks } = entry
  const works: readonly Work[] = [
    { kind: 'connector', name, config, targetState },
    ...tasks.map((taskConfig, task): Work => ({
      kind: 'task',
      id: { connector: name, task },
      config: taskConfig,
      taskCount: tasks.length,
      paused: targetState !== 'STARTED',
    })),
  ]
  return new Map(works.map(work => [workId(work), work]))
}

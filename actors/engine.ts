import type { ActorFactory } from '../src/actor/behavior.js'
import type { SupervisionPolicy } from '../src/actor/spec.js'
import { coordinator, type Coordination } from './coordinator.js'
import { log, type LogParts, type OpenLogs } from './log.js'
import { plugins, type DescribedPlugins, type PluginsParts } from './plugins.js'
import { Provided } from './provided.js'
import { stores, type NodeStores, type StoresParts } from './stores.js'
import { threads, type TaskThreads, type ThreadsParts } from './threads.js'
import { workSupervisor, type RunningNode, type WorkSupervisorParts } from './work-supervisor.js'

/** Whether a node has peers; Kafka Connect answers some requests differently with and without (contract §1.7 to §1.10). */
export type WorkerMode = 'standalone' | 'distributed'

/** What the engine's actors provide to each other, and to the herder. */
export class EngineServices {
  readonly plugins = new Provided<DescribedPlugins>('plugins')
  readonly log = new Provided<OpenLogs>('log')
  readonly threads = new Provided<TaskThreads>('task threads')
  readonly stores = new Provided<NodeStores>('stores')
  readonly coordinator = new Provided<Coordination>('coordinator')
  readonly running = new Provided<RunningNode>('work supervisor')
}

export interface EngineParts
  extends
    Pick<LogParts, 'open'>,
    Pick<PluginsParts, 'openDescriber' | 'places' | 'describeMs'>,
    Pick<ThreadsParts, 'openHosting'>,
    Pick<StoresParts, 'topics' | 'exactlyOnce'>,
    Pick<WorkSupervisorParts, 'clock' | 'logger' | 'workerId' | 'gracefulMs'> {
  readonly services: EngineServices
  /** Makes the coordinator of a node with peers; absent where it is alone. */
  readonly cluster?: (services: EngineServices) => ActorFactory<never>
  /** The most that stopping all of it may take, ms. */
  readonly stopMs: number
}

/** What fails below it is told by its own report. */
export const workSupervisorId = 'work-supervisor'

const supervision: SupervisionPolicy = {
  strategy: 'rest_for_one',
  intensity: { max: 3, periodMs: 60_000 },
  backoff: { minMs: 100, maxMs: 5_000, jitter: 0.2, resetMs: 60_000 },
  order: 'sequential',
}

/** All that moves records. Who depends on a restarted sibling restarts after it: the order below is the order of dependence. */
export function engine(parts: EngineParts): ActorFactory<never> {
  const { services, stopMs, cluster } = parts
  const hasPeers = cluster !== undefined
  return () => ({
    supervision,
    async started(context) {
      const children: readonly (readonly [id: string, start: ActorFactory<never>])[] = [
        ['plugins', plugins({ ...parts, provided: services.plugins })],
        ['log', log({ open: parts.open, provided: services.log })],
        ['threads', threads({ ...parts, log: services.log, plugins: services.plugins, provided: services.threads })],
        ['stores', stores({ ...parts, hasPeers, log: services.log, provided: services.stores })],
        [
          'coordinator',
          cluster?.(services) ??
            (coordinator({ stores: services.stores, provided: services.coordinator }) as ActorFactory<never>),
        ],
        [
          workSupervisorId,
          workSupervisor({
            ...parts,
            hasPeers,
            stores: services.stores,
            threads: services.threads,
            coordinator: services.coordinator,
            provided: services.running,
          }) as ActorFactory<never>,
        ],
      ]
      for (const [id, start] of children) context.spawn({ id, start, restart: 'permanent', shutdown: { stopMs } })
      await context.childrenStarted()
    },
    receive: message => message,
  })
}

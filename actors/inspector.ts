import type { ActorSnapshot } from '../src/actor/snapshot.js'
import type { ServerInfo } from '../src/core/api/connectors.js'
import { MillraceError } from '../src/core/error.js'
import { Slices } from '../src/core/slices.js'
import { taskPolicy } from '../src/pipeline/assemble/runtime-keys.js'
import type { Clock } from '../src/ports/clock.js'
import type { Inspector } from '../src/ports/inspector.js'
import type { EngineServices } from './engine.js'
import { clusterMetrics } from './metrics/cluster-metrics.js'
import { connectMetrics } from './metrics/connect-metrics.js'
import { Families } from './metrics/families.js'
import { nodeMetrics, type ProcessFigures } from './metrics/node-metrics.js'
import { PluginNaming, type DefaultConverters } from './metrics/plugin-names.js'
import { overview } from './overview.js'
import { taskView } from './task-view.js'

export interface InspectorParts {
  readonly services: EngineServices
  readonly clock: Clock
  readonly server: ServerInfo
  /** `host:port` of the REST API, or the node's name. */
  readonly workerId: () => string
  /** The supervision tree. */
  readonly actors: () => readonly ActorSnapshot[]
  readonly process: () => ProcessFigures
  /** Hosts that the REST API listens on for other machines, without a log-in; normally none. */
  readonly openHosts: readonly string[]
  /** What connectors use that name none. */
  readonly worker: DefaultConverters
}

/** Answers what there is to see of this node's work. Reads only, and only what is in memory. */
export function inspector(parts: InspectorParts): Inspector {
  const { services, clock } = parts
  let naming: PluginNaming | undefined
  return {
    tasks(connector) {
      const { configs, statuses } = services.stores.get()
      const { journal, figures } = services.running.get()
      const entry = configs.view.connector(connector)
      if (entry === undefined) throw new MillraceError('connector.unknown', `Connector ${connector} not found`)
      return entry.tasks.map((config, task) =>
        taskView({
          task,
          node: statuses.view.get({ connector, task })?.workerId ?? parts.workerId(),
          policy: taskPolicy(config).policy,
          entry: journal.get(`task/${connector}-${task}`),
          live: figures.of({ connector, task }),
          wallTime: clock.wallTime(),
        }),
      )
    },

    overview: () => overview(parts),

    async metrics() {
      const { catalogue } = services.threads.get()
      if (!naming?.isOf(catalogue)) naming = new PluginNaming(catalogue, parts.worker)
      const families = new Families()
      const slices = new Slices()
      for (const steps of [
        connectMetrics(families, services, naming, clock.now()),
        nodeMetrics(families, parts),
        clusterMetrics(families, parts),
      ])
        for (const _ of steps) if (slices.isOver) await slices.next()
      return families.all()
    },
  }
}

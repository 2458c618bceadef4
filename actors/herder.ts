import type { ServerInfo } from '../src/core/api/connectors.js'
import type { WorkerDefaults } from '../src/pipeline/assemble/worker-defaults.js'
import type { Herder } from '../src/ports/herder.js'
import { ConnectorTurns } from './connector-turns.js'
import type { EngineServices, WorkerMode } from './engine.js'
import { dryRuns } from './herder-dry-runs.js'
import { connectorChanges } from './herder-changes.js'
import { nodeHealth } from './herder-health.js'
import { offsetQueries } from './herder-offsets.js'
import { pluginQueries } from './herder-plugins.js'
import { readiness } from './herder-readiness.js'
import { restarts } from './herder-restarts.js'
import { topicQueries } from './herder-topics.js'
import { storeView } from './herder-view.js'

/** Answers the herder port from this node's stores, and has its actors and task threads do the rest. */
export function herder(
  services: EngineServices,
  server: ServerInfo,
  worker: Pick<WorkerDefaults, 'topicTracking'>,
  mode: WorkerMode,
): Herder {
  const view = storeView(services, server)
  const turns = new ConnectorTurns()
  const { alterOffsets, ...offsets } = offsetQueries(services)
  return {
    ...view,
    ...nodeHealth(services),
    ...readiness(services),
    ...connectorChanges(services, view, turns, mode),
    ...restarts(services, view, turns, mode),
    ...offsets,
    alterOffsets: (name, changes) => turns.take(name, () => alterOffsets(name, changes)),
    ...topicQueries(services, worker.topicTracking),
    ...pluginQueries(services),
    ...dryRuns(services),
  }
}

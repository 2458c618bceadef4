import type {
  ConnectorInfo,
  ConnectorStateInfo,
  ConnectorType,
  InstanceStatus,
  ServerInfo,
  TaskStatus,
} from '../src/core/api/connectors.js'
import type { RawConfig } from '../src/core/config/field.js'
import { findPlugin } from '../src/core/plugin-catalogue.js'
import type { Herder } from '../src/ports/herder.js'
import type { StoredStatus } from '../src/stores/status-fold.js'
import type { EngineServices } from './engine.js'

export type StoreView = Pick<Herder, Reads>

type Reads = 'server' | 'connectors' | 'connector' | 'status' | 'taskStatus' | 'tasks'

/** What the herder answers from this node's view of the stores, without asking anybody. */
export function storeView(services: EngineServices, server: ServerInfo): StoreView {
  const configs = () => services.stores.get().configs.view
  const statuses = () => services.stores.get().statuses.view

  const typeOf = (config: RawConfig): ConnectorType => {
    const found = findPlugin(services.threads.get().catalogue, 'connector', config['connector.class'] ?? '')
    return found.match === 'one' ? (found.plugin.kind as ConnectorType) : 'unknown'
  }

  return {
    server: () => server,
    connectors: () => configs().connectors(),

    connector(name): ConnectorInfo | undefined {
      const entry = configs().connector(name)
      if (entry === undefined) return undefined
      const tasks = entry.tasks.map((_, task) => ({ connector: name, task }))
      return { name, config: entry.config, tasks, type: typeOf(entry.config) }
    },

    status(name): ConnectorStateInfo | undefined {
      const entry = configs().connector(name)
      const status = statuses().get({ connector: name })
      if (entry === undefined || status === undefined) return undefined
      const tasks = [...statuses().tasks(name)].map(([id, of]) => ({ id, ...instanceStatus(of) }))
      return { name, connector: instanceStatus(status), tasks, type: typeOf(entry.config) }
    },

    taskStatus(name, task): TaskStatus | undefined {
      const status = statuses().get({ connector: name, task })
      return status && { id: task, ...instanceStatus(status) }
    },

    tasks: name =>
      (configs().connector(name)?.tasks ?? []).map((config, task) => ({ id: { connector: name, task }, config })),
  }
}

function instanceStatus({ state, workerId, trace, version }: StoredStatus): InstanceStatus {
  return {
    state,
    worker_id: workerId,
    ...(trace !== null && trace !== '' && { trace }),
    version,
  }
}

import type { InstanceState } from '../src/core/api/connectors.js'
import type { Alert, Overview, WorkPlace } from '../src/core/api/overview.js'
import type { ClusterOverview } from './cluster/overview.js'
import type { InspectorParts } from './inspector.js'

/** The cluster and what runs where, or the one node where it is alone. */
export function overview(parts: InspectorParts): Overview {
  const { services, clock } = parts
  const { configs, statuses } = services.stores.get()
  const connectors: Record<string, number> = {}
  const tasks: Record<string, number> = {}
  const count = (counts: Record<string, number>, state: InstanceState): void => {
    counts[state] = (counts[state] ?? 0) + 1
  }
  for (const name of configs.view.connectors()) {
    count(connectors, statuses.view.get({ connector: name })?.state ?? 'UNASSIGNED')
    configs.view.connector(name)!.tasks.forEach((_, task) => {
      count(tasks, statuses.view.get({ connector: name, task })?.state ?? 'UNASSIGNED')
    })
  }
  const { cluster } = services.coordinator.get()
  const seen = cluster?.() ?? alone(parts)
  const alerts = [...seen.alerts, ...openAlerts(parts)]
  return { at: clock.wallTime(), ...seen, alerts, counts: { connectors, tasks } }
}

/** Of the node that is asked: what others listen on is not known here. */
function openAlerts({ openHosts, workerId }: InspectorParts): Alert[] {
  if (openHosts.length === 0) return []
  return [
    {
      id: 'no-auth',
      kind: 'no-auth',
      severity: 'warning',
      subject: { node: workerId() },
      text: `Other machines can reach the REST API of this node (${openHosts.join(', ')}), and nobody has to log in.`,
      fix: 'Set millrace.rest.users.file, or let listeners name localhost.',
    },
  ]
}

/** A node without peers leads itself, and runs everything. */
function alone({ services, server, workerId }: InspectorParts): ClusterOverview {
  const { view } = services.stores.get().configs
  const node = workerId()
  const epoch = { term: 0, offset: 0 }
  const work = view
    .connectors()
    .flatMap((connector): WorkPlace[] => [
      { connector, node, state: 'owned', epoch },
      ...view
        .connector(connector)!
        .tasks.map((_, task): WorkPlace => ({ connector, task, node, state: 'owned', epoch })),
    ])
  return {
    cluster: { mode: 'standalone', leader: node, term: 0, version: 0, logReachable: true, expected: 1, available: 1 },
    nodes: [
      {
        id: node,
        url: `http://${node}/`,
        version: server.commit,
        state: 'up',
        leader: true,
        self: true,
        connectors: view.connectors().length,
        tasks: work.length - view.connectors().length,
      },
    ],
    work,
    alerts: [],
  }
}

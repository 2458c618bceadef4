import type { NodeView } from '../../src/core/api/overview.js'
import type { RebalanceFigures } from '../cluster/rebalance-watch.js'
import { connectSpec, connectText } from './connect-names.js'
import { specsOf, type Families } from './families.js'

const group = 'connect-worker-rebalance-metrics'

const protocol = connectText(group, 'connect-protocol')
const leaderName = connectText(group, 'leader-name')
const figures = specsOf(
  [
    'epoch',
    'completed-rebalances-total',
    'rebalancing',
    'rebalance-avg-time-ms',
    'rebalance-max-time-ms',
    'time-since-last-rebalance-ms',
  ],
  name => connectSpec(group, name),
)
const assigned = specsOf(['assigned-connectors', 'assigned-tasks'], name =>
  connectSpec('connect-coordinator-metrics', name),
)

export interface RebalanceReport extends RebalanceFigures {
  readonly protocol: 'cooperative' | 'eager'
  /** Of the assignments, which only grows. */
  readonly epoch: number
}

/** What Connect's distributed workers tell of their group, of a node with peers. */
export function rebalanceMetrics(families: Families, report: RebalanceReport, nodes: readonly NodeView[]): void {
  families.say(protocol, {}, report.protocol === 'eager' ? 'EAGER' : 'SESSIONED')
  families.say(leaderName, {}, nodes.find(({ leader }) => leader)?.url ?? '')
  families.add(figures.epoch, {}, report.epoch)
  families.add(figures['completed-rebalances-total'], {}, report.completed)
  families.add(figures.rebalancing, {}, report.rebalancing ? 1 : 0)
  families.add(figures['rebalance-avg-time-ms'], {}, report.averageMs)
  families.add(figures['rebalance-max-time-ms'], {}, report.maxMs)
  families.add(figures['time-since-last-rebalance-ms'], {}, report.sinceLastMs)
  const own = nodes.find(({ self }) => self)
  const labels = { client_id: `connect-${own?.id ?? ''}` }
  families.add(assigned['assigned-connectors'], labels, own?.connectors ?? 0)
  families.add(assigned['assigned-tasks'], labels, own?.tasks ?? 0)
}

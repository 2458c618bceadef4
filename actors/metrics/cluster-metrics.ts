import type { MetricSpec } from '../../src/core/api/metrics.js'
import type { InspectorParts } from '../inspector.js'
import { overview } from '../overview.js'
import type { Families } from './families.js'
import { rebalanceMetrics } from './rebalance-metrics.js'

const gauge = (name: string, help: string): MetricSpec => ({ name, type: 'gauge', help })

const nodes = {
  expected: gauge('millrace_nodes_expected', 'Nodes that there should be'),
  available: gauge('millrace_nodes_available', 'Nodes that can take work'),
}
const leads = gauge('millrace_node_leads', 'Whether this node leads its cluster')
const term = gauge('millrace_cluster_term', 'The term of the leader, which grows with each')
const alert = gauge('millrace_alert', 'An alert that stands, as GET /millrace/v1/overview tells it')

/** The cluster as this node sees it: who should be there, who is, and what is wrong. */
export function* clusterMetrics(families: Families, parts: InspectorParts): Generator<void> {
  const { cluster, nodes: views, alerts } = overview(parts)
  families.add(nodes.expected, {}, cluster.expected)
  families.add(nodes.available, {}, cluster.available)
  families.add(leads, {}, views.some(({ self, leader }) => self && leader) ? 1 : 0)
  families.add(term, {}, cluster.term)
  for (const { kind, severity, subject } of alerts)
    families.add(alert, { alert: kind, severity, node: subject.node ?? '' }, 1)
  const rebalances = parts.services.coordinator.get().rebalances?.()
  if (rebalances) rebalanceMetrics(families, { ...rebalances, epoch: cluster.version }, views)
  yield
}

import type { MetricFamily } from '../core/api/metrics.js'
import type { Overview } from '../core/api/overview.js'
import type { TaskView } from '../core/api/tasks.js'

/** What the REST API may ask of what runs on this node. Fails with `node.starting` while a part of it is not up. */
export interface Inspector {
  /** By number. Fails with `connector.unknown`. */
  tasks(connector: string): readonly TaskView[]
  overview(): Overview
  /** As they stand about now, collected in slices: rates, averages and maxima over the last 30 to 60 seconds. */
  metrics(): Promise<readonly MetricFamily[]>
}

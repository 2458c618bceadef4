import type { MetricSpec } from '../../src/core/api/metrics.js'
import { taskKey, type TaskId } from '../../src/core/offset.js'
import { latencyBoundsMs, latencyBuckets } from '../../src/pipeline/latency.js'
import { isStalled, readStallSigns } from '../../src/pipeline/stalled.js'
import { readCell, type Cell } from '../../src/pipeline/task-metrics.js'
import type { EngineServices } from '../engine.js'
import { lagMsOf } from '../work-figures.js'
import type { Families, HistogramSpec } from './families.js'

const gauge = (name: string, help: string): MetricSpec => ({ name, type: 'gauge', help })
const counter = (name: string, help: string): MetricSpec => ({ name, type: 'counter', help })

const ofTask = {
  lag: gauge('millrace_task_lag_records', 'Records that wait to be delivered; absent where nobody knows'),
  lagBytes: gauge('millrace_task_lag_bytes', 'What an outside system keeps for what waits; absent where nobody knows'),
  lagSeconds: gauge('millrace_task_lag_seconds', 'Age of the oldest record that waits; absent where nobody knows'),
  stalled: gauge('millrace_task_stalled', 'Whether it should move and does not'),
  restarts: counter('millrace_task_restarts_total', 'Restarts since it was assigned'),
  bytes: counter('millrace_task_bytes_total', 'Bytes appended or delivered'),
  inFlight: gauge('millrace_task_bytes_in_flight', 'Bytes read and not yet acknowledged'),
  progressAge: gauge('millrace_task_last_progress_age_seconds', 'Time since anything moved'),
}
const endToEnd: HistogramSpec = {
  name: 'millrace_task_e2e_latency_seconds',
  type: 'histogram',
  help: "From a record's timestamp until it was put, or durably appended",
  bounds: latencyBoundsMs.map(ms => String(ms / 1_000)),
}

/** Millrace's own metrics of one task: nothing while it does not live. */
export function taskHealth(families: Families, services: EngineServices, id: TaskId): void {
  const { figures, journal, policyOf } = services.running.get()
  const workId = `task/${taskKey(id)}`
  const live = figures.of(id)
  const policy = policyOf(workId)
  if (live === undefined || policy === undefined) return
  const labels = { connector: id.connector, task: String(id.task) }
  const { cells, now } = live
  const at = (cell: Cell): number => readCell(cells, cell)
  const entry = journal.get(workId)
  const stalled = entry?.phase === 'running' && isStalled(readStallSigns(cells), now, policy.stallTimeoutMs)
  if (!Number.isNaN(at('lag'))) families.add(ofTask.lag, labels, at('lag'))
  if (!Number.isNaN(at('lag-bytes'))) families.add(ofTask.lagBytes, labels, at('lag-bytes'))
  const lagMs = lagMsOf(live)
  if (lagMs !== undefined) families.add(ofTask.lagSeconds, labels, lagMs / 1_000)
  families.add(ofTask.stalled, labels, stalled ? 1 : 0)
  families.add(ofTask.restarts, labels, entry?.restarts ?? 0)
  families.add(ofTask.bytes, labels, at('bytes-total'))
  families.add(ofTask.inFlight, labels, at('bytes-in-flight'))
  const progressAt = at('last-progress-at')
  if (progressAt > 0) families.add(ofTask.progressAge, labels, Math.max(0, now - progressAt) / 1_000)
  families.addHistogram(endToEnd, labels, latencyBuckets.map(at), at('latency-sum-ms') / 1_000)
}

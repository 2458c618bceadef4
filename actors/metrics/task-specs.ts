import type { MetricSpec } from '../../src/core/api/metrics.js'
import type { Counter, Gauge, Sample } from '../../src/pipeline/task-metrics.js'
import type { WorkEntry } from '../work-journal.js'
import { connectSpec } from './connect-names.js'
import type { TaskReadings } from './task-readings.js'

/** A task's numeric metrics of one group, under the names that they are shown by. */
const grouped = (group: string, specs: readonly TaskMetricSpec[]): readonly TaskMetric[] =>
  specs.map(({ name, type, read }) => ({ ...connectSpec(group, name, type), read }))

export interface TaskMetric extends MetricSpec, Pick<TaskMetricSpec, 'read'> {}

/** One numeric metric of a task, by Connect's name, and where it comes from. */
interface TaskMetricSpec {
  readonly name: string
  readonly type: MetricSpec['type']
  readonly read: (readings: TaskReadings, entry: WorkEntry) => number
}

const counter = (name: Counter): TaskMetricSpec => ({ name, type: 'counter', read: at => at.now(name) })
const gauge = (name: Gauge): TaskMetricSpec => ({ name, type: 'gauge', read: at => at.now(name) })
const rate = (name: string, counter: Counter): TaskMetricSpec => ({ name, type: 'gauge', read: at => at.rate(counter) })
const greatest = (name: string, sample: Sample): TaskMetricSpec => ({
  name,
  type: 'gauge',
  read: at => at.greatest(sample),
})
const average = (name: string, sample: Sample): TaskMetricSpec => ({
  name,
  type: 'gauge',
  read: at => at.average(sample),
})
const share = (name: string, of: Counter, other: Counter): TaskMetricSpec => ({
  name,
  type: 'gauge',
  read: at => at.share(of, other),
})

export const taskMetrics = grouped('connector-task-metrics', [
  { name: 'running-ratio', type: 'gauge', read: (_, entry) => entry.ratio('running') },
  { name: 'pause-ratio', type: 'gauge', read: (_, entry) => entry.ratio('paused') },
  greatest('offset-commit-max-time-ms', 'offset-commit-time-ms'),
  average('offset-commit-avg-time-ms', 'offset-commit-time-ms'),
  share('offset-commit-success-percentage', 'offset-commit-success-total', 'offset-commit-failure-total'),
  share('offset-commit-failure-percentage', 'offset-commit-failure-total', 'offset-commit-success-total'),
  greatest('batch-size-max', 'batch-size'),
  average('batch-size-avg', 'batch-size'),
])

export const sourceTaskMetrics = grouped('source-task-metrics', [
  rate('source-record-poll-rate', 'source-record-poll-total'),
  counter('source-record-poll-total'),
  rate('source-record-write-rate', 'source-record-write-total'),
  counter('source-record-write-total'),
  greatest('poll-batch-max-time-ms', 'poll-batch-time-ms'),
  average('poll-batch-avg-time-ms', 'poll-batch-time-ms'),
  gauge('source-record-active-count'),
  greatest('source-record-active-count-max', 'source-record-active-count'),
  average('source-record-active-count-avg', 'source-record-active-count'),
  { name: 'transaction-size-min', type: 'gauge', read: at => at.least('transaction-size') },
  greatest('transaction-size-max', 'transaction-size'),
  average('transaction-size-avg', 'transaction-size'),
])

export const sinkTaskMetrics = grouped('sink-task-metrics', [
  rate('sink-record-read-rate', 'sink-record-read-total'),
  counter('sink-record-read-total'),
  rate('sink-record-send-rate', 'sink-record-send-total'),
  counter('sink-record-send-total'),
  gauge('partition-count'),
  counter('offset-commit-seq-no'),
  rate('offset-commit-completion-rate', 'offset-commit-completion-total'),
  counter('offset-commit-completion-total'),
  rate('offset-commit-skip-rate', 'offset-commit-skip-total'),
  counter('offset-commit-skip-total'),
  greatest('put-batch-max-time-ms', 'put-batch-time-ms'),
  average('put-batch-avg-time-ms', 'put-batch-time-ms'),
  gauge('sink-record-active-count'),
  greatest('sink-record-active-count-max', 'sink-record-active-count'),
  average('sink-record-active-count-avg', 'sink-record-active-count'),
])

export const taskErrorMetrics = grouped('task-error-metrics', [
  counter('total-record-failures'),
  counter('total-record-errors'),
  counter('total-records-skipped'),
  counter('total-retries'),
  counter('total-errors-logged'),
  counter('deadletterqueue-produce-requests'),
  counter('deadletterqueue-produce-failures'),
  gauge('last-error-timestamp'),
])

import type { PendingStep, TaskPhase, TaskView } from '../src/core/api/tasks.js'
import type { TaskPolicy } from '../src/pipeline/assemble/runtime-keys.js'
import { latencyBuckets, latencyQuantile } from '../src/pipeline/latency.js'
import { isStalled, readStallSigns } from '../src/pipeline/stalled.js'
import { readCell, readTaskMetrics, type TaskSnapshot } from '../src/pipeline/task-metrics.js'
import { lagMsOf, type LiveFigures } from './work-figures.js'
import type { WorkEntry } from './work-journal.js'

export interface TaskFacts {
  readonly task: number
  readonly node: string
  readonly policy: TaskPolicy
  /** Absent: this node does not run it. */
  readonly entry: WorkEntry | undefined
  /** Absent: it does not live at the moment. */
  readonly live: LiveFigures | undefined
  readonly wallTime: number
}

const pendingSteps: Readonly<Record<PendingStep, keyof TaskSnapshot>> = {
  read: 'read-pending-since',
  append: 'append-pending-since',
  put: 'put-pending-since',
  flush: 'flush-pending-since',
  retry: 'retrying-since',
  lag: 'lag-since',
}

/** All that this node knows of one task, as the API shows it. */
export function taskView(facts: TaskFacts): TaskView {
  const { task, node, policy, entry, live, wallTime } = facts
  const state = phaseOf(facts)
  const notes = entry?.notes ?? []
  const charged = notes.filter(note => note.counted && wallTime - note.at < policy.restart.periodMs)
  const metrics = live && readTaskMetrics(live.cells)
  const age = (since: number): number => Math.max(0, Math.round((live?.now ?? since) - since))
  return {
    task,
    node,
    state,
    ...(entry && { since: entry.since }),
    ...(live && { thread: live.threadName }),
    isolation: isolationOf(policy, live),
    restarts: { count: entry?.restarts ?? 0, last: notes },
    budget: {
      used: charged.length,
      limit: policy.restart.policy === 'none' ? 0 : policy.restart.max,
      periodMs: policy.restart.periodMs,
    },
    ...(entry && state === 'backoff' && { restartInMs: Math.max(0, Math.round(entry.restartAt - wallTime)) }),
    lag: lagOf(live),
    ...endToEndOf(live),
    ...(metrics &&
      metrics['progress-total'] > 0 && {
        progress: { done: metrics['progress-done'], total: metrics['progress-total'] },
      }),
    pending: Object.fromEntries(
      Object.entries(pendingSteps).flatMap(([step, cell]) =>
        metrics && metrics[cell] > 0 ? [[step, age(metrics[cell])]] : [],
      ),
    ),
    ...(metrics && metrics['last-progress-at'] > 0 && { lastProgressAt: Math.round(metrics['last-progress-at']) }),
    queue: { units: metrics?.['units-in-flight'] ?? 0, bytes: metrics?.['bytes-in-flight'] ?? 0 },
    figures: figuresOf(metrics),
  }
}

function phaseOf({ entry, live, policy, wallTime }: TaskFacts): TaskPhase {
  if (entry === undefined) return 'unassigned'
  if (entry.phase === 'backoff' && entry.restartAt <= wallTime) return 'starting'
  if (entry.phase !== 'running' || live === undefined) return entry.phase
  if (isStalled(readStallSigns(live.cells), live.now, policy.stallTimeoutMs)) return 'stalled'
  return readCell(live.cells, 'retrying-since') > 0 ? 'retrying' : 'running'
}

function isolationOf(policy: TaskPolicy, live: LiveFigures | undefined): TaskView['isolation'] {
  if (policy.isolation === 'dedicated' || policy.memoryMaxBytes !== undefined) return 'dedicated'
  return live?.dedicated === true ? 'quarantined' : 'shared'
}

function lagOf(live: LiveFigures | undefined): TaskView['lag'] {
  if (live === undefined) return {}
  const records = readCell(live.cells, 'lag')
  const ms = lagMsOf(live)
  const bytes = readCell(live.cells, 'lag-bytes')
  return {
    ...(!Number.isNaN(records) && { records }),
    ...(ms !== undefined && { ms: Math.round(ms) }),
    ...(!Number.isNaN(bytes) && { bytes }),
  }
}

function endToEndOf(live: LiveFigures | undefined): Pick<TaskView, 'e2e'> {
  if (live === undefined) return {}
  const counts = latencyBuckets.map(cell => readCell(live.cells, cell) - readCell(live.past.cells, cell))
  const [p50, p99] = [latencyQuantile(counts, 0.5), latencyQuantile(counts, 0.99)]
  return p50 === undefined || p99 === undefined ? {} : { e2e: { p50: Math.round(p50), p99: Math.round(p99) } }
}

function figuresOf(metrics: TaskSnapshot | undefined): TaskView['figures'] {
  const of = (cell: keyof TaskSnapshot): number => metrics?.[cell] ?? 0
  return {
    read: of('source-record-poll-total') + of('sink-record-read-total'),
    written: of('source-record-write-total') + of('sink-record-send-total'),
    bytes: of('bytes-total'),
    errors: of('total-record-errors'),
    skipped: of('total-records-skipped'),
    retries: of('read-retry-total') + of('append-retry-total') + of('put-retry-total'),
  }
}

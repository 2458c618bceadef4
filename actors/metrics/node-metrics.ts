import { threadCpuSource } from '../../src/actor/hosting/index.js'
import type { MetricLabels, MetricSpec } from '../../src/core/api/metrics.js'
import { isStalled, readCell, readStallSigns, type Cell } from '../../src/pipeline/task-metrics.js'
import type { EngineServices } from '../engine.js'
import type { InspectorParts } from '../inspector.js'
import { actorSummaries } from './actor-summaries.js'
import type { Families } from './families.js'

/** What the operating system says of this process. */
export interface ProcessFigures {
  readonly residentBytes: number
  readonly cpuSeconds: number
  /** Since the epoch. */
  readonly startSeconds: number
}

const gauge = (name: string, help: string): MetricSpec => ({ name, type: 'gauge', help })
const counter = (name: string, help: string): MetricSpec => ({ name, type: 'counter', help })

const appInfo = gauge('kafka_connect_app_info', 'Version and start time of this worker (kafka.connect:type=app-info)')
const ofProcess = {
  resident: gauge('process_resident_memory_bytes', 'Resident memory of the process'),
  cpu: counter('process_cpu_seconds_total', 'User and system time of the process'),
  start: gauge('process_start_time_seconds', 'Start of the process, since the epoch'),
}
const cpuHelp = {
  'operating system': 'User and system time of a task thread, as the operating system tells it',
  'event loop': 'Time that the event loop of a task thread was busy; its processor time is not told here',
}
const ofThread = {
  tasks: gauge('millrace_thread_tasks', 'What a task thread hosts'),
  used: gauge('millrace_thread_used_bytes', 'Heap and buffers of a task thread'),
  standing: gauge('millrace_thread_standing_seconds', 'How long its event loop has stood'),
  cpu: counter('millrace_thread_cpu_seconds_total', cpuHelp[threadCpuSource]),
}
const restarts = counter('millrace_restarts_total', 'Restarts of connectors and tasks since the node started')
const ofTask = {
  lag: gauge('millrace_task_lag_records', 'Records behind the end of its input, as far as known'),
  stalled: gauge('millrace_task_stalled', 'Whether it should move and does not'),
  restarts: counter('millrace_task_restarts_total', 'Restarts since it was assigned'),
  bytes: counter('millrace_task_bytes_total', 'Bytes appended or delivered'),
  inFlight: gauge('millrace_task_bytes_in_flight', 'Bytes read and not yet acknowledged'),
  progressAge: gauge('millrace_task_last_progress_age_seconds', 'Time since anything moved'),
}
const ofActor = {
  mailbox: gauge('millrace_actor_mailbox_messages', 'Messages that wait'),
  oldest: gauge('millrace_actor_mailbox_oldest_seconds', 'Age of the oldest of them'),
  undelivered: counter('millrace_actor_undelivered_total', 'Messages that reached nobody'),
  restarts: counter('millrace_actor_restarts_total', 'Restarts of the actor'),
}

/** Millrace's own metrics: what heals, what lags, what fills up; and the process. A step for each task. */
export function* nodeMetrics(families: Families, parts: InspectorParts): Generator<void> {
  const { services, server } = parts
  const { residentBytes, cpuSeconds, startSeconds } = parts.process()
  families.add(
    appInfo,
    {
      id: parts.workerId(),
      version: server.version,
      commit_id: server.commit,
      start_time_ms: String(Math.round(startSeconds * 1_000)),
    },
    1,
  )
  families.add(ofProcess.resident, {}, residentBytes)
  families.add(ofProcess.cpu, {}, cpuSeconds)
  families.add(ofProcess.start, {}, startSeconds)

  for (const { name, tasks, usedBytes, standingMs, cpuMs } of services.threads.get().hosting.threads()) {
    const labels = { thread: name }
    families.add(ofThread.tasks, labels, tasks)
    families.add(ofThread.used, labels, usedBytes)
    families.add(ofThread.standing, labels, standingMs / 1_000)
    families.add(ofThread.cpu, labels, cpuMs / 1_000)
  }

  const { figures, journal } = services.running.get()
  families.add(restarts, {}, journal.restarts)
  for (const { id } of figures.lives()) {
    taskHealth(families, services, { connector: id.connector, task: String(id.task) }, id)
    yield
  }

  for (const { actor, mailbox, oldestMs, undelivered, restarts: of } of actorSummaries(parts.actors())) {
    const labels = { actor }
    families.add(ofActor.mailbox, labels, mailbox)
    families.add(ofActor.oldest, labels, oldestMs / 1_000)
    families.add(ofActor.undelivered, labels, undelivered)
    families.add(ofActor.restarts, labels, of)
  }
}

function taskHealth(
  families: Families,
  services: EngineServices,
  labels: MetricLabels,
  id: { readonly connector: string; readonly task: number },
): void {
  const { figures, journal, policyOf } = services.running.get()
  const workId = `task/${id.connector}-${id.task}`
  const live = figures.of(id)
  const policy = policyOf(workId)
  if (live === undefined || policy === undefined) return
  const { cells, now } = live
  const at = (cell: Cell): number => readCell(cells, cell)
  const entry = journal.get(workId)
  const stalled = entry?.phase === 'running' && isStalled(readStallSigns(cells), now, policy.stallTimeoutMs)
  families.add(ofTask.lag, labels, at('lag'))
  families.add(ofTask.stalled, labels, stalled ? 1 : 0)
  families.add(ofTask.restarts, labels, entry?.restarts ?? 0)
  families.add(ofTask.bytes, labels, at('bytes-total'))
  families.add(ofTask.inFlight, labels, at('bytes-in-flight'))
  const progressAt = at('last-progress-at')
  if (progressAt > 0) families.add(ofTask.progressAge, labels, Math.max(0, now - progressAt) / 1_000)
}

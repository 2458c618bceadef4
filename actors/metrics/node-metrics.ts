import { threadCpuSource } from '../../src/actor/hosting/index.js'
import type { MetricSpec } from '../../src/core/api/metrics.js'
import type { InspectorParts } from '../inspector.js'
import { actorSummaries } from './actor-summaries.js'
import type { Families } from './families.js'
import { taskHealth } from './task-health.js'

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
    taskHealth(families, services, id)
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

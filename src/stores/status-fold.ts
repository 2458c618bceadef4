import type { InstanceState } from '../core/api/connectors.js'
import { MillraceError } from '../core/error.js'
import { TaskFence, type StaleKey } from '../core/fence.js'
import { taskKey, type TaskId } from '../core/offset.js'
import { decodeTaskMark } from '../core/record-mark.js'
import { stringifyJson } from '../core/json/schemaless.js'
import type { StateRecord } from './state-topic.js'
import type { FollowedRecord } from './topic-follower.js'

/** What a connector or task says of itself, as stored. */
export interface StoredStatus {
  readonly state: InstanceState
  /** A stack trace, only for FAILED. */
  readonly trace: string | null
  /** Who wrote it: `host:port`, or a node's name. */
  readonly workerId: string
  /** The group's generation when it was written; 0 standalone. */
  readonly generation: number
  readonly version: string | null
}

/** A topic that a connector uses. */
export interface TopicUse {
  readonly topic: string
  readonly connector: string
  /** The task that used it first, and when, in milliseconds since the epoch. */
  readonly task: number
  readonly discoverTimestamp: number
}

/** A connector, by name, or one of its tasks. */
export type StatusSubject = { readonly connector: string } | TaskId

const states: readonly string[] = [
  'UNASSIGNED',
  'RUNNING',
  'PAUSED',
  'FAILED',
  'RESTARTING',
  'STOPPED',
] satisfies InstanceState[]

export function statusKey(of: StatusSubject): string {
  return 'task' in of ? `status-task-${taskKey(of)}` : `status-connector-${of.connector}`
}

/** The records of the status topic, in the bytes that Kafka Connect writes (KafkaStatusBackingStore). */
export const statusRecord = {
  /** Null stands for DESTROYED, which is never stored. */
  status: (of: StatusSubject, status: StoredStatus | null): StateRecord => ({
    key: statusKey(of),
    value:
      status &&
      stringifyJson({
        state: status.state,
        trace: status.trace,
        worker_id: status.workerId,
        generation: status.generation,
        version: status.version,
      }),
  }),
  topic: ({ topic, connector, task, discoverTimestamp }: TopicUse): StateRecord => ({
    key: topicKey(connector, topic),
    value: stringifyJson({ topic: { name: topic, connector, task, discoverTimestamp } }),
  }),
  topicRemoved: (connector: string, topic: string): StateRecord => ({ key: topicKey(connector, topic), value: null }),
} as const

function topicKey(connector: string, topic: string): string {
  return `status-topic-${topic}:connector-${connector}`
}

/** UNASSIGNED and FAILED of an instance that has moved on must not hide what its new owner said. */
export function isSafeToWrite(cached: StoredStatus | undefined, status: StoredStatus): boolean {
  const guarded = status.state === 'UNASSIGNED' || status.state === 'FAILED'
  return !(guarded && cached && cached.workerId !== status.workerId && cached.generation > status.generation)
}

/** The status topic folded, by the rules of Connect's KafkaStatusBackingStore, of records that count (R23, R24). */
export class StatusFold {
  readonly #fence = new TaskFence()
  #highestSeq = 0
  readonly #connectors = new Map<string, StoredStatus>()
  readonly #tasks = new Map<string, Map<number, StoredStatus>>()
  readonly #topics = new Map<string, Map<string, TopicUse>>()

  get highestTerm(): number {
    return this.#fence.highestTerm
  }

  /** The highest count in any mark. */
  get highestSeq(): number {
    return this.#highestSeq
  }

  connectors(): string[] {
    return [...new Set([...this.#connectors.keys(), ...this.#tasks.keys()])]
  }

  get(of: StatusSubject): StoredStatus | undefined {
    return 'task' in of ? this.#tasks.get(of.connector)?.get(of.task) : this.#connectors.get(of.connector)
  }

  /** By task number. */
  tasks(connector: string): ReadonlyMap<number, StoredStatus> {
    return new Map([...(this.#tasks.get(connector) ?? [])].toSorted(([a], [b]) => a - b))
  }

  topics(connector: string): TopicUse[] {
    return [...(this.#topics.get(connector)?.values() ?? [])]
  }

  /** Statuses to be written again (R26), each with the value that counts. */
  stale(): readonly (StaleKey & { readonly value: string | null })[] {
    return this.#fence.stale().map(of => ({ ...of, value: this.#goodValue(of.key) }))
  }

  /** Throws `stores.record_malformed`; keys of other kinds are left alone. */
  apply({ partition, key, value, mark }: Omit<FollowedRecord, 'offset'>): void {
    if (key === null) return
    // That a topic was used is true whoever says so, and in any order.
    if (key.startsWith('status-topic-')) return this.#applyTopic(key, value)
    const subject = subjectOf(key)
    if (subject === undefined) return
    const status = value === null ? null : decodeStatus(key, value)
    const of = mark === null ? undefined : decodeTaskMark(mark)
    if (of !== undefined) this.#highestSeq = Math.max(this.#highestSeq, of.seq)
    const verdict = this.#fence.judge({ partition, key, connector: subject.connector, mark: of })
    switch (verdict) {
      case 'accepted':
        if ('task' in subject) this.#setTask(subject, status, of === undefined)
        else this.#setConnector(subject.connector, status)
        break
      case 'repeated':
        if (this.#goodValue(key) !== value) this.#fence.distrust(key)
        break
      case 'stale':
        break
    }
  }

  #goodValue(key: string): string | null {
    const subject = subjectOf(key)!
    return statusRecord.status(subject, this.get(subject) ?? null).value
  }

  #setConnector(name: string, status: StoredStatus | null): void {
    if (status === null) this.#connectors.delete(name)
    else this.#connectors.set(name, status)
  }

  /** Connect's guard, where no marks say who came later: the word of an old owner that arrives late, when the new one runs it already. */
  #setTask({ connector, task }: TaskId, status: StoredStatus | null, guarded: boolean): void {
    const tasks = this.#tasks.get(connector) ?? new Map<number, StoredStatus>()
    if (status === null) tasks.delete(task)
    else {
      const cached = tasks.get(task)
      const running = cached?.state === 'RUNNING' && cached.generation >= status.generation
      if (guarded && running && status.state === 'UNASSIGNED') return
      tasks.set(task, status)
    }
    if (tasks.size === 0) this.#tasks.delete(connector)
    else this.#tasks.set(connector, tasks)
  }

  #applyTopic(key: string, value: string | null): void {
    const { topic, connector } = /^status-topic-(?<topic>[^:]*):connector-(?<connector>.*)$/s.exec(key)?.groups ?? {}
    if (topic === undefined || connector === undefined) throw malformed(key)
    const topics = this.#topics.get(connector) ?? new Map<string, TopicUse>()
    if (value === null) topics.delete(topic)
    else topics.set(topic, decodeTopic(key, value))
    if (topics.size === 0) this.#topics.delete(connector)
    else this.#topics.set(connector, topics)
  }
}

/** Undefined for keys of other kinds. Throws `stores.record_malformed`. */
function subjectOf(key: string): StatusSubject | undefined {
  if (key.startsWith('status-connector-')) return { connector: key.slice('status-connector-'.length) }
  if (!key.startsWith('status-task-')) return undefined
  const { connector, number } = /^status-task-(?<connector>.+)-(?<number>\d{1,9})$/s.exec(key)?.groups ?? {}
  if (connector === undefined) throw malformed(key)
  return { connector, task: Number(number) }
}

function decodeStatus(key: string, value: string): StoredStatus {
  const { state, trace, worker_id, generation, version } = (JSON.parse(value) ?? {}) as Record<string, unknown>
  if (typeof state !== 'string' || !states.includes(state)) throw malformed(key)
  if (typeof worker_id !== 'string' || typeof generation !== 'number') throw malformed(key)
  return {
    state: state as InstanceState,
    trace: typeof trace === 'string' ? trace : null,
    workerId: worker_id,
    generation,
    version: typeof version === 'string' ? version : null,
  }
}

function decodeTopic(key: string, value: string): TopicUse {
  const of = ((JSON.parse(value) ?? {}) as { topic?: Record<string, unknown> }).topic ?? {}
  const { name, connector, task, discoverTimestamp } = of
  if (
    typeof name !== 'string' ||
    typeof connector !== 'string' ||
    typeof task !== 'number' ||
    typeof discoverTimestamp !== 'number'
  )
    throw malformed(key)
  return { topic: name, connector, task, discoverTimestamp }
}

function malformed(key: string): MillraceError {
  return new MillraceError('stores.record_malformed', `The status record under ${key} is malformed.`)
}

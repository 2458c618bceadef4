import type { TargetState } from '../core/api/connectors.js'
import type { RawConfig } from '../core/config/field.js'
import { decodeConfigRecord, type ConfigEvent, type SessionKey } from './config-record.js'

/** One connector, as the config topic has it. Never changed in place: what was asked for once stays as it was. */
export interface ConnectorEntry {
  /** Null when it was deleted, and only its remains are known. */
  readonly config: RawConfig | null
  readonly targetState: TargetState | null
  /** Its committed task configurations, by number; none while inconsistent. */
  readonly tasks: readonly RawConfig[]
  /** A commit came without all of its task records (compaction removes older ones); a later complete one mends it. */
  readonly inconsistent: boolean
  /** Counts commits that brought task configurations, from 0; -1 before the first. */
  readonly taskGeneration: number
  /** Offset of the commit record that made this set of tasks; -1 before the first. */
  readonly tasksOffset: number
  /** The connector configuration in force when its tasks were committed. */
  readonly appliedConfig: RawConfig | null
  /** New task configurations were committed, and old producers are not fenced yet. */
  readonly pendingFencing: boolean
  /** The task count of the last round of fencing. */
  readonly fencedTaskCount: number | null
  /** Task records that wait for their commit record, by number. */
  readonly uncommitted: ReadonlyMap<number, RawConfig>
}

/** What a record changed, for who watches. */
export type ConfigChange =
  | {
      readonly type: 'connector' | 'connector-removed' | 'tasks' | 'target-state' | 'fencing'
      readonly connector: string
    }
  | { readonly type: 'session-key' }
  /** A leader of this cluster (`group.id`) writes the topic from here on. */
  | { readonly type: 'term-begun'; readonly term: number; readonly cluster: string }
  | Extract<ConfigEvent, { type: 'restart' | 'logger-level' }>

const unknown: ConnectorEntry = {
  config: null,
  targetState: null,
  tasks: [],
  inconsistent: false,
  taskGeneration: -1,
  tasksOffset: -1,
  appliedConfig: null,
  pendingFencing: false,
  fencedTaskCount: null,
  uncommitted: new Map(),
}

/** The config topic folded in its order, by the rules of Connect's KafkaConfigBackingStore. */
export class ConfigFold {
  readonly #entries = new Map<string, ConnectorEntry>()
  #sessionKey: SessionKey | undefined
  #offset = -1

  /** After the last record read; -1 before any. */
  get offset(): number {
    return this.#offset
  }

  get sessionKey(): SessionKey | undefined {
    return this.#sessionKey
  }

  /** The names of the connectors that exist, in the order of creation. */
  connectors(): string[] {
    return [...this.#entries].filter(([, entry]) => entry.config !== null).map(([name]) => name)
  }

  /** Undefined where no such connector exists. */
  connector(
    name: string,
  ): (ConnectorEntry & { readonly config: RawConfig; readonly targetState: TargetState }) | undefined {
    const entry = this.#entries.get(name)
    if (!entry || entry.config === null) return undefined
    return { ...entry, config: entry.config, targetState: entry.targetState ?? 'STARTED' }
  }

  /** Undefined where nothing changed. Throws `stores.record_malformed`; the record counts as read and changes nothing else. */
  apply(offset: number, key: string, value: string | null): ConfigChange | undefined {
    this.#offset = offset + 1
    const event = decodeConfigRecord(key, value)
    return event && this.#fold(event, offset)
  }

  /** A record was read that does not count (R28). */
  skip(offset: number): void {
    this.#offset = offset + 1
  }

  #fold(event: ConfigEvent, offset: number): ConfigChange | undefined {
    switch (event.type) {
      case 'connector':
        return this.#foldConnector(event.connector, event.config)
      case 'task': {
        const { connector, task } = event.id
        const uncommitted = new Map(this.#entry(connector).uncommitted).set(task, event.config)
        this.#update(connector, { uncommitted })
        return undefined
      }
      case 'commit':
        return this.#foldCommit(event.connector, event.tasks, offset)
      case 'target-state':
        // A tombstone of a connector that exists means its default.
        this.#update(event.connector, { targetState: event.state })
        return { type: 'target-state', connector: event.connector }
      case 'tasks-fencing':
        this.#update(event.connector, { fencedTaskCount: event.taskCount, pendingFencing: false })
        return { type: 'fencing', connector: event.connector }
      case 'session-key':
        this.#sessionKey = event.sessionKey
        return { type: 'session-key' }
      case 'restart':
      case 'logger-level':
        break
    }
    return event
  }

  #foldConnector(connector: string, config: RawConfig | null): ConfigChange {
    if (config !== null) {
      this.#update(connector, { config })
      return { type: 'connector', connector }
    }
    this.#forgetTasks(connector)
    return { type: 'connector-removed', connector }
  }

  #foldCommit(connector: string, count: number, offset: number): ConfigChange | undefined {
    const entry = this.#entry(connector)
    if (entry.config === null) {
      // Its connector was deleted, and compaction has removed that record already.
      this.#forgetTasks(connector)
      return undefined
    }
    const { uncommitted } = entry
    const tasks = Array.from({ length: Math.min(count, uncommitted.size) }, (_, task) => uncommitted.get(task))
    const complete = tasks.length === count && tasks.every(config => config !== undefined)
    this.#update(connector, {
      tasks: complete ? tasks : [],
      inconsistent: !complete,
      taskGeneration: complete && uncommitted.size > 0 ? entry.taskGeneration + 1 : entry.taskGeneration,
      tasksOffset: offset,
      appliedConfig: complete ? entry.config : entry.appliedConfig,
      pendingFencing: true,
      uncommitted: unknown.uncommitted,
    })
    return { type: 'tasks', connector }
  }

  /** What a deletion leaves is the target state, whose own tombstone follows. */
  #forgetTasks(connector: string): void {
    const { targetState } = this.#entry(connector)
    if (targetState === null) this.#entries.delete(connector)
    else this.#entries.set(connector, { ...unknown, targetState })
  }

  #entry(connector: string): ConnectorEntry {
    return this.#entries.get(connector) ?? unknown
  }

  #update(connector: string, changes: Partial<ConnectorEntry>): void {
    const entry = { ...this.#entry(connector), ...changes }
    if (entry.config === null && entry.targetState === null && isBare(entry)) this.#entries.delete(connector)
    else this.#entries.set(connector, entry)
  }
}

function isBare(entry: ConnectorEntry): boolean {
  return entry.uncommitted.size === 0 && entry.fencedTaskCount === null
}

/** Whether `tasks` must be written: another number, another content, or made of another connector configuration. */
export function tasksDiffer(entry: ConnectorEntry, tasks: readonly RawConfig[]): boolean {
  if (entry.inconsistent || entry.taskGeneration < 0 || entry.tasks.length !== tasks.length) return true
  if (!sameConfig(entry.appliedConfig ?? {}, entry.config ?? {})) return true
  return tasks.some((task, index) => !sameConfig(task, entry.tasks[index] ?? {}))
}

export function sameConfig(a: RawConfig, b: RawConfig): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && a[key] === b[key])
}

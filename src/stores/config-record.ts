import type { TargetState } from '../core/api/connectors.js'
import type { RawConfig } from '../core/config/field.js'
import { MillraceError } from '../core/error.js'
import type { TaskId } from '../core/offset.js'
import { stringifyJson } from '../core/json/schemaless.js'
import type { StateRecord } from './state-topic.js'

export interface SessionKey {
  readonly key: string
  readonly algorithm: string
  readonly creationTimestamp: number
}

/** The records of the config topic, in the bytes that Kafka Connect writes (KafkaConfigBackingStore). */
export const configRecord = {
  /** Null deletes the connector. */
  connector: (name: string, config: RawConfig | null): StateRecord => ({
    key: `connector-${name}`,
    value: config && stringifyJson({ properties: config }),
  }),
  task: ({ connector, task }: TaskId, config: RawConfig): StateRecord => ({
    key: `task-${connector}-${task}`,
    value: stringifyJson({ properties: config }),
  }),
  /** Makes the task records written since the last commit visible, 0 to `tasks` - 1. */
  commit: (connector: string, tasks: number): StateRecord => ({
    key: `commit-${connector}`,
    value: stringifyJson({ tasks }),
  }),
  /** Readers older than STOPPED look at `state`, and are told PAUSED. */
  targetState: (connector: string, state: TargetState | null): StateRecord => ({
    key: `target-state-${connector}`,
    value: state && stringifyJson({ state: state === 'STOPPED' ? 'PAUSED' : state, 'state.v2': state }),
  }),
  tasksFencing: (connector: string, taskCount: number): StateRecord => ({
    key: `tasks-fencing-${connector}`,
    value: stringifyJson({ 'task-count': taskCount }),
  }),
  sessionKey: ({ key, algorithm, creationTimestamp }: SessionKey): StateRecord => ({
    key: 'session-key',
    value: stringifyJson({ key, algorithm, 'creation-timestamp': creationTimestamp }),
  }),
  restart: (connector: string, includeTasks: boolean, onlyFailed: boolean): StateRecord => ({
    key: `restart-connector-${connector}`,
    value: stringifyJson({ 'include-tasks': includeTasks, 'only-failed': onlyFailed }),
  }),
  loggerLevel: (namespace: string, level: string): StateRecord => ({
    key: `logger-cluster-${namespace}`,
    value: stringifyJson({ level }),
  }),
} as const

/** One record of the config topic, understood. */
export type ConfigEvent =
  | { readonly type: 'connector'; readonly connector: string; readonly config: RawConfig | null }
  | { readonly type: 'task'; readonly id: TaskId; readonly config: RawConfig }
  | { readonly type: 'commit'; readonly connector: string; readonly tasks: number }
  | { readonly type: 'target-state'; readonly connector: string; readonly state: TargetState | null }
  | { readonly type: 'tasks-fencing'; readonly connector: string; readonly taskCount: number }
  | { readonly type: 'session-key'; readonly sessionKey: SessionKey }
  | {
      readonly type: 'restart'
      readonly connector: string
      readonly includeTasks: boolean
      readonly onlyFailed: boolean
    }
  | { readonly type: 'logger-level'; readonly namespace: string; readonly level: string }

/** In the order in which Connect's readers try them: a key belongs to the first that fits. */
const decoders: readonly (readonly [prefix: string, decode: (rest: string, value: Fields) => ConfigEvent])[] = [
  [
    'target-state-',
    (connector, value) => ({ type: 'target-state', connector, state: value.isNull ? null : targetStateOf(value) }),
  ],
  [
    'connector-',
    (connector, value) => ({ type: 'connector', connector, config: value.isNull ? null : propertiesOf(value) }),
  ],
  ['task-', (rest, value) => ({ type: 'task', id: taskIdOf(rest), config: propertiesOf(value) })],
  ['commit-', (connector, value) => ({ type: 'commit', connector, tasks: value.count('tasks') })],
  [
    'restart-connector-',
    (connector, value) => ({
      type: 'restart',
      connector,
      includeTasks: value.flag('include-tasks'),
      onlyFailed: value.flag('only-failed'),
    }),
  ],
  [
    'tasks-fencing-',
    (connector, value) => ({ type: 'tasks-fencing', connector, taskCount: value.count('task-count') }),
  ],
  [
    'session-key',
    (_, value) => ({
      type: 'session-key',
      sessionKey: {
        key: value.text('key'),
        algorithm: value.text('algorithm'),
        creationTimestamp: value.count('creation-timestamp'),
      },
    }),
  ],
  ['logger-cluster-', (namespace, value) => ({ type: 'logger-level', namespace, level: value.text('level') })],
]

/** Undefined for keys that are none of Connect's. Throws `stores.record_malformed`. */
export function decodeConfigRecord(key: string, value: string | null): ConfigEvent | undefined {
  const [prefix, decode] = decoderOf(key) ?? []
  return prefix === undefined ? undefined : decode?.(key.slice(prefix.length), new Fields(key, value))
}

/** The two parts of a key; undefined for keys that are none of Connect's. */
export function splitConfigKey(key: string): { readonly prefix: string; readonly rest: string } | undefined {
  const [prefix] = decoderOf(key) ?? []
  return prefix === undefined ? undefined : { prefix, rest: key.slice(prefix.length) }
}

function decoderOf(key: string): (typeof decoders)[number] | undefined {
  return decoders.find(([prefix]) => (prefix === 'session-key' ? key === prefix : key.startsWith(prefix)))
}

/** The fields of a record's value, each checked as it is asked for. */
class Fields {
  readonly #key: string
  readonly #fields: Readonly<Record<string, unknown>> | null

  constructor(key: string, value: string | null) {
    this.#key = key
    const parsed: unknown = value === null ? null : JSON.parse(value)
    if (typeof parsed !== 'object' || Array.isArray(parsed)) throw this.#malformed('is not a map')
    this.#fields = parsed as Readonly<Record<string, unknown>> | null
  }

  get isNull(): boolean {
    return this.#fields === null
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined
  }

  text(name: string): string {
    const value = this.#get(name)
    if (typeof value !== 'string') throw this.#malformed(`has no text in ${name}`)
    return value
  }

  count(name: string): number {
    const value = this.#get(name)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.#malformed(`has no count in ${name}`)
    return value
  }

  flag(name: string): boolean {
    const value = this.#get(name)
    if (typeof value !== 'boolean') throw this.#malformed(`has neither true nor false in ${name}`)
    return value
  }

  map(name: string): Readonly<Record<string, unknown>> {
    const value = this.#get(name)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#malformed(`has no map in ${name}`)
    return value as Readonly<Record<string, unknown>>
  }

  fail(problem: string): never {
    throw this.#malformed(problem)
  }

  #get(name: string): unknown {
    if (this.#fields === null) throw this.#malformed('is null')
    return this.#fields[name]
  }

  #malformed(problem: string): MillraceError {
    return new MillraceError('stores.record_malformed', `The value under ${this.#key} ${problem}.`)
  }
}

function propertiesOf(value: Fields): RawConfig {
  const properties = value.map('properties')
  for (const [name, text] of Object.entries(properties))
    if (typeof text !== 'string' && text !== null) value.fail(`has no text in property ${name}`)
  return properties as RawConfig
}

function targetStateOf(value: Fields): TargetState {
  const state = value.text(value.has('state.v2') ? 'state.v2' : 'state')
  if (state === 'STARTED' || state === 'PAUSED' || state === 'STOPPED') return state
  return value.fail(`has the unknown target state ${state}`)
}

/** The last part is the number; all before it is the connector's name, dashes included. */
export function taskIdOf(rest: string): TaskId {
  const dash = rest.lastIndexOf('-')
  const number = rest.slice(dash + 1)
  if (dash < 1 || !/^\d{1,9}$/.test(number))
    throw new MillraceError('stores.record_malformed', `The key task-${rest} does not end in a task number.`)
  return { connector: rest.slice(0, dash), task: Number(number) }
}

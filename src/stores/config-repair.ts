import { leaderKey } from '../core/leader-fence.js'
import type { RawConfig } from '../core/config/field.js'
import type { ConfigFold } from './config-fold.js'
import { configRecord, splitConfigKey, taskIdOf } from './config-record.js'
import type { StateRecord } from './state-topic.js'

/** What is to be written again so that compaction keeps what counts. */
export interface ConfigRepair {
  readonly records: readonly StateRecord[]
  /** Sets of tasks, which count only as a whole. */
  readonly taskSets: readonly { readonly connector: string; readonly tasks: readonly RawConfig[] }[]
  /** Keys under which nothing counts any more. */
  readonly nothing: readonly string[]
}

/** The good values of stale keys, from what is known of them. */
export function repairOf(
  keys: readonly string[],
  view: Pick<ConfigFold, 'connector' | 'sessionKey'>,
  leaderValue: string,
): ConfigRepair {
  const records: StateRecord[] = []
  const taskSets = new Map<string, readonly RawConfig[]>()
  const nothing: string[] = []
  const repair = (key: string, record: StateRecord | undefined): void =>
    void (record === undefined ? nothing.push(key) : records.push(record))
  const repairTasks = (key: string, connector: string): void => {
    const entry = view.connector(connector)
    // Without its connector a set of tasks means nothing; one that is incomplete will be written anyway.
    if (entry === undefined || entry.inconsistent || entry.taskGeneration < 0) nothing.push(key)
    else taskSets.set(connector, entry.tasks)
  }
  for (const key of keys) {
    const { prefix, rest } = splitConfigKey(key) ?? { prefix: key, rest: '' }
    switch (prefix) {
      case leaderKey:
        repair(key, { key, value: leaderValue })
        break
      case 'connector-':
        repair(key, configRecord.connector(rest, view.connector(rest)?.config ?? null))
        break
      case 'target-state-':
        repair(key, configRecord.targetState(rest, view.connector(rest)?.targetState ?? null))
        break
      case 'task-':
        repairTasks(key, taskIdOf(rest).connector)
        break
      case 'commit-':
        repairTasks(key, rest)
        break
      case 'tasks-fencing-': {
        const count = view.connector(rest)?.fencedTaskCount ?? null
        repair(key, count === null ? undefined : configRecord.tasksFencing(rest, count))
        break
      }
      case 'session-key':
        repair(key, view.sessionKey && configRecord.sessionKey(view.sessionKey))
        break
      default:
        // Restart requests and log levels count once, for those who were there.
        nothing.push(key)
    }
  }
  return {
    records,
    taskSets: [...taskSets].map(([connector, tasks]) => ({ connector, tasks })),
    nothing,
  }
}

import type { OwnTask } from '../../src/cluster/self.js'
import { compareEpochs } from '../../src/core/epoch.js'
import type { ConfigView } from '../../src/stores/config-store.js'
import { workId, type ConnectorWork, type Work } from '../work.js'

interface Owned {
  readonly own: OwnTask
  /** As it stood when the task was granted: another set of tasks is another grant. Undefined for a connector's instance. */
  readonly task: Extract<Work, { kind: 'task' }> | undefined
}

/**
 * What this node runs by the cluster's assignment. A task runs with the configuration of the very set that it was granted
 * for: tasks of two sets must never run beside each other, since they share out the work differently (I3).
 */
export class OwnedWorks {
  readonly #configs: ConfigView
  readonly #byConnector = new Map<string, Map<string, Owned>>()

  constructor(configs: ConfigView) {
    this.#configs = configs
  }

  /** Whether the configurations have been read that the grant is about: `generation` is that of the task's set. */
  isKnown(own: OwnTask, generation: number): boolean {
    const entry = this.#configs.connector(own.connector)
    if (entry === undefined) return false
    return own.number < 0 || (entry.tasksOffset === generation && own.number < entry.tasks.length)
  }

  /** `isKnown` must hold. */
  add(own: OwnTask): void {
    const { connector: name, number } = own
    const entry = this.#configs.connector(name)!
    const task: Owned['task'] =
      number < 0
        ? undefined
        : {
            kind: 'task',
            id: { connector: name, task: number },
            config: entry.tasks[number]!,
            taskCount: entry.tasks.length,
            paused: entry.targetState !== 'STARTED',
            grant: { epoch: own.epoch, since: own.since },
          }
    const works = this.#byConnector.get(name) ?? new Map<string, Owned>()
    this.#byConnector.set(name, works.set(ownId(own), { own, task }))
  }

  remove(own: OwnTask): void {
    const works = this.#byConnector.get(own.connector)
    const found = works?.get(ownId(own))
    // A later grant of the same task may stand there already.
    if (found === undefined || compareEpochs(found.own.epoch, own.epoch) !== 0) return
    works?.delete(ownId(own))
    if (works?.size === 0) this.#byConnector.delete(own.connector)
  }

  has(id: string): boolean {
    return [...this.#byConnector.values()].some(works => works.has(id))
  }

  connectors(): Iterable<string> {
    return this.#byConnector.keys()
  }

  /** What is to run here of a connector: with the target state, and the instance's configuration, that stand now. */
  of(name: string): ConnectorWork {
    const entry = this.#configs.connector(name)
    const works = [...(this.#byConnector.get(name)?.values() ?? [])].flatMap(({ own, task }): Work[] => {
      if (task !== undefined) return [entry ? { ...task, paused: entry.targetState !== 'STARTED' } : task]
      // Deleted: its instance has nothing to plan from, and is about to be dropped.
      if (entry === undefined) return []
      return [
        {
          kind: 'connector',
          name,
          config: entry.config,
          targetState: entry.targetState,
          grant: { epoch: own.epoch, since: own.since },
        },
      ]
    })
    return new Map(works.map(work => [workId(work), work]))
  }
}

/** The id of the work that a grant is about. */
export function ownId({ connector, number }: OwnTask): string {
  return number < 0 ? `connector/${connector}` : `task/${connector}-${number}`
}

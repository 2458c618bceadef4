import type { InstanceState } from '../src/core/api/connectors.js'
import { MillraceError, errorMessage } from '../src/core/error.js'
import { taskKey } from '../src/core/offset.js'
import type { Herder } from '../src/ports/herder.js'
import type { StatusSubject, StoredStatus } from '../src/stores/status-fold.js'
import type { StatusStore } from '../src/stores/status-store.js'
import type { ConnectorTurns } from './connector-turns.js'
import type { EngineServices, WorkerMode } from './engine.js'
import { unknownConnector } from './herder-errors.js'
import type { StoreView } from './herder-view.js'
import { untilAborted } from './until-aborted.js'

/** How long the work supervisor may take to hear of it. */
const askMs = 10_000

/** The three ways in which operators restart (contract §1.10). Each forgives what went wrong before: a fresh budget. */
export function restarts(
  services: EngineServices,
  view: StoreView,
  turns: ConnectorTurns,
  mode: WorkerMode,
): Pick<Herder, 'restartConnector' | 'restartTask' | 'restart'> {
  /** How many lives had begun here before. */
  const restartHere = (ids: readonly string[], quietly: boolean): Promise<number> =>
    services.coordinator
      .get()
      .ref.ask<number>(reply => ({ type: 'relay', message: { type: 'restart', ids, quietly, reply } }), {
        timeoutMs: askMs,
      })

  /** With peers each node restarts what it runs of them, once the leader has said so. */
  const restartAll = async (
    name: string,
    ids: readonly string[],
    quietly: boolean,
    signal: AbortSignal,
  ): Promise<void> => {
    if (mode === 'standalone') await restartHere(ids, quietly)
    else await services.coordinator.get().request({ type: 'restart', name, ids, quietly }, signal)
  }

  /** Whoever runs it, here or on another node, says so in its status. */
  const restartAnywhere = async (of: StatusSubject, id: string, what: string, signal: AbortSignal): Promise<void> => {
    const { statuses } = services.stores.get()
    const before = statuses.view.get(of)
    await restartAll(of.connector, [id], true, signal)
    const state = await nextSettled(statuses, of, before, signal)
    // A task that has failed may have done so with its first records; Connect's too starts after the answer.
    if (state === 'FAILED' && !('task' in of))
      throw new MillraceError('connector.start_failed', `Failed to start ${what}`)
  }

  const restartOne = async (of: StatusSubject, id: string, what: string, signal: AbortSignal): Promise<void> => {
    if (mode === 'distributed') return restartAnywhere(of, id, what, signal)
    const { starts } = services.running.get()
    const before = await restartHere([id], true)
    try {
      await starts.whenStarted(id, ({ number }) => number > before, signal)
    } catch (error) {
      if (signal.aborted) throw error
      throw new MillraceError('connector.start_failed', `Failed to start ${what}: ${errorMessage(error)}`, {
        cause: error,
      })
    }
  }

  return {
    restartConnector: name =>
      turns.take(name, async until => {
        if (view.connector(name) === undefined)
          throw unknownConnector(mode === 'standalone' ? `Connector ${name} not found` : `Unknown connector: ${name}`)
        await restartOne({ connector: name }, `connector/${name}`, `connector: ${name}`, until)
      }),

    restartTask: (name, task) =>
      turns.take(name, async until => {
        const connector = view.connector(name)
        if (connector === undefined) throw unknownConnector(`Unknown connector: ${name}`)
        const key = taskKey({ connector: name, task })
        if (connector.tasks[task] === undefined) {
          const told = mode === 'standalone' ? `Task ${key} not found` : `Unknown task: ${key}`
          throw new MillraceError('task.unknown', told, {
            hint: `GET /connectors/${encodeURIComponent(name)}/tasks lists what there is.`,
          })
        }
        await restartOne({ connector: name, task }, `task/${key}`, `task: ${key}`, until)
      }),

    restart: (name, { includeTasks, onlyFailed }) =>
      turns.take(name, async until => {
        if (view.connector(name) === undefined) throw unknownConnector(`Unknown connector: ${name}`)
        const status = view.status(name)
        if (status === undefined) {
          throw new MillraceError('connector.no_status', `Status for connector ${name} not found`)
        }
        const chosen = (state: InstanceState): boolean => !onlyFailed || state === 'FAILED'
        const restarting = <S extends { readonly state: InstanceState }>(of: S) => ({
          ...of,
          state: 'RESTARTING' as const,
        })
        const instance = chosen(status.connector.state)
        const tasks = status.tasks.filter(({ state }) => includeTasks && chosen(state))
        await restartAll(
          name,
          [...(instance ? [`connector/${name}`] : []), ...tasks.map(({ id }) => `task/${name}-${id}`)],
          false,
          until,
        )
        return {
          ...status,
          connector: instance ? restarting(status.connector) : status.connector,
          tasks: status.tasks.map(task => (tasks.includes(task) ? restarting(task) : task)),
        }
      }),
  }
}

/** The state of the first status after `before` that is more than word of its stop. */
function nextSettled(
  statuses: StatusStore,
  of: StatusSubject,
  before: StoredStatus | undefined,
  signal: AbortSignal,
): Promise<InstanceState> {
  let unsubscribe = (): void => undefined
  const settled = new Promise<InstanceState>(resolve => {
    const look = (): void => {
      const now = statuses.view.get(of)
      if (now !== undefined && now !== before && !underWay.includes(now.state)) resolve(now.state)
    }
    unsubscribe = statuses.subscribe(look)
    look()
  })
  return untilAborted(settled, signal).finally(() => unsubscribe())
}

const underWay: readonly InstanceState[] = ['UNASSIGNED', 'RESTARTING']

import type { ConnectorStateInfo, InstanceStatus } from '../../core/api/connectors.js'
import type { TaskView } from '../../core/api/tasks.js'
import { table } from './table.js'

const details = ['LAG', 'BEHIND', 'P99', 'MOVED'] as const
type Details = readonly [lag: string, behind: string, p99: string, moved: string]
const unknown: Details = ['', '', '', '']

/**
 * A connector's status, one part a row; with what the asked node knows of each task, where it does: records that wait, the
 * age of the oldest, end-to-end latency, the time since anything moved, and a state that Connect has no word for.
 */
export function statusRows(
  { connector, tasks }: ConnectorStateInfo,
  views: readonly TaskView[] | undefined,
  now = Date.now(),
): string {
  const known = views?.some(view => view.state !== 'unassigned') === true
  const row = (part: string, status: InstanceStatus, view?: TaskView): readonly string[] => [
    part,
    stateOf(status, view),
    status.worker_id,
    ...(known ? detailsOf(view, now) : []),
    status.trace?.split('\n')[0] ?? '',
  ]
  return table(
    ['PART', 'STATE', 'WORKER', ...(known ? details : []), 'TRACE'],
    [
      row('connector', connector),
      ...tasks.map(task =>
        row(
          `task ${task.id}`,
          task,
          views?.find(view => view.task === task.id),
        ),
      ),
    ],
  )
}

/** Connect's, with the finer one behind it where that says more. */
function stateOf({ state }: InstanceStatus, view: TaskView | undefined): string {
  const finer = view?.state
  return finer === 'stalled' || finer === 'retrying' || finer === 'backoff' ? `${state} (${finer})` : state
}

function detailsOf(view: TaskView | undefined, now: number): Details {
  if (view === undefined || view.state === 'unassigned') return unknown
  const { lag, e2e, lastProgressAt } = view
  return [
    lag.records === undefined ? '' : String(lag.records),
    lag.ms === undefined ? '' : duration(lag.ms),
    e2e === undefined ? '' : duration(e2e.p99),
    lastProgressAt === undefined ? '' : `${duration(Math.max(0, now - lastProgressAt))} ago`,
  ]
}

/** Two figures at the most: `350ms`, `4.2s`, `12m`, `3h`, `2d`. */
function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`
  if (ms < 120_000) return `${Math.round(ms / 1_000)}s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)}m`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)}h`
  return `${Math.round(ms / 86_400_000)}d`
}

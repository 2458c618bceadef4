import { readCell, type Gauge, type TaskSnapshot } from './task-metrics.js'

const stallGauges = [
  'paused-since',
  'suspended-since',
  'retrying-since',
  'excused-until',
  'last-progress-at',
  'put-pending-since',
  'flush-pending-since',
  'append-pending-since',
  'lag-since',
] as const satisfies readonly Gauge[]

/** What `isStalled` looks at. */
export type StallSigns = Pick<TaskSnapshot, (typeof stallGauges)[number]>

/** The few figures of a task that tell whether it stands: cheap enough to read from all tasks every second. */
export function readStallSigns(from: Float64Array): StallSigns {
  return Object.fromEntries(stallGauges.map(name => [name, readCell(from, name)])) as StallSigns
}

/**
 * I7: whether a task that should move does not: no progress for `timeoutMs` while put, flush or append is pending or
 * it lags. `now` is on the scale of the task's instants. Waiting for an outside system by its own word (`retry`), for an
 * operator (paused), or for the node's lease, is not standing still.
 */
export function isStalled(task: StallSigns, now: number, timeoutMs: number): boolean {
  if (task['paused-since'] > 0 || task['suspended-since'] > 0 || task['retrying-since'] > 0) return false
  const movedAt = Math.max(task['last-progress-at'], task['excused-until'])
  const standsFor = (since: number): boolean => since > 0 && now - Math.max(since, movedAt) > timeoutMs
  return (
    standsFor(task['put-pending-since']) ||
    standsFor(task['flush-pending-since']) ||
    standsFor(task['append-pending-since']) ||
    standsFor(task['lag-since'])
  )
}

import { crowdIsOver } from './crowd.js'
import { instanceNumber, type AssignOp } from './events.js'
import type { PlanOptions } from './plan.js'
import { owners, type ClusterState, type Task } from './state.js'

/**
 * `connect.protocol=eager`: when members or tasks have changed so that anything would be dealt differently, everybody
 * stops everything, and then all is dealt anew.
 */
export function redeal(state: ClusterState, { safe, time }: PlanOptions): AssignOp[] {
  const deal = dealt(state)
  if (deal.size === 0 || !crowdIsOver(state, time)) return []
  const tasks = [...deal.keys()]
  const owned = tasks.filter(task => task.owner !== 0)
  if (owned.some(task => task.revoking || task.owner !== deal.get(task)))
    return owned
      .filter(task => !task.revoking)
      .map(task => ({ op: 'move', task: task.key, next: 0, epoch: task.epoch }))
  if (tasks.some(task => task.lost && !safe(task.lost))) return [] // R18
  return tasks.filter(task => task.owner === 0).map(task => ({ op: 'grant', task: task.key, member: deal.get(task)! }))
}

/** As Connect's EagerAssignor deals: around the members in order, connectors first, then tasks. */
function dealt(state: ClusterState): Map<Task, number> {
  const members = owners(state)
  const deal = new Map<Task, number>()
  if (members.length === 0) return deal
  const tasks = [...state.tasks.values()]
    .filter(task => !task.drop)
    .toSorted(
      (a, b) =>
        Number(a.number !== instanceNumber) - Number(b.number !== instanceNumber) ||
        (a.connector < b.connector ? -1 : a.connector > b.connector ? 1 : a.number - b.number),
    )
  for (const [place, task] of tasks.entries()) deal.set(task, members[place % members.length]!.id)
  return deal
}

import type { AssignOp } from './events.js'
import { owners, type ClusterState, type Member, type Task } from './state.js'
import { motion } from './timers.js'

/**
 * The least number of moves after which every member has the floor or the ceiling of the average; a part of them only,
 * while many tasks are in motion. Nothing may be free.
 */
export function balance(state: ClusterState): AssignOp[] {
  const members = owners(state)
  if (members.length < 2) return []
  const shares = sharesOf(state, members)
  const tasks = [...state.tasks.values()].filter(task => !task.drop)
  let room = Math.max(1, Math.floor(tasks.length * motion)) - tasks.filter(task => task.revoking).length
  const total = shares.reduce((sum, { count }) => sum + count, 0)
  const floor = Math.floor(total / members.length)
  // those who have most keep the odd ones
  shares.sort((a, b) => b.count - a.count || a.member.id - b.member.id)
  const target = (place: number) => floor + (place < total % members.length ? 1 : 0)
  const takers = shares.flatMap(({ member, count }, place) =>
    Array.from({ length: Math.max(0, target(place) - count) }, () => member),
  )
  const ops: AssignOp[] = []
  for (const [place, share] of shares.entries()) {
    let surplus = share.count - target(place)
    for (const task of share.movable) {
      if (surplus <= 0 || room <= 0) break
      const to = takers.pop()
      if (!to) return ops
      ops.push({ op: 'move', task: task.key, next: to.id, epoch: task.epoch })
      surplus--
      room--
    }
  }
  return ops
}

interface Share {
  readonly member: Member
  /** Tasks that it has or is about to get. */
  count: number
  readonly movable: Task[]
}

function sharesOf(state: ClusterState, members: readonly Member[]): Share[] {
  const shares = new Map(members.map(member => [member.id, { member, count: 0, movable: [] as Task[] }]))
  for (const task of state.tasks.values()) {
    if (task.drop) continue
    const share = shares.get(task.revoking ? task.next : task.owner)
    if (!share) continue
    share.count++
    if (!task.revoking) share.movable.push(task)
  }
  return [...shares.values()]
}

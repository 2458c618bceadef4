import { connectorOf, type AssignOp } from './events.js'
import type { PlanOptions } from './plan.js'
import { owners, type ClusterState, type Member, type Task } from './state.js'
import { assignBounds } from './timers.js'

interface Burden {
  readonly member: Member
  count: number
  /** Thousandths of a core. */
  load: number
  readonly perConnector: Map<number, number>
}

/** Grants of what is free: to the least burdened, but a held task to the node that promised to be back. */
export function place(state: ClusterState, free: readonly Task[], { safe, time }: PlanOptions): AssignOp[] {
  const candidates = owners(state)
  if (candidates.length === 0) return []
  const burdens = burdensOf(state, candidates)
  const ops: AssignOp[] = []
  for (const task of free) {
    if (ops.length >= assignBounds.ops) break
    if (task.lost && !safe(task.lost)) continue // R18
    const { hold } = task
    const held = hold && time <= hold.until ? hold : undefined
    const to = held ? burdens.find(({ member }) => member.node === held.node) : least(burdens, task)
    if (!to) continue
    add(to, task)
    ops.push({ op: 'grant', task: task.key, member: to.member.id })
  }
  return ops
}

/** Tasks in motion count where they are going. */
function burdensOf(state: ClusterState, candidates: readonly Member[]): Burden[] {
  const burdens = candidates.map((member): Burden => ({ member, count: 0, load: 0, perConnector: new Map() }))
  const of = new Map(burdens.map(burden => [burden.member.id, burden]))
  for (const task of state.tasks.values()) {
    const burden = of.get(task.next) ?? of.get(task.owner)
    if (burden) add(burden, task)
  }
  return burdens
}

function add(burden: Burden, task: Task): void {
  const connector = connectorOf(task.key)
  burden.count++
  burden.load += task.load
  burden.perConnector.set(connector, (burden.perConnector.get(connector) ?? 0) + 1)
}

/** By count, then by measured load, then by tasks of the same connector, then by age. */
function least(burdens: readonly Burden[], task: Task): Burden {
  const connector = connectorOf(task.key)
  let best = burdens[0]!
  for (const burden of burdens) {
    const order =
      burden.count - best.count ||
      burden.load - best.load ||
      (burden.perConnector.get(connector) ?? 0) - (best.perConnector.get(connector) ?? 0)
    if (order < 0) best = burden
  }
  return best
}

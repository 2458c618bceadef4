import { keyOf } from './events.js'
import type { Fields } from './fields.js'
import { addTask } from './fold-tasks.js'
import type { ClusterState, Connector, Member, Task } from './state.js'
import { packRanges, unpackRanges } from './wire-assign.js'

/**
 * A connector's tasks as columns: numbers, owners by their place among the members (0 is nobody), terms and offsets of the
 * epochs; beside them, for the few that are not simply running or free, the rest.
 */
export function packTasks(state: ClusterState, connector: Connector, index: ReadonlyMap<number, number>): unknown[] {
  const tasks = [...connector.tasks].toSorted((a, b) => a - b).map(key => state.tasks.get(key)!)
  return [
    packRanges(tasks.map(task => task.number)),
    tasks.map(task => index.get(task.owner) ?? 0),
    packRuns(tasks.map(task => task.epoch.term)),
    packRuns(tasks.map(task => task.epoch.offset)),
    tasks.flatMap((task, at) => (isPlain(task) ? [] : [[at, ...packRest(task)]])),
  ]
}

export function unpackTasks(
  state: ClusterState,
  fields: Fields,
  connector: { readonly number: number; readonly name: string },
  members: readonly Member[],
): void {
  const numbers = unpackRanges(fields.list())
  const owners = fields.list()
  const terms = unpackRuns(fields.list())
  const offsets = unpackRuns(fields.list())
  const rests = new Map(fields.list().all(all => unpackRest(all.list())))
  for (const [at, number] of numbers.entries())
    addTask(state, {
      key: keyOf(connector.number, number),
      connector: connector.name,
      number,
      owner: members[owners.integer() - 1]?.id ?? 0,
      epoch: { term: terms[at]!, offset: offsets[at]! },
      ...(rests.get(at) ?? plain),
    })
}

type Rest = Pick<Task, 'revoking' | 'next' | 'lost' | 'hold' | 'drop' | 'load'>
const plain: Rest = { revoking: false, next: 0, lost: undefined, hold: undefined, drop: false, load: 0 }

function isPlain(task: Task): boolean {
  return !task.revoking && !task.lost && !task.hold && !task.drop && task.load === 0
}

function packRest({ revoking, next, lost, hold, drop, load }: Task): unknown[] {
  const bits = (revoking ? 1 : 0) + (drop ? 2 : 0)
  return [bits, next, load, lost ? [lost.member, lost.ttl] : [], hold ? [hold.node, hold.until] : []]
}

function unpackRest(fields: Fields): [at: number, rest: Rest] {
  const at = fields.integer()
  const bits = fields.integer()
  const next = fields.integer()
  const load = fields.integer()
  const lost = fields.list()
  const hold = fields.list()
  return [
    at,
    {
      revoking: (bits & 1) !== 0,
      drop: (bits & 2) !== 0,
      next,
      load,
      lost: lost.more ? { member: lost.integer(), ttl: lost.integer() } : undefined,
      hold: hold.more ? { node: hold.text(), until: hold.integer() } : undefined,
    },
  ]
}

/** Values as `value, how often, value, how often, …`: tasks of one grant share an epoch. */
function packRuns(values: readonly number[]): number[] {
  const runs: number[] = []
  for (const value of values)
    if (runs.length > 0 && runs.at(-2) === value) runs[runs.length - 1]!++
    else runs.push(value, 1)
  return runs
}

function unpackRuns(fields: Fields): number[] {
  return fields
    .all(all => {
      const value = all.integer(-1)
      return Array.from({ length: Math.min(all.integer(), 2 ** 20) }, () => value)
    })
    .flat()
}

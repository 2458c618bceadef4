import { instanceNumber, keyOf, type AssignOp, type ConnectorPlan } from './events.js'
import type { PlanOptions } from './plan.js'
import type { WantedConnector } from './self.js'
import { connectorNamed, type ClusterState, type Connector, type Task } from './state.js'

/** Makes the tasks those that the config topic asks for. Adds to `fence` what waits for it. */
export function reconcile(
  state: ClusterState,
  want: readonly WantedConnector[],
  options: Pick<PlanOptions, 'safe' | 'fencedSets'>,
  fence: WantedConnector[],
): AssignOp[] {
  const { safe } = options
  const ops: AssignOp[] = []
  const names = new Set(want.map(({ name }) => name))
  for (const connector of state.connectors.values())
    if (!names.has(connector.name)) ops.push(...dropAll(tasksOf(state, connector), safe))
  for (const wanted of want) ops.push(...reconcileOne(state, wanted, options, fence))
  return ops
}

function reconcileOne(
  state: ClusterState,
  wanted: WantedConnector,
  { safe, fencedSets }: Pick<PlanOptions, 'safe' | 'fencedSets'>,
  fence: WantedConnector[],
): AssignOp[] {
  const fenced = !wanted.exactlyOnce || fencedSets.get(wanted.name) === wanted.generation
  const begin = (known: Connector | undefined) => {
    if (fenced) return define(state, known, wanted)
    fence.push(wanted)
    return []
  }
  const connector = connectorNamed(state, wanted.name)
  if (!connector) return begin(undefined)
  const tasks = tasksOf(state, connector)
  if (!connector.plan || !continues(connector.plan, wanted)) {
    // no task of the old set runs beside one of the new: their partitions may have changed hands
    const old = tasks.filter(task => task.number !== instanceNumber)
    return old.length > 0 ? dropAll(old, safe) : begin(connector)
  }
  const dropped = tasks.filter(task => task.drop)
  if (dropped.length > 0) return dropAll(dropped, safe)
  if (tasks.length <= wanted.taskCount || grown(connector.plan, wanted)) return define(state, connector, wanted)
  return []
}

/** The plan as wanted, if it is not so, and the tasks that are missing. */
function define(state: ClusterState, connector: Connector | undefined, wanted: WantedConnector): AssignOp[] {
  const { name, generation, taskCount, topics } = wanted
  const ops: AssignOp[] = []
  const known = connector?.plan
  if (!known || !continues(known, wanted) || grown(known, wanted))
    ops.push({ op: 'plan', connector: name, generation, taskCount, topics })
  for (let task = instanceNumber; task < taskCount; task++)
    if (!connector || !state.tasks.has(keyOf(connector.number, task))) ops.push({ op: 'def', connector: name, task })
  return ops
}

/** Whether the same tasks can go on: as many of them, over the same topics and partitions or more. */
function continues(plan: ConnectorPlan, wanted: WantedConnector): boolean {
  if (plan.generation !== wanted.generation || plan.taskCount !== wanted.taskCount) return false
  const counts = new Map(wanted.topics.map(({ topic, index, partitions }) => [`${index} ${topic}`, partitions]))
  return plan.topics.every(({ topic, index, partitions }) => (counts.get(`${index} ${topic}`) ?? -1) >= partitions)
}

function grown(plan: ConnectorPlan, wanted: WantedConnector): boolean {
  const count = (topics: ConnectorPlan['topics']) => topics.reduce((sum, { partitions }) => sum + partitions, 0)
  return plan.topics.length !== wanted.topics.length || count(plan.topics) !== count(wanted.topics)
}

/** R18: a lost task goes for good only when its former owner's lease is over; a first drop only marks it. */
function dropAll(tasks: readonly Task[], safe: PlanOptions['safe']): AssignOp[] {
  return tasks
    .filter(task => !task.drop || (task.owner === 0 && (!task.lost || safe(task.lost))))
    .map(task => ({ op: 'drop', task: task.key }))
}

function tasksOf(state: ClusterState, connector: Connector): Task[] {
  return [...connector.tasks].map(key => state.tasks.get(key)!)
}

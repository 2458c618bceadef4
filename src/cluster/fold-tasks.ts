import { change, touch } from './chain.js'
import {
  connectorOf,
  instanceNumber,
  keyOf,
  numberOf,
  type AssignEvent,
  type AssignOp,
  type ReleasedEvent,
  type TaskKey,
} from './events.js'
import type { FoldRules } from './fold-rules.js'
import { connectorNamed, type ClusterState, type Connector, type Task } from './state.js'

export function assign(rules: FoldRules, state: ClusterState, event: AssignEvent): boolean {
  if (!rules.fromLeader(state, event) || !rules.inSequence(state, event)) return false // R8, R9
  state.version++
  for (const op of event.ops) apply(rules, state, op)
  return true
}

/** One that does not fit the state any more is void; the leader's next plan repairs it (R10). */
function apply(rules: FoldRules, state: ClusterState, op: AssignOp): void {
  switch (op.op) {
    case 'def':
      define(state, op.connector, op.task)
      return
    case 'plan': {
      const { generation, taskCount, topics } = op
      const connector = numbered(state, op.connector)
      connector.plan = { generation, taskCount, topics }
      // otherwise the set goes on, with more to share out
      const fresh = [...connector.tasks].every(key => numberOf(key) === instanceNumber)
      if (fresh) connector.since = { term: state.term, offset: state.offset }
      return
    }
    case 'drop': {
      const task = state.tasks.get(op.task)
      if (task) drop(state, task)
      return
    }
    case 'grant': {
      const task = state.tasks.get(op.task)
      if (task && rules.mayGrant(task) && rules.mayOwn(state.members.get(op.member))) own(state, task, op.member) // R10, R11
      return
    }
    case 'move': {
      const task = state.tasks.get(op.task)
      if (!task || !rules.mayMove(task, op.epoch)) return // R10
      if (op.next !== 0 && !rules.mayOwn(state.members.get(op.next))) return // R11
      task.revoking = true
      task.next = op.next
      touch(state, change.owner, task.key, -op.next - 1)
    }
  }
}

function define(state: ClusterState, name: string, number: number): void {
  const connector = numbered(state, name)
  const key = keyOf(connector.number, number)
  if (state.tasks.has(key)) return
  addTask(state, {
    key,
    connector: name,
    number,
    owner: 0,
    epoch: { term: 0, offset: -1 },
    revoking: false,
    next: 0,
    lost: undefined,
    hold: undefined,
    drop: false,
    load: 0,
  })
  touch(state, change.defined, key)
}

/** Also what a snapshot's tasks go through. */
export function addTask(state: ClusterState, task: Task): void {
  state.tasks.set(task.key, task)
  state.connectors.get(connectorOf(task.key))!.tasks.add(task.key)
  state.members.get(task.owner)?.tasks.add(task.key)
}

export function addConnector(state: ClusterState, connector: Connector): void {
  state.connectors.set(connector.number, connector)
  state.derived.connectorNumbers.set(connector.name, connector.number)
}

function numbered(state: ClusterState, name: string): Connector {
  const known = connectorNamed(state, name)
  if (known) return known
  const connector: Connector = {
    number: state.nextConnector++,
    name,
    plan: undefined,
    since: { term: 0, offset: -1 },
    tasks: new Set(),
  }
  addConnector(state, connector)
  return connector
}

/**
 * A lost task outlives its first drop, which may have been decided while its owner was alive: were it to vanish and be
 * defined anew, nobody would know any more that its former owner's lease may still run (R18). The leader drops it again
 * when that is over.
 */
function drop(state: ClusterState, task: Task): void {
  if (task.owner === 0 && (task.lost === undefined || task.drop)) {
    vanish(state, task)
    return
  }
  task.drop = true
  task.revoking = task.owner !== 0
  task.next = 0
  touch(state, change.owner, task.key, -1)
}

function vanish(state: ClusterState, task: Task): void {
  state.tasks.delete(task.key)
  state.members.get(task.owner)?.tasks.delete(task.key)
  const connector = state.connectors.get(connectorOf(task.key))!
  connector.tasks.delete(task.key)
  if (connector.tasks.size === 0) {
    state.connectors.delete(connector.number)
    state.derived.connectorNumbers.delete(connector.name)
  }
  touch(state, change.vanished, task.key)
}

export function released(rules: FoldRules, state: ClusterState, event: ReleasedEvent): boolean {
  let any = false
  for (const { task: key, epoch } of event.tasks) {
    const task = state.tasks.get(key)
    if (!task || !rules.releases(task, event, epoch)) continue // R12
    any = true
    state.members.get(task.owner)?.tasks.delete(key)
    if (!task.drop && rules.mayOwn(state.members.get(task.next))) own(state, task, task.next)
    else free(state, task, {})
  }
  return any
}

/** The epoch is this record's: each grant has its own, and later ones are greater. */
function own(state: ClusterState, task: Task, member: TaskKey): void {
  state.members.get(task.owner)?.tasks.delete(task.key)
  task.owner = member
  task.epoch = { term: state.term, offset: state.offset }
  task.revoking = false
  task.next = 0
  task.lost = undefined
  task.hold = undefined
  state.members.get(member)?.tasks.add(task.key)
  touch(state, change.owner, task.key, member)
}

/** Its owner is gone or has stopped it. */
export function free(state: ClusterState, task: Task, why: Pick<Partial<Task>, 'lost' | 'hold'>): void {
  if (task.drop && !why.lost) {
    vanish(state, task)
    return
  }
  task.owner = 0
  task.revoking = false
  task.next = 0
  task.lost = why.lost
  task.hold = why.hold
  touch(state, change.owner, task.key)
}

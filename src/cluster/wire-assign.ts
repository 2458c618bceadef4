import { connectorOf, keyOf, numberOf, type AssignOp, type ConnectorPlan, type TaskKey } from './events.js'
import type { Fields } from './fields.js'

/** The kinds of ops as numbers on the wire, in the order in which they are written and so applied. */
const kinds = { plan: 1, def: 2, drop: 3, grant: 4, move: 5 } as const
type Op<Kind extends AssignOp['op']> = Extract<AssignOp, { op: Kind }>

/** `kind, list, kind, list, …`: each list holds the ops of a kind, grouped so that names and members stand once. */
export function packOps(ops: readonly AssignOp[]): unknown[] {
  const of = <Kind extends AssignOp['op']>(kind: Kind) => ops.filter((op): op is Op<Kind> => op.op === kind)
  const groups: [number, unknown[]][] = [
    [kinds.plan, of('plan').map(({ connector, ...plan }) => [connector, ...packPlan(plan)])],
    [kinds.def, packDefs(of('def'))],
    [kinds.drop, of('drop').flatMap(({ task }) => packKey(task))],
    [kinds.grant, packGrants(of('grant'))],
    [kinds.move, of('move').flatMap(({ task, next, epoch }) => [...packKey(task), next, epoch.term, epoch.offset])],
  ]
  return groups.filter(([, list]) => list.length > 0).flat()
}

/** Kinds of a later release are skipped. */
export function unpackOps(fields: Fields): AssignOp[] {
  const ops: AssignOp[] = []
  while (fields.more) {
    const kind = fields.integer()
    const list = fields.list()
    switch (kind) {
      case kinds.plan:
        ops.push(...list.all(all => unpackPlanOp(all.list())))
        break
      case kinds.def:
        ops.push(...list.all(all => unpackDefs(all.list())).flat())
        break
      case kinds.drop:
        ops.push(...list.all((all): AssignOp => ({ op: 'drop', task: unpackKey(all) })))
        break
      case kinds.grant:
        ops.push(...list.all(unpackGrants).flat())
        break
      case kinds.move:
        ops.push(...list.all(unpackMove))
        break
    }
  }
  return ops
}

export function packKey(key: TaskKey): [connector: number, task: number] {
  return [connectorOf(key), numberOf(key)]
}

export function unpackKey(fields: Fields): TaskKey {
  const connector = fields.integer()
  return keyOf(connector, fields.integer(-1))
}

export function packPlan({ generation, taskCount, topics }: ConnectorPlan): unknown[] {
  return [generation, taskCount, topics.flatMap(({ topic, partitions, index }) => [topic, partitions, index])]
}

export function unpackPlan(fields: Fields): ConnectorPlan {
  const generation = fields.integer(-1)
  const taskCount = fields.integer()
  const topics = fields.list().all(all => {
    const topic = all.text()
    const partitions = all.integer()
    return { topic, partitions, index: all.integer() }
  })
  return { generation, taskCount, topics }
}

function unpackPlanOp(fields: Fields): AssignOp {
  const connector = fields.text()
  return { op: 'plan', connector, ...unpackPlan(fields) }
}

/** Numbers as `from, count, from, count, …`. */
export function packRanges(numbers: readonly number[]): number[] {
  const ranges: number[] = []
  for (const number of numbers)
    if (ranges.length > 0 && number === ranges.at(-2)! + ranges.at(-1)!) ranges[ranges.length - 1]!++
    else ranges.push(number, 1)
  return ranges
}

export function unpackRanges(fields: Fields): number[] {
  return fields
    .all(all => {
      const from = all.integer(-1)
      const count = Math.min(all.integer(), 2 ** 20)
      return Array.from({ length: count }, (_, i) => from + i)
    })
    .flat()
}

function packDefs(defs: readonly Op<'def'>[]): unknown[] {
  return [...grouped(defs, def => def.connector)].map(([name, of]) => [name, ...packRanges(of.map(def => def.task))])
}

function unpackDefs(fields: Fields): AssignOp[] {
  const connector = fields.text()
  return unpackRanges(fields).map(task => ({ op: 'def', connector, task }))
}

/** `member, [connector, task, connector, task, …], member, …`. */
function packGrants(grants: readonly Op<'grant'>[]): unknown[] {
  return [...grouped(grants, grant => grant.member)].flatMap(([member, of]) => [
    member,
    of.flatMap(({ task }) => packKey(task)),
  ])
}

function grouped<Op, Key>(ops: readonly Op[], by: (op: Op) => Key): Map<Key, Op[]> {
  const groups = new Map<Key, Op[]>()
  for (const op of ops) {
    const group = groups.get(by(op))
    if (group) group.push(op)
    else groups.set(by(op), [op])
  }
  return groups
}

function unpackGrants(fields: Fields): AssignOp[] {
  const member = fields.integer()
  return fields.list().all(all => ({ op: 'grant', task: unpackKey(all), member }))
}

function unpackMove(fields: Fields): AssignOp {
  const task = unpackKey(fields)
  const next = fields.integer()
  const term = fields.integer()
  return { op: 'move', task, next, epoch: { term, offset: fields.integer(-1) } }
}

import { describe, expect, test } from 'vitest'
import type { AssignOp } from '../../src/cluster/events.js'
import { plan, type PlanOptions } from '../../src/cluster/plan.js'
import type { WantedConnector } from '../../src/cluster/self.js'
import type { Task } from '../../src/cluster/state.js'
import { pace } from '../../src/cluster/timers.js'
import { sinkPartitions } from '../../src/cluster/sink-assignment.js'
import { partitionKey } from '../../src/core/offset.js'
import { History } from './history.js'

const wanted = (name: string, more: Partial<WantedConnector> = {}): WantedConnector => ({
  name,
  generation: 1,
  taskCount: 2,
  topics: [],
  exactlyOnce: false,
  ...more,
})

class Cluster extends History {
  readonly members: number[]
  fencedSets = new Map<string, number>()
  after: PlanOptions['after'] = 'place'

  constructor(
    nodes: number,
    readonly protocol: PlanOptions['protocol'] = 'cooperative',
  ) {
    super()
    this.members = Array.from({ length: nodes }, (_, at) => this.join(`n${at}`, { ttl: 60_000 }))
    this.claim(this.members[0]!)
  }

  plan(want: readonly WantedConnector[], options: Partial<PlanOptions> = {}) {
    const { protocol, fencedSets, after } = this
    const time = this.state.time + 1_000
    return plan(this.state, want, { safe: () => true, time, after, protocol, fencedSets, ...options })
  }

  /** Plans until nothing is left to do, with owners that do as they are told. Returns all ops. */
  settle(want: readonly WantedConnector[], options: Partial<PlanOptions> = {}): AssignOp[] {
    const all: AssignOp[] = []
    for (let round = 0; round < 50; round++) {
      const { ops, turn } = this.plan(want, options)
      if (ops.length === 0) return all
      all.push(...ops)
      this.after = turn
      this.assign(ops)
      this.release()
    }
    throw new Error('The plan has no end.')
  }

  release(): void {
    for (const task of this.state.tasks.values())
      if (task.revoking)
        this.add({ type: 'released', member: task.owner, tasks: [{ task: task.key, epoch: task.epoch }] }, 0)
  }

  /** As if its owner had died. */
  lose(task: Task): void {
    this.state.members.get(task.owner)!.tasks.delete(task.key)
    Object.assign(task, { owner: 0, revoking: false, lost: { member: 99, ttl: 3_500 } })
  }

  /** Tasks per member, by connector name and number. */
  owned(): string[][] {
    return [...this.state.members.values()].map(({ tasks }) =>
      [...tasks].map(key => `${this.state.tasks.get(key)!.connector}${this.state.tasks.get(key)!.number}`).toSorted(),
    )
  }

  counts(): number[] {
    return this.owned().map(tasks => tasks.length)
  }
}

const kinds = (ops: readonly AssignOp[]) => new Set(ops.map(({ op }) => op))

test('tasks become those that the config topic asks for', () => {
  const cluster = new Cluster(2)
  cluster.settle([wanted('a'), wanted('b', { taskCount: 0 })])
  expect(cluster.owned().flat().toSorted()).toEqual(['a-1', 'a0', 'a1', 'b-1'])
  cluster.settle([wanted('b', { taskCount: 0 })])
  expect(cluster.owned().flat()).toEqual(['b-1'])
  expect(cluster.state.connectors.size).toBe(1)
})

test('definitions and placement take turns', () => {
  const cluster = new Cluster(2)
  const first = cluster.plan([wanted('a')])
  expect(kinds(first.ops)).toEqual(new Set(['plan', 'def']))
  cluster.assign(first.ops)
  // another one is created meanwhile: first what is there is placed
  expect(kinds(cluster.plan([wanted('a'), wanted('b')], { after: 'define' }).ops)).toEqual(new Set(['grant']))
  expect(kinds(cluster.plan([wanted('a'), wanted('b')], { after: 'place' }).ops)).toEqual(new Set(['plan', 'def']))
})

test('a crowd that is joining is waited for; who is alone waits for nobody', () => {
  const cluster = new Cluster(2)
  cluster.assign(cluster.plan([wanted('a')]).ops)
  const { changed, crowd } = cluster.state
  expect(cluster.plan([wanted('a')], { time: changed + pace.crowd - 1 }).ops).toEqual([])
  expect(cluster.plan([wanted('a')], { time: changed + pace.crowd }).ops).not.toEqual([])
  cluster.state.changed = crowd + pace.crowdEnd - 100
  expect(cluster.plan([wanted('a')], { time: crowd + pace.crowdEnd - 1 }).ops).toEqual([])
  expect(cluster.plan([wanted('a')], { time: crowd + pace.crowdEnd }).ops).not.toEqual([])
  const alone = new Cluster(1)
  alone.assign(alone.plan([wanted('a')]).ops)
  expect(alone.plan([wanted('a')], { time: alone.state.changed }).ops).toHaveLength(3)
})

describe('another set of tasks', () => {
  test('is defined when the last one of the former set has stopped; the instance goes on', () => {
    const cluster = new Cluster(2)
    cluster.settle([wanted('a')])
    const instance = cluster.task(-1, 'a').epoch
    const next = [wanted('a', { generation: 2, taskCount: 1 })]
    const drops = cluster.plan(next)
    expect(kinds(drops.ops)).toEqual(new Set(['drop']))
    expect(drops.ops).toHaveLength(2)
    cluster.assign(drops.ops)
    expect(cluster.plan(next).ops).toEqual([])
    cluster.release()
    expect(kinds(cluster.plan(next).ops)).toEqual(new Set(['plan', 'def']))
    cluster.settle(next)
    expect(cluster.owned().flat().toSorted()).toEqual(['a-1', 'a0'])
    expect(cluster.task(-1, 'a').epoch).toEqual(instance)
  })

  test('waits for the lease of who died with a task of the former set (R18)', () => {
    const cluster = new Cluster(2)
    cluster.settle([wanted('a')])
    const next = [wanted('a', { generation: 2, taskCount: 1 })]
    cluster.assign(cluster.plan(next).ops)
    for (const task of cluster.state.tasks.values()) if (task.drop) cluster.lose(task)
    expect(cluster.plan(next, { safe: () => false }).ops).toEqual([])
    expect(kinds(cluster.plan(next).ops)).toEqual(new Set(['drop']))
    cluster.settle(next)
    expect(cluster.owned().flat().toSorted()).toEqual(['a-1', 'a0'])
  })

  test('of an exactly-once source waits until the ids of the former tasks are fenced', () => {
    const cluster = new Cluster(1)
    const want = [wanted('a', { exactlyOnce: true })]
    expect(cluster.plan(want)).toMatchObject({ ops: [], fence: want, idle: false })
    cluster.fencedSets.set('a', 1)
    cluster.settle(want)
    const next = [wanted('a', { exactlyOnce: true, generation: 2 })]
    // not while one of them runs
    expect(cluster.plan(next).fence).toEqual([])
    cluster.assign(cluster.plan(next).ops)
    expect(cluster.plan(next).fence).toEqual([])
    cluster.release()
    expect(cluster.plan(next)).toMatchObject({ ops: [], fence: next })
    cluster.fencedSets.set('a', 2)
    cluster.settle(next)
    expect(cluster.task(0, 'a').owner).not.toBe(0)
  })
})

describe('sinks', () => {
  const topics = [
    { topic: 't', partitions: 3, index: 0 },
    { topic: 'u', partitions: 2, index: 1 },
  ]
  const shares = (cluster: Cluster) => {
    const { plan: { taskCount, topics } = { taskCount: 0, topics: [] } } = cluster.state.connectors.get(1)!
    return Array.from({ length: taskCount }, (_, n) => sinkPartitions(topics, n, taskCount).map(partitionKey))
  }

  test('their tasks share the partitions that the plan names', () => {
    const cluster = new Cluster(2)
    cluster.settle([wanted('a', { topics })])
    expect(shares(cluster)).toEqual([
      ['t-0', 't-2', 'u-1'],
      ['t-1', 'u-0'],
    ])
  })

  test('more partitions and more topics only add, and nobody stops', () => {
    const cluster = new Cluster(2)
    cluster.settle([wanted('a', { topics })])
    const before = shares(cluster)
    const more = [{ topic: 't', partitions: 5, index: 0 }, topics[1]!, { topic: 'v', partitions: 1, index: 7 }]
    const ops = cluster.settle([wanted('a', { topics: more })])
    expect(ops).toEqual([{ op: 'plan', connector: 'a', generation: 1, taskCount: 2, topics: more }])
    const after = shares(cluster)
    for (const [n, share] of before.entries()) expect(after[n]).toEqual(expect.arrayContaining(share))
  })

  test.each([
    ['a topic that is gone', [topics[0]!]],
    ['one with fewer partitions, so made anew', [topics[0]!, { ...topics[1]!, partitions: 1 }]],
    ['one with another place', [topics[0]!, { ...topics[1]!, index: 4 }]],
  ])('%s makes another set of tasks', (_, changed) => {
    const cluster = new Cluster(2)
    cluster.settle([wanted('a', { topics })])
    expect(kinds(cluster.plan([wanted('a', { topics: changed })]).ops)).toEqual(new Set(['drop']))
  })
})

describe('placement', () => {
  test('goes by count, then by measured load, then by tasks of the same connector', () => {
    const cluster = new Cluster(3)
    cluster.settle([wanted('a', { taskCount: 2 })])
    const [n0, n1, n2] = cluster.members as [number, number, number]
    expect(cluster.counts()).toEqual([1, 1, 1])
    cluster.add({ type: 'info', member: n0, cpu: 9, memory: 1, loads: [[cluster.key(-1, 'a'), 900]] })
    cluster.add({ type: 'info', member: n2, cpu: 9, memory: 1, loads: [[cluster.key(1, 'a'), 20]] })
    const { ops } =
      (cluster.assign(cluster.plan([wanted('a'), wanted('b', { taskCount: 0 })]).ops),
      cluster.plan([wanted('a'), wanted('b', { taskCount: 0 })], { after: 'define' }))
    expect(ops).toMatchObject([{ op: 'grant', member: n1 }])
    cluster.settle([wanted('a'), wanted('b', { taskCount: 1 })])
    // the busiest gets the last of a round
    expect(cluster.state.members.get(n0)!.tasks.size).toBe(1)
  })

  test('gives lost tasks only when their former owner’s lease is over (R18)', () => {
    const cluster = new Cluster(2)
    cluster.settle([wanted('a')])
    cluster.lose(cluster.task(0, 'a'))
    expect(cluster.plan([wanted('a')], { safe: () => false })).toMatchObject({ ops: [], idle: false })
    expect(cluster.plan([wanted('a')]).ops).toMatchObject([{ op: 'grant' }])
  })

  test('keeps held tasks for their node until the promise runs out', () => {
    const cluster = new Cluster(3)
    cluster.settle([wanted('a')])
    const going = cluster.members[2]!
    const tasks = new Set(cluster.state.members.get(going)!.tasks)
    cluster.add({ type: 'leave', member: going, back: 5_000 })
    const { time } = cluster.state
    expect(cluster.plan([wanted('a')], { time: time + 4_000 }).ops).toEqual([])
    expect(cluster.plan([wanted('a')], { time: time + 5_001 }).ops).toHaveLength(tasks.size)
    const back = cluster.join('n2', { incarnation: 'again', ttl: 60_000 })
    const { ops } = cluster.plan([wanted('a')], { time: time + 4_000 })
    expect(ops).toEqual([...tasks].map(task => ({ op: 'grant', task, member: back })))
  })

  test('passes over who is superseded', () => {
    const cluster = new Cluster(2)
    const young = cluster.join('n0', { incarnation: 'again', ttl: 60_000 })
    cluster.settle([wanted('a')])
    expect(cluster.state.members.get(cluster.members[0]!)!.tasks.size).toBe(0)
    expect(cluster.state.members.get(young)!.tasks.size).toBeGreaterThan(0)
  })
})

describe('balance', () => {
  test('moves the least number of tasks, at most a fifth of them at a time', () => {
    const cluster = new Cluster(2)
    const want = [wanted('a', { taskCount: 29 })]
    cluster.settle(want)
    expect(cluster.counts()).toEqual([15, 15])
    cluster.join('n2', { ttl: 60_000 })
    const { ops } = cluster.plan(want)
    expect(kinds(ops)).toEqual(new Set(['move']))
    expect(ops).toHaveLength(6)
    cluster.assign(ops)
    // none of these has been released
    expect(cluster.plan(want).ops).toEqual([])
    cluster.release()
    expect(cluster.settle(want)).toHaveLength(4)
    expect(cluster.counts()).toEqual([10, 10, 10])
  })

  test('leaves alone what differs by one', () => {
    const cluster = new Cluster(3)
    const want = [wanted('a', { taskCount: 6 })]
    cluster.settle(want)
    expect(cluster.counts().toSorted((a, b) => a - b)).toEqual([2, 2, 3])
    expect(cluster.plan(want)).toMatchObject({ ops: [], idle: true })
  })

  test('waits while anything is free', () => {
    const cluster = new Cluster(2)
    const want = [wanted('a', { taskCount: 9 })]
    cluster.settle(want)
    cluster.join('n2', { ttl: 60_000 })
    cluster.lose(cluster.task(0, 'a'))
    expect(cluster.plan(want, { safe: () => false }).ops).toEqual([])
  })
})

describe('eager', () => {
  test('deals around the members, connectors first', () => {
    const cluster = new Cluster(2, 'eager')
    cluster.settle([wanted('b'), wanted('a')])
    expect(cluster.owned()).toEqual([
      ['a-1', 'a0', 'b0'],
      ['a1', 'b-1', 'b1'],
    ])
  })

  test('stops everything when a member comes, and deals when the last task has stopped', () => {
    const cluster = new Cluster(2, 'eager')
    const want = [wanted('a'), wanted('b')]
    cluster.settle(want)
    cluster.join('n2', { ttl: 60_000 })
    const { ops } = cluster.plan(want)
    expect(kinds(ops)).toEqual(new Set(['move']))
    expect(ops).toHaveLength(6)
    cluster.assign(ops)
    const [first, ...rest] = cluster.state.tasks.values()
    for (const task of rest)
      cluster.add({ type: 'released', member: task.owner, tasks: [{ task: task.key, epoch: task.epoch }] }, 0)
    expect(cluster.plan(want).ops).toEqual([])
    cluster.add({ type: 'released', member: first!.owner, tasks: [{ task: first!.key, epoch: first!.epoch }] }, 0)
    expect(kinds(cluster.plan(want).ops)).toEqual(new Set(['grant']))
    cluster.settle(want)
    expect(cluster.counts()).toEqual([2, 2, 2])
  })

  test('waits for a dead member’s lease', () => {
    const cluster = new Cluster(2, 'eager')
    cluster.settle([wanted('a')])
    for (const task of cluster.state.tasks.values()) cluster.lose(task)
    expect(cluster.plan([wanted('a')], { safe: () => false }).ops).toEqual([])
    expect(cluster.plan([wanted('a')]).ops).toHaveLength(3)
  })
})

import { expect, test } from 'vitest'
import { RebalanceWatch } from '../../../actors/cluster/rebalance-watch.js'
import { emptyState, type ClusterState, type Task } from '../../../src/cluster/state.js'

const owned: Task = {
  key: 1,
  connector: 'c',
  number: 0,
  owner: 7,
  epoch: { term: 1, offset: 1 },
  revoking: false,
  next: 0,
  lost: undefined,
  hold: undefined,
  drop: false,
  load: 0,
}

function watched() {
  const state: ClusterState = emptyState()
  const watch = new RebalanceWatch()
  const step = (now: number, task: Task, assigned = true): ReturnType<typeof watch.figures> => {
    state.tasks.set(task.key, task)
    state.derived.changes++
    if (assigned) state.version++
    watch.look(state, now)
    return watch.figures(now)
  }
  return { state, watch, step }
}

test('before the first there is nothing to tell', () => {
  const { watch, step } = watched()
  step(5, owned)
  expect(watch.figures(10)).toEqual({
    completed: 0,
    rebalancing: false,
    averageMs: NaN,
    maxMs: NaN,
    sinceLastMs: Infinity,
  })
})

test('a rebalance goes on while a task has no owner or is on its way, and is one however many records it takes', () => {
  const { watch, step } = watched()
  step(0, owned)
  expect(step(100, { ...owned, owner: 0, lost: { member: 7, ttl: 1 } }, false)).toMatchObject({ rebalancing: true })
  expect(step(200, { ...owned, revoking: true, next: 8 })).toMatchObject({ rebalancing: true, completed: 0 })
  expect(step(400, { ...owned, owner: 8 })).toMatchObject({
    rebalancing: false,
    completed: 1,
    averageMs: 300,
    maxMs: 300,
  })
  step(1_000, { ...owned, revoking: true })
  expect(step(1_100, owned)).toMatchObject({ completed: 2, averageMs: 200, maxMs: 300, sinceLastMs: 0 })
  expect(watch.figures(61_050)).toMatchObject({ averageMs: 100, maxMs: 100, sinceLastMs: 59_950 })
  expect(watch.figures(70_000)).toMatchObject({ averageMs: NaN, maxMs: NaN, completed: 2 })
})

test('an assignment that takes effect at once counts, and takes no time; one that changes nothing does not count', () => {
  const { state, watch, step } = watched()
  step(0, owned)
  expect(step(50, { ...owned, key: 2 })).toMatchObject({ completed: 1, averageMs: 0, rebalancing: false })
  state.version++
  watch.look(state, 60)
  expect(watch.figures(60)).toMatchObject({ completed: 1 })
})

test('a task that is kept for a node that will be back does not make a rebalance', () => {
  const { step } = watched()
  step(0, owned)
  expect(step(10, { ...owned, owner: 0, hold: { node: 'n', until: 1_000 } }, false)).toMatchObject({
    rebalancing: false,
    completed: 0,
  })
})

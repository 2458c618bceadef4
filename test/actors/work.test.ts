import { expect, test } from 'vitest'
import { reconcile, workId, type RunningWork, type Work } from '../../actors/work.js'

const config = { 'connector.class': 'x' }
const task = (number: number, changes: Partial<Extract<Work, { kind: 'task' }>> = {}): Work => ({
  kind: 'task',
  id: { connector: 'c', task: number },
  config,
  taskCount: 2,
  paused: false,
  ...changes,
})
const connector = (targetState: 'STARTED' | 'PAUSED' | 'STOPPED' = 'STARTED', of = config): Work => ({
  kind: 'connector',
  name: 'c',
  config: of,
  targetState,
})
const wanted = (...works: Work[]): Map<string, Work> => new Map(works.map(work => [workId(work), work]))
const running = (...works: Work[]): Map<string, RunningWork> =>
  new Map(works.map(work => [workId(work), { work, stopping: false }]))
const nothing = { stop: [], start: [], retarget: [] }

test('what runs as wanted is left alone', () => {
  expect(reconcile(running(connector(), task(0)), wanted(connector(), task(0)))).toEqual(nothing)
})

test('what is new starts and what is gone stops', () => {
  expect(reconcile(running(task(0)), wanted(task(1)))).toEqual({
    ...nothing,
    stop: ['task/c-0'],
    start: [task(1)],
  })
})

test('a task whose configuration or number of siblings changed stops, and starts only when it is gone', () => {
  const changed = wanted(task(0, { config: { ...config } }), task(1, { taskCount: 3 }))
  const before = running(task(0), task(1))
  expect(reconcile(before, changed)).toEqual({ ...nothing, stop: ['task/c-0', 'task/c-1'] })
  const stopping = new Map([...before].map(([id, child]) => [id, { ...child, stopping: true }]))
  expect(reconcile(stopping, changed)).toEqual(nothing)
  expect(reconcile(new Map(), changed).start).toEqual([...changed.values()])
})

test('pausing and resuming stops nothing', () => {
  expect(reconcile(running(task(0), connector()), wanted(task(0, { paused: true }), connector('PAUSED')))).toEqual({
    ...nothing,
    retarget: [task(0, { paused: true }), connector('PAUSED')],
  })
})

test('a connector with a changed configuration gets a new instance', () => {
  expect(reconcile(running(connector()), wanted(connector('STARTED', { ...config }))).stop).toEqual(['connector/c'])
})

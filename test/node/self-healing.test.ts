import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { TaskView } from '../../src/core/api/tasks.js'
import { until } from '../process/node-process.js'
import { startTestNode, type TestNode } from './test-node.js'

let node: TestNode
afterEach(() => node.end())

const fileSink = 'org.apache.kafka.connect.file.FileStreamSinkConnector'
const steady = { 'connector.class': 'steady', topic: 'steady', count: '100000' }
const soon = { 'restart.backoff.ms': '10', 'restart.backoff.max.ms': '10' }
const impatient = { 'stall.timeout.ms': '400', ...soon }

/** Undefined while it has not been planned. */
const planned = (connector: string): TaskView | undefined => node.inspector.tasks(connector)[0]
const taskOf = (connector: string): TaskView => planned(connector)!
const codesOf = (connector: string): (string | undefined)[] =>
  planned(connector)?.restarts.last.map(note => note.code) ?? []

test.each(['put', 'flush'])(
  'a sink whose %s never returns shows as stalled, is restarted, and stays failed when that does not help (I7)',
  async hook => {
    node = await startTestNode()
    await node.put('steady', steady)
    const sink = { 'connector.class': 'forgetful-sink', topics: 'steady', hook, 'restart.max': '1', ...impatient }
    await node.put('forgetful', sink)

    const stalled = await until('it to show as stalled', 20_000, () => {
      const task = planned('forgetful')
      // I7: Connect's own status says RUNNING until it is restarted.
      return task?.state === 'stalled' && { task, status: node.taskState('forgetful') }
    })
    expect(stalled.status).toBe('RUNNING')
    // Progress ended some milliseconds before the hook was called.
    expect(stalled.task.pending[hook as 'put']).toBeGreaterThan(300)

    await until('its budget to be used up', 30_000, () => node.taskState('forgetful') === 'FAILED')
    expect(node.trace('forgetful')).toContain('no progress for 400 ms')
    expect(taskOf('forgetful')).toMatchObject({
      state: 'failed',
      restarts: {
        count: 1,
        last: [
          { by: 'supervisor', code: 'task.stalled', counted: true },
          { by: 'nobody', code: 'task.stalled' },
        ],
      },
    })
    const told = (await node.logLines()).filter(line => line['connector'] === 'forgetful')
    expect(told.filter(line => String(line['msg']).startsWith('Stalled'))).toHaveLength(2)
  },
  60_000,
)

test('what lags behind its input and does not move is restarted; what is paused, idle, retrying or waiting is not (I7)', async () => {
  node = await startTestNode()
  await node.put('few', { ...steady, topic: 'few', count: '20' })
  const others: Record<string, Record<string, string>> = {
    idle: { 'connector.class': fileSink, topics: 'few', file: join(node.home, 'few.txt') },
    retrying: { 'connector.class': 'locked-out-sink', topics: 'few' },
    waiting: { 'connector.class': 'waiting', topic: 'x' },
    caughtUp: { 'connector.class': 'waiting', topic: 'x', lag: '0' },
    paused: { 'connector.class': 'waiting', topic: 'x', lag: '5', 'stall.timeout.ms': '60000' },
  }
  for (const [name, config] of Object.entries(others)) await node.put(name, { ...impatient, ...config })
  await node.herder.setTargetState('paused', 'PAUSED')
  await until('all to be settled', 20_000, () =>
    Object.keys(others).every(name => node.taskState(name) === (name === 'paused' ? 'PAUSED' : 'RUNNING')),
  )
  await until('the sink to have all', 20_000, async () => (await node.lines('few.txt')).length === 20)
  await until('the other to retry', 20_000, () => taskOf('retrying').state === 'retrying')

  // Whoever else was to be taken for stalled would have been by the time that this one was twice.
  await node.put('lagging', { 'connector.class': 'waiting', topic: 'x', lag: '5', ...impatient })
  await until('two restarts', 40_000, () => codesOf('lagging').length >= 2)
  expect(new Set(codesOf('lagging'))).toEqual(new Set(['task.stalled']))
  expect(Object.keys(others).map(name => [name, taskOf(name).state, codesOf(name).includes('task.stalled')])).toEqual([
    ['idle', 'running', false],
    ['retrying', 'retrying', false],
    ['waiting', 'running', false],
    ['caughtUp', 'running', false],
    ['paused', 'paused', false],
  ])
}, 90_000)

test('under restart.policy=none a task fails at once and shows its trace, and one that stands is only told of, as in Connect', async () => {
  node = await startTestNode()
  const none = { 'restart.policy': 'none' }
  await node.put('faulty', { 'connector.class': 'faulty', topic: 'x', fault: 'throws', ...none })
  await node.put('steady', steady)
  await node.put('forgetful', {
    'connector.class': 'forgetful-sink',
    topics: 'steady',
    hook: 'put',
    ...impatient,
    ...none,
  })
  await until('the one to fail', 20_000, () => node.taskState('faulty') === 'FAILED')
  expect(node.trace('faulty')).toContain('it broke')
  expect(taskOf('faulty')).toMatchObject({
    state: 'failed',
    budget: { used: 0, limit: 0 },
    restarts: { count: 0, last: [{ by: 'nobody', code: 'faulty.broke', message: 'it broke' }] },
  })
  await until('the other to be told of', 20_000, async () =>
    (await node.logLines()).some(line => line['connector'] === 'forgetful' && line['restarts'] === false),
  )
  expect([taskOf('forgetful').state, node.taskState('forgetful')]).toEqual(['stalled', 'RUNNING'])
  expect(taskOf('forgetful').restarts).toEqual({ count: 0, last: [] })
}, 60_000)

test('restart.max failures later the task is FAILED, and the connector is not', async () => {
  node = await startTestNode()
  await node.put('faulty', { 'connector.class': 'faulty', topic: 'x', fault: 'throws', 'restart.max': '3', ...soon })
  await until('the budget to be used up', 20_000, () => node.taskState('faulty') === 'FAILED')
  expect(codesOf('faulty')).toEqual(['faulty.broke', 'faulty.broke', 'faulty.broke', 'faulty.broke'])
  expect(taskOf('faulty')).toMatchObject({ restarts: { count: 3 }, budget: { used: 3, limit: 3 } })
  expect(node.herder.status('faulty')?.connector.state).toBe('RUNNING')
}, 60_000)

test.each([
  ['isolation=dedicated', { fault: 'blocks', isolation: 'dedicated' }, ['task.hung']],
  [
    'task.memory.max',
    { fault: 'buffers-slowly', 'task.memory.max': String(64 << 20) },
    ['task.memory_exceeded', 'task.out_of_memory'],
  ],
])(
  'with %s a task has a thread of its own, and what it does there costs its neighbours nothing (I5)',
  async (_key, config, codes) => {
    node = await startTestNode({ threads: 1, limits: { hangTimeoutMs: 1_500 } })
    await node.put('steady', steady)
    await node.put('faulty', { 'connector.class': 'faulty', topic: 'x', 'restart.max': '1', ...soon, ...config })
    const thread = await until('it to run', 20_000, () => planned('faulty')?.thread)
    expect([taskOf('faulty').isolation, taskOf('steady').isolation]).toEqual(['dedicated', 'shared'])
    expect(taskOf('steady').thread).not.toBe(thread)
    await until('its budget to be used up', 60_000, () => node.taskState('faulty') === 'FAILED')
    expect(codes).toContain(codesOf('faulty')[0])
    expect(taskOf('steady').restarts).toEqual({ count: 0, last: [] })
  },
  90_000,
)

test('whoever brought a thread down lives in quarantine, and its neighbours know what restarted them', async () => {
  node = await startTestNode({ threads: 1, limits: { hangTimeoutMs: 1_500 } })
  await node.put('steady', steady)
  await node.put('faulty', { 'connector.class': 'faulty', topic: 'x', fault: 'blocks', ...soon })
  await until('it to be quarantined', 60_000, () => planned('faulty')?.isolation === 'quarantined')
  await until('the neighbour to run again', 20_000, () => taskOf('steady').state === 'running')
  expect(taskOf('steady').restarts.last).toMatchObject([{ by: 'supervisor', code: 'thread.lost', counted: false }])
  expect(taskOf('steady').budget.used).toBe(0)
}, 90_000)

test('a sink that never lets go neither keeps its connector from being deleted nor leaves a status', async () => {
  node = await startTestNode()
  await node.put('steady', { ...steady, count: '20' })
  await node.put('forgetful', { 'connector.class': 'forgetful-sink', topics: 'steady', hook: 'close' })
  await until('it to run', 20_000, () => node.taskState('forgetful') === 'RUNNING')
  await node.herder.deleteConnector('forgetful')
  await until('its status to go', 30_000, () => node.herder.status('forgetful') === undefined)
}, 60_000)

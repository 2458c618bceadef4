import { expect, test } from 'vitest'
import { ManualClock } from '../../src/testkit/index.js'
import { isStalled } from '../../src/pipeline/stalled.js'
import { TaskMetrics, readTaskMetrics, taskMetricCells, type TaskSnapshot } from '../../src/pipeline/task-metrics.js'

function metricsOn(clock: ManualClock) {
  const cells = new Float64Array(new SharedArrayBuffer(taskMetricCells * 8))
  return { metrics: new TaskMetrics(cells, clock), read: () => readTaskMetrics(cells) }
}

test('what the task writes is read by name from the shared array', () => {
  const { metrics, read } = metricsOn(new ManualClock())
  metrics.add('source-record-poll-total', 5)
  metrics.add('source-record-poll-total')
  metrics.set('partition-count', 3)
  metrics.sample('batch-size', 10)
  metrics.sample('batch-size', 4)
  expect(read()).toMatchObject({
    'source-record-poll-total': 6,
    'partition-count': 3,
    'batch-size-sum': 14,
    'batch-size-count': 2,
    'batch-size-max': 10,
  })
})

test('a maximum is that of the last one to two windows of 30 seconds', async () => {
  const clock = new ManualClock()
  const { metrics, read } = metricsOn(clock)
  const max = () => {
    metrics.roll()
    return read()['put-batch-time-ms-max']
  }
  metrics.sample('put-batch-time-ms', 50)
  await clock.advance(30_000)
  metrics.sample('put-batch-time-ms', 7)
  expect(max()).toBe(50)
  await clock.advance(30_000)
  expect(max()).toBe(7)
  await clock.advance(90_000)
  expect(max()).toBe(0)
})

test('a minimum is that of the last one to two windows too', async () => {
  const clock = new ManualClock()
  const { metrics, read } = metricsOn(clock)
  metrics.sample('transaction-size', 3)
  metrics.sample('transaction-size', 9)
  expect(read()['transaction-size-min']).toBe(3)
  await clock.advance(30_000)
  metrics.sample('transaction-size', 5)
  expect(read()['transaction-size-min']).toBe(3)
  await clock.advance(30_000)
  metrics.roll()
  expect(read()['transaction-size-min']).toBe(5)
})

test('what begins keeps its beginning, in time since the epoch, and several retries end as one', async () => {
  const clock = new ManualClock(1_000_000)
  const { metrics, read } = metricsOn(clock)
  await clock.advance(5)
  metrics.begin('put-pending-since')
  metrics.enterRetry()
  await clock.advance(5)
  metrics.begin('put-pending-since')
  metrics.enterRetry()
  metrics.leaveRetry()
  expect(read()).toMatchObject({ 'put-pending-since': 1_000_005, 'retrying-since': 1_000_005 })
  metrics.leaveRetry()
  metrics.end('put-pending-since')
  expect(read()).toMatchObject({ 'put-pending-since': 0, 'retrying-since': 0 })
})

const idle = readTaskMetrics(new Float64Array(taskMetricCells))
const at = (changes: Partial<TaskSnapshot>) => isStalled({ ...idle, ...changes }, 100_000, 60_000)

test('a task that should move and has not for the whole time is stalled (I7)', () => {
  for (const cell of ['put-pending-since', 'flush-pending-since', 'append-pending-since', 'lag-since'] as const) {
    expect(at({ [cell]: 39_999 }), cell).toBe(true)
    expect(at({ [cell]: 40_000 }), cell).toBe(false)
    expect(at({ [cell]: 1, 'last-progress-at': 39_999 }), cell).toBe(true)
    expect(at({ [cell]: 1, 'last-progress-at': 40_001 }), cell).toBe(false)
    expect(at({ [cell]: 1, 'paused-since': 2 }), cell).toBe(false)
    expect(at({ [cell]: 1, 'retrying-since': 2 }), cell).toBe(false)
  }
})

test('a task with nothing to do, or that waits for its source, is not stalled', () => {
  expect(at({})).toBe(false)
  expect(at({ 'read-pending-since': 1, 'last-progress-at': 1 })).toBe(false)
  expect(at({ 'input-ended-since': 1 })).toBe(false)
})

import { expect, test } from 'vitest'
import { StallWatch, watched } from '../../actors/stall-watch.js'
import { taskPolicy } from '../../src/pipeline/assemble/runtime-keys.js'
import { TaskMetrics, taskMetricCells } from '../../src/pipeline/task-metrics.js'
import type { Clock } from '../../src/ports/clock.js'
import { ManualClock } from '../../src/testkit/manual-clock.js'

function task(stallTimeoutMs = 60_000) {
  const clock = new ManualClock()
  const cells = new Float64Array(taskMetricCells)
  const metrics = new TaskMetrics(cells, clock)
  const life = { id: { connector: 'c', task: 0 }, cells, threadName: 'tasks-1', dedicated: false }
  const { policy } = taskPolicy({ 'stall.timeout.ms': String(stallTimeoutMs) })
  const watch = new StallWatch(clock)
  return { clock, metrics, life, policy, look: () => watch.look([{ life, policy }]).length }
}

test('a task that stands is found once, after its own time', async () => {
  const { clock, metrics, look } = task(5_000)
  metrics.begin('put-pending-since')
  await clock.advance(5_000)
  expect(look()).toBe(0)
  await clock.advance(1)
  expect([look(), look()]).toEqual([1, 0])
})

test('one that moved again and stands again is found again', async () => {
  const { clock, metrics, look } = task()
  metrics.begin('flush-pending-since')
  await clock.advance(60_001)
  expect(look()).toBe(1)
  metrics.progress()
  expect(look()).toBe(0)
  await clock.advance(60_001)
  expect(look()).toBe(1)
})

test.each(['paused', 'retrying', 'idle', 'reading'] as const)(
  'a task that is %s never counts as stalled',
  async what => {
    const { clock, metrics, look } = task()
    if (what === 'reading') metrics.begin('read-pending-since')
    if (what === 'paused' || what === 'retrying') metrics.begin('put-pending-since')
    if (what === 'paused') metrics.begin('paused-since')
    if (what === 'retrying') metrics.enterRetry()
    await clock.advance(3_600_000)
    expect(look()).toBe(0)
  },
)

test('setting the clock of the machine makes no task look old', async () => {
  const { clock, metrics, life, policy } = task()
  metrics.begin('append-pending-since')
  const ahead: Clock = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime() + 86_400_000,
    setTimer: (callback, ms) => clock.setTimer(callback, ms),
    clearTimer: handle => clock.clearTimer(handle),
  }
  expect(new StallWatch(ahead).look([{ life, policy }])).toEqual([])
})

test('only tasks that run by their own word are looked at', () => {
  const { life, policy } = task()
  const looked = (phase: string | undefined, known = true) =>
    [
      ...watched(
        [life],
        () => phase,
        id => (known && id === 'task/c-0' ? policy : undefined),
      ),
    ].length
  expect([looked('running'), looked('starting'), looked('backoff'), looked(undefined)]).toEqual([1, 0, 0, 0])
  expect(looked('running', false)).toBe(0)
})

import { expect, test } from 'vitest'
import { restartSpec } from '../../actors/work-supervisor.js'
import { supervisor, type ActorFactory } from '../../src/actor/index.js'
import { MillraceError } from '../../src/core/error.js'
import { taskPolicy } from '../../src/pipeline/assemble/runtime-keys.js'
import { TestSystem } from '../../src/testkit/test-system.js'

/** A task that fails `livesMs` after each start, under the keys given; with the times at which it started. */
async function failing(keys: Record<string, string>, livesMs: number, error: Error, forMs: number) {
  const test = new TestSystem()
  const starts: number[] = []
  const start: ActorFactory<never> = context => ({
    started() {
      starts.push(test.clock.now())
      test.clock.setTimer(() => context.fail(error), livesMs)
    },
    receive: message => message,
  })
  const work = test.spawn(
    'work',
    supervisor({
      strategy: 'one_for_one',
      intensity: { max: 0, periodMs: 1_000 },
      backoff: { minMs: 1, maxMs: 1, jitter: 0, resetMs: 1 },
      order: 'concurrent',
    }),
  )
  const child = { ...restartSpec(taskPolicy(keys).policy), id: 'task', start, shutdown: { stopMs: 1_000 } }
  const added = work.ask<void>(reply => ({ type: 'add', child, reply }), { timeoutMs: 1_000 })
  await test.advance(forMs)
  await added
  const parked = test.eventsOf('parked').length
  const alive = test.system.snapshot()[0]?.state
  await test.stop()
  return { starts, waits: starts.slice(1).map((at, i) => at - starts[i]! - livesMs), parked, alive }
}

const broke = new MillraceError('plugin.broke', 'it broke')

test('by default ten restarts within ten minutes are made, with waits that double up to a minute, less jitter', async () => {
  const { waits, parked, alive } = await failing({}, 10, broke, 580_000)
  expect(waits).toHaveLength(10)
  waits.forEach((wait, i) => {
    const full = Math.min(60_000, 1_000 * 2 ** i)
    expect(wait).toBeGreaterThanOrEqual(full * 0.8)
    expect(wait).toBeLessThanOrEqual(full)
  })
  // One restart too many leaves the task down and its supervisor up.
  expect([parked, alive]).toEqual([1, 'running'])
})

test('restart.max, restart.backoff.ms and restart.backoff.max.ms say how often and how long', async () => {
  const keys = { 'restart.max': '4', 'restart.backoff.ms': '100', 'restart.backoff.max.ms': '250' }
  const { waits, parked } = await failing(keys, 0, broke, 60_000)
  expect(waits.map(wait => Math.ceil(wait / 50) * 50)).toEqual([100, 200, 250, 250])
  expect(parked).toBe(1)
})

test('failures further apart than restart.period.ms allow are restarted for ever', async () => {
  const keys = { 'restart.max': '1', 'restart.period.ms': '5000', 'restart.reset.ms': '1000' }
  const { starts, parked } = await failing(keys, 6_000, broke, 600_000)
  expect(starts.length).toBeGreaterThan(80)
  expect(parked).toBe(0)
})

test('after restart.reset.ms without a failure the wait is the first one again', async () => {
  const { waits } = await failing({ 'restart.reset.ms': '5000' }, 5_000, broke, 60_000)
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_000)
})

test('restart.policy=none leaves the task down at its first failure', async () => {
  const { starts, parked } = await failing({ 'restart.policy': 'none' }, 10, broke, 3_600_000)
  expect([starts.length, parked]).toEqual([1, 1])
})

test('errors that pass by themselves wait but never use up the budget', async () => {
  const away = new MillraceError('db.away', 'away', { disposition: 'retry' })
  const { starts, waits, parked } = await failing({ 'restart.max': '1' }, 10, away, 3_600_000)
  expect(starts.length).toBeGreaterThan(50)
  expect(Math.max(...waits)).toBeGreaterThan(40_000)
  expect(parked).toBe(0)
})

test('the loss of its thread costs a task neither budget nor time', async () => {
  const lost = new MillraceError('thread.lost', 'lost', { disposition: 'retry' })
  const { waits, parked } = await failing({ 'restart.policy': 'none' }, 1_000, lost, 20_000)
  expect(new Set(waits)).toEqual(new Set([0]))
  expect(parked).toBe(0)
})

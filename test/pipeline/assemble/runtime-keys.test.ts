import { expect, it } from 'vitest'
import { taskPolicy } from '../../../src/pipeline/assemble/runtime-keys.js'

it('restarts tasks by itself unless told otherwise', () => {
  expect(taskPolicy({ name: 'a' })).toEqual({
    issues: [],
    policy: {
      restart: {
        policy: 'transient',
        max: 10,
        periodMs: 600_000,
        backoffMs: 1_000,
        backoffMaxMs: 60_000,
        resetMs: 300_000,
      },
      stallTimeoutMs: 60_000,
      isolation: 'shared',
    },
  })
})

it('reads every key', () => {
  const { policy, issues } = taskPolicy({
    'restart.policy': 'none',
    'restart.max': '0',
    'restart.period.ms': '1',
    'restart.backoff.ms': '2',
    'restart.backoff.max.ms': '3',
    'restart.reset.ms': '4',
    'stall.timeout.ms': '5',
    isolation: 'dedicated',
    'task.memory.max': '6000000',
  })
  expect(issues).toEqual([])
  expect(policy).toEqual({
    restart: { policy: 'none', max: 0, periodMs: 1, backoffMs: 2, backoffMaxMs: 3, resetMs: 4 },
    stallTimeoutMs: 5,
    isolation: 'dedicated',
    memoryMaxBytes: 6_000_000,
  })
})

it('refuses a longest pause below the first', () => {
  expect(taskPolicy({ 'restart.backoff.max.ms': '10' }).issues).toEqual([
    { key: 'restart.backoff.max.ms', message: 'Value must be at least that of restart.backoff.ms' },
  ])
})

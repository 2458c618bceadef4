import { expect, test } from 'vitest'
import { connectorRows } from '../../src/cli/client/reads.js'
import { statusRows } from '../../src/cli/client/status-rows.js'
import { reached } from '../../src/cli/client/actions.js'
import type { ConnectorStateInfo, InstanceState } from '../../src/core/api/connectors.js'
import type { TaskView } from '../../src/core/api/tasks.js'

const status = (connector: InstanceState, ...tasks: InstanceState[]): ConnectorStateInfo => ({
  name: 'orders',
  connector: { state: connector, worker_id: 'here:8083' },
  tasks: tasks.map((state, id) => ({
    id,
    state,
    worker_id: 'here:8083',
    trace: state === 'FAILED' ? 'No\u001b[2J\nat x' : '',
  })),
  type: 'sink',
})

test('the list of connectors', () => {
  const info = { name: 'orders', config: { 'connector.class': 'FileStreamSink' }, tasks: [], type: 'sink' } as const
  const found = { zebra: { info: null }, orders: { info, status: status('RUNNING', 'RUNNING', 'FAILED') } }
  expect(connectorRows(found)).toBe(
    'NAME    TYPE     STATE    TASKS  CLASS\n' +
      'orders  sink     RUNNING  1/2    FileStreamSink\n' +
      'zebra   unknown  UNKNOWN  0/0\n',
  )
})

test('a status shows the first line of a trace, and nothing that steers a terminal', () => {
  expect(statusRows(status('RUNNING', 'FAILED'), undefined)).toBe(
    'PART       STATE    WORKER     TRACE\nconnector  RUNNING  here:8083\ntask 0     FAILED   here:8083  No?[2J\n',
  )
})

test('a status shows what the node knows of its tasks besides, and nothing of those that it does not run', () => {
  const view: TaskView = {
    task: 0,
    node: 'here:8083',
    state: 'stalled',
    isolation: 'shared',
    restarts: { count: 0, last: [] },
    budget: { used: 0, limit: 10, periodMs: 600_000 },
    lag: { records: 1_200, ms: 93_000 },
    e2e: { p50: 12, p99: 4_240 },
    lastProgressAt: 40_000,
    pending: {},
    queue: { units: 0, bytes: 0 },
    figures: { read: 1, written: 1, bytes: 10, errors: 0, skipped: 0, retries: 0 },
  }
  const elsewhere: TaskView = { ...view, task: 1, state: 'unassigned', lag: {} }
  expect(statusRows(status('RUNNING', 'RUNNING', 'RUNNING'), [view, elsewhere], 100_350)).toBe(
    'PART       STATE              WORKER     LAG   BEHIND  P99   MOVED    TRACE\n' +
      'connector  RUNNING            here:8083\n' +
      'task 0     RUNNING (stalled)  here:8083  1200  93s     4.2s  60s ago\n' +
      'task 1     RUNNING            here:8083\n',
  )
  expect(statusRows(status('RUNNING', 'RUNNING'), [elsewhere])).not.toContain('LAG')
})

test.each([
  ['create', status('RUNNING'), 'not yet'],
  ['create', status('RUNNING', 'RUNNING'), 'yes'],
  ['resume', status('RUNNING', 'FAILED'), 'failed'],
  ['pause', status('PAUSED', 'RUNNING'), 'not yet'],
  ['pause', status('PAUSED', 'PAUSED'), 'yes'],
  ['stop', status('STOPPED', 'RUNNING'), 'not yet'],
  ['stop', status('STOPPED'), 'yes'],
  ['delete', status('RUNNING'), 'not yet'],
  ['delete', undefined, 'yes'],
  ['restart', undefined, 'not yet'],
] as const)('%s %j is reached: %s', (verb, state, expected) => {
  expect(reached(verb, state)).toBe(expected)
})

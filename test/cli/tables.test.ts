import { expect, test } from 'vitest'
import { connectorRows, statusRows } from '../../src/cli/client/reads.js'
import { reached } from '../../src/cli/client/actions.js'
import type { ConnectorStateInfo, InstanceState } from '../../src/core/api/connectors.js'

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
  expect(statusRows(status('RUNNING', 'FAILED'))).toBe(
    'PART       STATE    WORKER     TRACE\nconnector  RUNNING  here:8083\ntask 0     FAILED   here:8083  No?[2J\n',
  )
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

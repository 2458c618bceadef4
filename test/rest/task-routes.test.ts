import fastify from 'fastify'
import { expect, test } from 'vitest'
import type { Overview } from '../../src/core/api/overview.js'
import type { TaskView } from '../../src/core/api/tasks.js'
import { MillraceError } from '../../src/core/error.js'
import type { Inspector } from '../../src/ports/inspector.js'
import { mapErrors } from '../../src/rest/error-body.js'
import { taskRoutes } from '../../src/rest/task-routes.js'

const view: TaskView = {
  task: 0,
  node: 'localhost:8083',
  state: 'running',
  isolation: 'shared',
  restarts: { count: 0, last: [] },
  budget: { used: 0, limit: 10, periodMs: 600_000 },
  lag: { records: 3 },
  pending: { read: 5 },
  queue: { units: 0, bytes: 0 },
  figures: { read: 1, written: 1, bytes: 10, errors: 0, skipped: 0, retries: 0 },
}

const overview: Overview = {
  at: 1,
  cluster: { mode: 'standalone', leader: 'n', term: 0, version: 0, logReachable: true, expected: 1, available: 1 },
  nodes: [],
  counts: { connectors: {}, tasks: { RUNNING: 1 } },
  work: [{ connector: 'c', task: 0, node: 'n', state: 'owned', epoch: { term: 0, offset: 0 } }],
  alerts: [],
}

const inspector: Inspector = {
  overview: () => overview,
  tasks(connector) {
    if (connector !== 'a/b 🙂') throw new MillraceError('connector.unknown', `Connector ${connector} not found`)
    return [view]
  },
  metrics: async () => [{ name: 'm', type: 'gauge', help: 'M', samples: [{ labels: { connector: 'a"b' }, value: 1 }] }],
}

function app() {
  const built = fastify()
  mapErrors(built)
  taskRoutes(built, inspector)
  return built
}

test('the overview says what runs where', async () => {
  const response = await app().inject({ url: '/millrace/v1/overview' })
  expect([response.statusCode, response.json()]).toEqual([200, overview])
})

test('the tasks of a connector are found by its name, whatever it holds', async () => {
  const url = `/millrace/v1/connectors/${encodeURIComponent('a/b 🙂')}/tasks`
  const response = await app().inject({ url })
  expect([response.statusCode, response.json()]).toEqual([200, [view]])
})

test('tasks of a connector that does not exist are answered 404 in the form of all errors, with their code', async () => {
  const response = await app().inject({ url: '/millrace/v1/connectors/nope/tasks' })
  expect([response.statusCode, response.json()]).toEqual([
    404,
    { error_code: 404, message: 'Connector nope not found', code: 'connector.unknown' },
  ])
})

test('metrics are text in the form that Prometheus asks for', async () => {
  const response = await app().inject({ url: '/metrics' })
  expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(response.body).toBe('# HELP m M\n# TYPE m gauge\nm{connector="a\\"b"} 1\n')
})

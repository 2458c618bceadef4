import { expect, test } from 'vitest'
import type { Herder } from '../../src/ports/herder.js'
import { buildRest } from '../../src/rest/server.js'

const app = buildRest({} as Herder)

test.each([undefined, '[{"task.class":"a"}]', '{bad'])('tasks cannot be set from outside (body %s)', async payload => {
  const answer = await app.inject({
    method: 'POST',
    url: '/connectors/c/tasks',
    ...(payload !== undefined && { payload, headers: { 'content-type': 'text/plain' } }),
  })
  expect([answer.statusCode, answer.json()]).toEqual([
    500,
    {
      error_code: 500,
      message: 'Kafka Connect in standalone mode does not support externally setting task configurations.',
    },
  ])
})

test('nobody is fenced from outside, and other methods are not allowed', async () => {
  const answer = await app.inject({ method: 'PUT', url: '/connectors/c/fence' })
  expect([answer.statusCode, answer.json()]).toEqual([
    500,
    {
      error_code: 500,
      message: 'Kafka Connect in standalone mode does not support exactly-once source connectors.',
    },
  ])
  expect((await app.inject({ method: 'GET', url: '/connectors/c/fence' })).statusCode).toBe(405)
})

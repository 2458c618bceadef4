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

test('with peers they are answered as to a stranger: nodes do not call each other, and nobody has a key to sign with', async () => {
  const inCluster = buildRest({} as Herder, undefined, undefined, true)
  const ask = async (method: 'POST' | 'PUT', url: string, headers: Record<string, string> = {}) => {
    const answer = await inCluster.inject({ method, url, headers })
    return [answer.statusCode, answer.json().message]
  }
  const signed = {
    'X-Connect-Authorization': 'c2lnbmF0dXJl',
    'X-Connect-Request-Signature-Algorithm': 'HmacSHA256',
  }
  for (const [method, url] of [
    ['PUT', '/connectors/c/fence'],
    ['POST', '/connectors/c/tasks'],
  ] as const) {
    expect(await ask(method, url)).toEqual([400, 'Internal request missing required signature'])
    expect(await ask(method, url, signed)).toEqual([403, 'Internal request contained invalid signature.'])
  }
})

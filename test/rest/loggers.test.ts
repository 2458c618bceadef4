import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestNode, type TestNode } from '../node/test-node.js'
import { call } from './rest-client.js'

let node: TestNode

beforeAll(async () => {
  node = await startTestNode({ listen: { host: '127.0.0.1', port: 0 } })
  for (const name of ['a', 'b']) await node.put(name, { 'connector.class': 'talking', topic: 't' })
  await vi.waitUntil(() => node.taskState('a') === 'RUNNING' && node.taskState('b') === 'RUNNING', { timeout: 10_000 })
}, 60_000)
afterAll(() => node.end())

const talkedAt = async (connector: string): Promise<Set<unknown>> =>
  new Set(
    (await node.logLines())
      .filter(line => line['connector'] === connector && String(line['msg']).startsWith('talk'))
      .map(line => line['level']),
  )

test('the loggers there are: the node, its log, each connector and each task', async () => {
  const { body } = await call(node, 'GET', '/admin/loggers')
  expect(Object.keys(body)).toEqual([
    'connector',
    'connector.a',
    'connector.a.task-0',
    'connector.b',
    'connector.b.task-0',
    'log',
    'millrace',
    'root',
  ])
  expect(body.root).toEqual({ level: 'INFO', last_modified: null })
  expect(await call(node, 'GET', '/admin/loggers/connector.zz')).toEqual({
    status: 404,
    body: { error_code: 404, message: 'Logger connector.zz not found.' },
  })
})

test("one connector's level changes while it runs, in its thread, and nobody else's", async () => {
  expect(await talkedAt('a')).toEqual(new Set(['info']))
  expect(await call(node, 'PUT', '/admin/loggers/connector.a', { level: 'debug' })).toEqual({
    status: 200,
    body: ['connector.a', 'connector.a.task-0'],
  })
  await expect.poll(() => talkedAt('a'), { timeout: 5_000 }).toEqual(new Set(['info', 'debug']))
  expect(await talkedAt('b')).toEqual(new Set(['info']))
  const { body } = await call(node, 'GET', '/admin/loggers/connector.a.task-0')
  expect(body).toEqual({ level: 'DEBUG', last_modified: expect.any(Number) })
  expect((await node.logLines()).find(line => line['level'] === 'debug')).toMatchObject({ connector: 'a', task: 0 })
})

test('only what changed is answered; what is off is not listed; root is above all', async () => {
  expect((await call(node, 'PUT', '/admin/loggers/connector.b.task-0', { level: 'OFF' })).body).toEqual([
    'connector.b.task-0',
  ])
  expect((await call(node, 'GET', '/admin/loggers')).body).not.toHaveProperty(['connector.b.task-0'])
  expect((await call(node, 'PUT', '/admin/loggers/root', { level: 'INFO' })).body).toEqual([
    'connector.a',
    'connector.a.task-0',
    'connector.b.task-0',
  ])
  expect((await call(node, 'PUT', '/admin/loggers/root?scope=cluster', { level: 'info' })).status).toBe(204)
})

test('a level that is missing or unknown is refused', async () => {
  expect(await call(node, 'PUT', '/admin/loggers/root', { level: 'zz' })).toEqual({
    status: 404,
    body: { error_code: 404, message: "invalid log level 'zz'." },
  })
  expect((await call(node, 'PUT', '/admin/loggers/root', {})).status).toBe(400)
})

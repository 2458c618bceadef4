import { expect, test } from 'vitest'
import type { ConnectorInfo, ConnectorStateInfo } from '../../src/core/api/connectors.js'
import { MillraceError } from '../../src/core/error.js'
import type { Herder } from '../../src/ports/herder.js'
import { buildRest } from '../../src/rest/server.js'

const info = (name: string): ConnectorInfo => ({ name, config: { name, 'tasks.max': '1' }, tasks: [], type: 'source' })
const status = (name: string): ConnectorStateInfo => ({
  name,
  connector: { state: 'RUNNING', worker_id: 'localhost:8083' },
  tasks: [],
  type: 'source',
})

/** A herder over two connectors, of which `b` has not reported a status yet. */
function herder(): Herder {
  const names = new Set(['a', 'b'])
  const answers: Partial<Herder> = {
    whenUp: () => undefined,
    server: () => ({ version: '4.3.0', commit: 'c', kafka_cluster_id: 'k' }),
    connectors: () => [...names],
    connector: name => (names.has(name) ? info(name) : undefined),
    status: name => (name === 'a' ? status(name) : undefined),
    putConnector: name => Promise.resolve({ created: true, info: info(name) }),
    deleteConnector: name => {
      if (!names.delete(name)) throw new MillraceError('connector.unknown', `Connector ${name} not found`)
      return Promise.resolve()
    },
  }
  return answers as Herder
}

async function get(url: string): Promise<{ status: number; body: unknown }> {
  const response = await buildRest(herder()).inject({ method: 'GET', url })
  return { status: response.statusCode, body: response.json() }
}

test('while a part of the node restarts a request waits, and fails only when that takes too long', async () => {
  let up = (): void => undefined
  let giveUp = (_error: Error): void => undefined
  const waiting = new Promise<void>((resolve, reject) => {
    up = resolve
    giveUp = reject
  })
  const app = buildRest({ ...herder(), whenUp: () => waiting })
  let answered = false
  const asked = app.inject('/connectors').then(answer => {
    answered = true
    return answer
  })
  expect((await app.inject('/')).statusCode).toBe(200)
  expect(answered).toBe(false)
  up()
  expect((await asked).json()).toEqual(['a', 'b'])

  const slow = buildRest({ ...herder(), whenUp: () => new Promise((_, reject) => (giveUp = reject)) })
  const refused = slow.inject('/connectors/a/status')
  await slow.inject('/')
  giveUp(new MillraceError('node.request_timed_out', 'Request timed out'))
  expect((await refused).json()).toEqual({ error_code: 500, message: 'Request timed out' })
})

test('the root says version, commit and cluster', async () => {
  expect(await get('/')).toEqual({
    status: 200,
    body: { version: '4.3.0', commit: 'c', kafka_cluster_id: 'k' },
  })
})

test('connectors are listed by name, expanded only as asked', async () => {
  expect((await get('/connectors')).body).toEqual(['a', 'b'])
  expect((await get('/connectors?expand=info')).body).toEqual({ a: { info: info('a') }, b: { info: info('b') } })
  expect((await get('/connectors?expand=info&expand=status')).body).toEqual({
    a: { status: status('a'), info: info('a') },
  })
})

test('an expansion that is unknown, or a comma list, expands nothing', async () => {
  expect((await get('/connectors?expand=info,status')).body).toEqual({ a: {}, b: {} })
})

test('a connector without a status is left out when the status is asked for', async () => {
  expect((await get('/connectors?expand=status')).body).toEqual({ a: { status: status('a') } })
  expect(await get('/connectors/b/status')).toEqual({
    status: 404,
    body: { error_code: 404, message: 'No status found for connector b' },
  })
})

test('a configuration that is put is answered 201 with its place when it is new', async () => {
  const app = buildRest(herder())
  const response = await app.inject({ method: 'PUT', url: '/connectors/n%20n/config', payload: { 'tasks.max': '1' } })
  expect([response.statusCode, response.headers.location, response.json()]).toEqual([
    201,
    'http://localhost:80/connectors/n%20n',
    info('n n'),
  ])
})

test('deleting answers 204, and 404 the second time', async () => {
  const app = buildRest(herder())
  expect((await app.inject({ method: 'DELETE', url: '/connectors/a' })).statusCode).toBe(204)
  const again = await app.inject({ method: 'DELETE', url: '/connectors/a' })
  expect([again.statusCode, again.json()]).toEqual([404, { error_code: 404, message: 'Connector a not found' }])
})

test("what does not exist is answered in Connect's words", async () => {
  expect(await get('/nothing')).toEqual({ status: 404, body: { error_code: 404, message: 'HTTP 404 Not Found' } })
  expect(await get('/connectors/%F0%9F%98%80%2F')).toEqual({
    status: 404,
    body: { error_code: 404, message: 'Connector 😀/ not found' },
  })
})

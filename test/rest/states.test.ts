import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConnectorStateInfo } from '../../src/core/api/connectors.js'
import { until } from '../process/node-process.js'
import { startApiNode, steady, type ApiNode } from './api-node.js'

let api: ApiNode
beforeAll(async () => {
  api = await startApiNode()
})
afterAll(() => api.end())

const error = (code: number, message: unknown) => ({ status: code, body: { error_code: code, message } })
const broken = { 'connector.class': 'faulty', topic: 'broken', fault: 'throws', 'restart.policy': 'none' }

async function states(name: string): Promise<readonly (string | undefined)[]> {
  const { body } = await api.ask('GET', `/connectors/${name}/status`)
  const { connector, tasks } = body as ConnectorStateInfo
  return [connector.state, ...tasks.map(({ state }) => state)]
}

const untilStates = (name: string, ...wanted: string[]) =>
  until(`${name} to be ${wanted.join()}`, 20_000, async () => (await states(name)).join() === wanted.join())

test('pause, resume and stop go to where they say, each answered as Connect does (trap 2)', async () => {
  await api.ask('PUT', '/connectors/c/config', steady)
  await untilStates('c', 'RUNNING', 'RUNNING')
  expect(await api.ask('PUT', '/connectors/c/pause')).toMatchObject({ status: 202, body: undefined })
  await untilStates('c', 'PAUSED', 'PAUSED')
  expect((await api.ask('PUT', '/connectors/c/pause')).status).toBe(202)
  expect((await api.ask('PUT', '/connectors/c/resume')).status).toBe(202)
  await untilStates('c', 'RUNNING', 'RUNNING')
  expect(await api.ask('PUT', '/connectors/c/stop')).toMatchObject({ status: 204, body: undefined })
  await untilStates('c', 'STOPPED')
  expect((await api.ask('GET', '/connectors/c/tasks')).body).toEqual([])
  expect((await api.ask('PUT', '/connectors/c/stop')).status).toBe(204)
  expect((await api.ask('PUT', '/connectors/c/resume')).status).toBe(202)
  await untilStates('c', 'RUNNING', 'RUNNING')
})

test('a connector can be made paused or stopped, and stays so when its configuration changes', async () => {
  for (const [initial_state, state] of [
    ['paused', 'PAUSED'],
    ['STOPPED', 'STOPPED'],
  ]) {
    const name = `made-${state}`
    expect(await api.ask('POST', '/connectors', { name, config: steady, initial_state })).toMatchObject({
      status: 201,
      body: { tasks: [] },
    })
    expect(await states(name)).toEqual([state])
    expect((await api.ask('PUT', `/connectors/${name}/config`, { ...steady, count: '6' })).status).toBe(200)
    expect(await states(name)).toEqual([state])
  }
})

test('stop right after a change leaves no task behind', async () => {
  for (let round = 0; round < 10; round++) {
    const [, stop] = await Promise.all([
      api.ask('PUT', '/connectors/quick/config', { ...steady, count: String(round + 1) }),
      round === 0 ? undefined : api.ask('PUT', '/connectors/quick/stop'),
      api.ask('PUT', '/connectors/quick/resume'),
    ])
    expect(stop?.status ?? 204).toBe(204)
  }
  await api.ask('PUT', '/connectors/quick/stop')
  await untilStates('quick', 'STOPPED')
  expect((await api.ask('GET', '/connectors/quick')).body).toMatchObject({ tasks: [] })
})

test('a task that failed for good is restarted by hand, with a fresh budget, and nothing else moves it', async () => {
  await api.ask('PUT', '/connectors/broken/config', broken)
  await untilStates('broken', 'RUNNING', 'FAILED')
  const failed = (await api.ask('GET', '/connectors/broken/tasks/0/status')).body
  expect(failed).toMatchObject({ id: 0, state: 'FAILED', trace: expect.stringContaining('it broke') })
  await api.ask('PUT', '/connectors/broken/pause')
  await untilStates('broken', 'PAUSED', 'FAILED')
  await api.ask('PUT', '/connectors/broken/resume')
  await untilStates('broken', 'RUNNING', 'FAILED')
  expect(await api.ask('POST', '/connectors/broken/tasks/0/restart')).toMatchObject({ status: 204, body: undefined })
  await untilStates('broken', 'RUNNING', 'FAILED')
  expect(await api.ask('POST', '/connectors/broken/restart?includeTasks=TRUE&onlyFailed=true')).toMatchObject({
    status: 202,
    body: { name: 'broken', connector: { state: 'RUNNING' }, tasks: [{ id: 0, state: 'RESTARTING' }] },
  })
  await untilStates('broken', 'RUNNING', 'FAILED')
})

test('the plan of a restart shows what will restart, no trace with it (traps 6, 19)', async () => {
  await api.ask('PUT', '/connectors/plan/config', steady)
  await untilStates('plan', 'RUNNING', 'RUNNING')
  const plan = (query: string) => api.ask('POST', `/connectors/plan/restart?${query}`)
  expect(await plan('onlyFailed=true')).toMatchObject({
    status: 202,
    body: { connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] },
  })
  const all = await plan('includeTasks=true')
  expect(all).toMatchObject({
    status: 202,
    body: { connector: { state: 'RESTARTING' }, tasks: [{ state: 'RESTARTING' }] },
  })
  expect((all.body as ConnectorStateInfo).connector).not.toHaveProperty('trace')
  await untilStates('plan', 'RUNNING', 'RUNNING')
  expect(await plan('includeTasks=yes')).toMatchObject({ status: 204, body: undefined })
  await untilStates('plan', 'RUNNING', 'RUNNING')
})

test('what does not exist is told in the words of each call', async () => {
  const told: readonly (readonly ['GET' | 'PUT' | 'POST', string, number, string])[] = [
    ['GET', '/connectors/no', 404, 'Connector no not found'],
    ['GET', '/connectors/no/config', 404, 'Connector no not found'],
    ['GET', '/connectors/no/tasks', 404, 'Connector no not found'],
    ['GET', '/connectors/no/status', 404, 'No status found for connector no'],
    ['GET', '/connectors/no/tasks/0/status', 404, 'No status found for task no-0'],
    ['PUT', '/connectors/no/pause', 404, 'Unknown connector no'],
    ['PUT', '/connectors/no/resume', 404, 'Unknown connector no'],
    ['PUT', '/connectors/no/stop', 500, 'No connector `no` configured'],
    ['POST', '/connectors/no/restart', 404, 'Connector no not found'],
    ['POST', '/connectors/no/restart?includeTasks=true', 404, 'Unknown connector: no'],
    ['POST', '/connectors/no/tasks/0/restart', 404, 'Unknown connector: no'],
    ['POST', '/connectors/c/tasks/9/restart', 404, 'Task c-9 not found'],
  ]
  for (const [method, url, status, message] of told) {
    expect([url, await api.ask(method, url)]).toMatchObject([url, error(status, message)])
  }
})

test('topics are told and reset without a look at whether the connector exists (trap 7)', async () => {
  await until('the topic to show', 20_000, async () => {
    const { body } = await api.ask('GET', '/connectors/broken/topics')
    return JSON.stringify(body) === '{"broken":{"topics":["broken"]}}'
  })
  expect((await api.ask('PUT', '/connectors/broken/topics/reset')).status).toBe(202)
  expect((await api.ask('GET', '/connectors/broken/topics')).body).toEqual({ broken: { topics: [] } })
  expect(await api.ask('GET', '/connectors/no/topics')).toMatchObject({ status: 200, body: { no: { topics: [] } } })
  expect((await api.ask('PUT', '/connectors/no/topics/reset')).status).toBe(202)
})

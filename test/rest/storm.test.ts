import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../process/node-process.js'
import { path, startApiNode, steady, type ApiNode } from './api-node.js'

let api: ApiNode
beforeAll(async () => {
  api = await startApiNode()
})
afterAll(() => api.end())

test('1,000 concurrent creations and deletions of the same names leave nothing half-applied', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `storm-${i}`)
  // Five hundred clients, each with one creation and then one deletion, of another name as often as not.
  const both = await Promise.all(
    Array.from({ length: 500 }, async (_, i) => {
      const config = { ...steady, count: String(i) }
      const created = await api.ask('POST', '/connectors', { name: names[i % names.length], config })
      const deleted = await api.ask('DELETE', path(names[(i * 7) % names.length]!))
      return [created, deleted]
    }),
  )
  const answers = both.flat()
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 204, 404, 409]))

  const exist = new Set((await api.ask('GET', '/connectors')).body as string[])
  const created = answers.filter(({ status }) => status === 201).length
  const deleted = answers.filter(({ status }) => status === 204).length
  expect(created - deleted).toBe(exist.size)
  for (const name of names) {
    if (!exist.has(name)) {
      expect((await api.ask('GET', path(name, '/tasks/0/status'))).status).toBe(404)
      continue
    }
    expect((await api.ask('GET', path(name))).body).toMatchObject({ tasks: [{ connector: name, task: 0 }] })
    await until(`${name} to run`, 20_000, async () => {
      const { body } = await api.ask('GET', path(name, '/status'))
      return /"connector":\{"state":"RUNNING".*"tasks":\[\{"id":0,"state":"RUNNING"/.test(JSON.stringify(body))
    })
    expect((await api.ask('DELETE', path(name))).status).toBe(204)
  }
  expect((await api.ask('GET', '/connectors')).body).toEqual([])
  const running = JSON.stringify(api.node.actors())
  expect(names.filter(name => running.includes(`${name}"`) || running.includes(`${name}-0"`))).toEqual([])
}, 90_000)

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiNode, steady, type ApiNode } from './api-node.js'
import { isContractual, requestsOf } from './fuzz-requests.js'

let api: ApiNode
beforeAll(async () => {
  api = await startApiNode()
})
afterAll(() => api.end())

const seed = 20_261_123
const forMs = 4_000
const atOnce = 8

test(`a storm of requests of every kind is answered, each as the contract allows (seed ${seed})`, async () => {
  const next = requestsOf(seed)
  const until = performance.now() + forMs
  let asked = 0
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const { method, url, body: sent, type } = next()
      const answer = await api.ask(method, url, sent, type)
      asked++
      const { message } = (answer.body ?? {}) as { message?: string | null }
      const where = `${method} ${url} ${sent?.slice(0, 200)} -> ${answer.status} ${message}`
      if (answer.status >= 400 && method !== 'HEAD') {
        expect(answer.body, where).toMatchObject({ error_code: answer.status, message: expect.any(String) })
      }
      if (answer.status >= 500) {
        const allowed = isContractual(message ?? '')
        expect(allowed, where).toBe(true)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  expect(asked).toBeGreaterThan(100)

  // Whatever came, the node works: everything can be deleted, and nothing of it runs on.
  for (const name of (await api.ask('GET', '/connectors')).body as string[]) {
    expect((await api.ask('DELETE', `/connectors/${encodeURIComponent(name)}`)).status).toBe(204)
  }
  expect((await api.ask('GET', '/connectors')).body).toEqual([])
  expect((await api.ask('GET', '/health')).status).toBe(200)
  expect(await api.ask('POST', '/connectors', { name: 'after', config: steady })).toMatchObject({ status: 201 })
}, 60_000)

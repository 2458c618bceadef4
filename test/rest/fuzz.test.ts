import type { HTTPMethods } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../../src/testkit/seeded-random.js'
import { startApiNode, steady, type ApiNode } from './api-node.js'

let api: ApiNode
beforeAll(async () => {
  api = await startApiNode()
})
afterAll(() => api.end())

const seed = 20_261_123
const forMs = 4_000
const atOnce = 8

const names = [
  'a',
  'b',
  'c d',
  'e/f',
  '😀',
  '<b>',
  '__proto__',
  'constructor',
  '',
  ' ',
  '%',
  'line\nbreak',
  'ü'.repeat(99),
]
const paths = [
  '/',
  '/health',
  '/connectors',
  '/connectors/NAME',
  '/connectors/NAME/config',
  '/connectors/NAME/status',
  '/connectors/NAME/tasks',
  '/connectors/NAME/tasks/TASK/status',
  '/connectors/NAME/tasks/TASK/restart',
  '/connectors/NAME/fence',
  '/connectors/NAME/pause',
  '/connectors/NAME/resume',
  '/connectors/NAME/stop',
  '/connectors/NAME/restart',
  '/connectors/NAME/topics',
  '/connectors/NAME/topics/reset',
  '/connectors/NAME/offsets',
  '/connector-plugins',
  '/connector-plugins/NAME/config',
  '/connector-plugins/steady/config/validate',
  '/nowhere/NAME',
]
const queries = [
  '',
  '',
  '',
  '?expand=status',
  '?expand=info&expand=x',
  '?includeTasks=true',
  '?onlyFailed=1&=&&a',
  '?%zz',
]
const methods: readonly HTTPMethods[] = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const types = [
  'application/json',
  'application/json',
  'application/json',
  'text/plain',
  '',
  'application/json; charset=x',
]
const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`

/** 500s in the words of the contract, or of ours where it has none (§1.9, §1.12, §1.13, §1.15). */
const contractual = new Set([
  'Kafka Connect in standalone mode does not support externally setting task configurations.',
  'Kafka Connect in standalone mode does not support exactly-once source connectors.',
  'org.apache.kafka.connect.runtime.rest.errors.BadRequestException: Connector config contains no connector type',
  ...names.flatMap(name => [
    `No connector \`${name}\` configured`,
    `Tasks of connector ${name} have not fully stopped yet.`,
  ]),
])

/** What the contract answers 500 in words of its own making (§1.2): a body that cannot be read, and the exception of a class that is not there. */
const unreadable = [
  /^The text is not JSON: .+$/s,
  /^The body is (missing|not an object)\.$/,
  /^(The body|"config") has a value that is not text: [^\n]*\.$/,
  /^"(name|initial_state)" is not text\.$/,
  /^"config" is missing or not an object\.$/,
  /^"offsets" is not a list\.$/,
  /^(An element of "offsets"|A offset|A partition) is not an object\.$/,
  /^Unrecognized field ".*"\.$/s,
  /^No initial_state "(x|7)": RUNNING, PAUSED or STOPPED\.$/,
  /^org\.apache\.kafka\.connect\.errors\.ConnectException: No connector plugin is named ".*"\.$/,
]

test(`a storm of requests of every kind is answered, each as the contract allows (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!

  const body = (): string | undefined => {
    const config = {
      ...steady,
      'tasks.max': pick(['1', 2, '0', null, true, 'x', -1, 1e300]),
      count: pick(['1', '9', {}, '']),
    }
    const whole = JSON.stringify(
      pick<unknown>([
        config,
        steady,
        { name: pick(names), config },
        { name: pick(names), config: steady, initial_state: pick(['PAUSED', 'x', null, 7]) },
        { name: pick(names), config: { ...steady, 'connector.class': pick(['nope', '', null, 'file']) } },
        { offsets: [{ partition: { of: 'a' }, offset: pick([null, { index: 1 }, 7]) }] },
        null,
        [],
        'text',
        7,
      ]),
    )
    const kind = random.next()
    if (kind < 0.1) return undefined
    if (kind < 0.2) return whole.slice(0, Math.floor(random.next() * whole.length))
    if (kind < 0.23) return deep
    if (kind < 0.26) return whole.replace(/"/, '"\\ud800')
    return whole
  }

  const until = performance.now() + forMs
  let asked = 0
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const method = pick(methods)
      const url =
        pick(paths)
          .replace('NAME', encodeURIComponent(pick(names)))
          .replace('TASK', pick(['0', '1', '-1', 'x', '99999999999', '1e3'])) + pick(queries)
      const sent = method === 'GET' || method === 'HEAD' ? undefined : body()
      const answer = await api.ask(method, url, sent, pick(types))
      asked++
      const { message } = (answer.body ?? {}) as { message?: string | null }
      const where = `${method} ${url} ${sent?.slice(0, 200)} -> ${answer.status} ${message}`
      if (answer.status >= 400 && method !== 'HEAD') {
        expect(answer.body, where).toMatchObject({ error_code: answer.status, message: expect.any(String) })
      }
      if (answer.status >= 500) {
        const allowed = contractual.has(message ?? '') || unreadable.some(pattern => pattern.test(message ?? ''))
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

import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../../src/testkit/seeded-random.js'
import { startApiNode, steady, type ApiNode } from './api-node.js'

let api: ApiNode
beforeAll(async () => {
  api = await startApiNode()
})
afterAll(() => api.end())

const seed = 20_261_126
const forMs = 5_000

test(`a storm of dry runs of every kind is answered, and leaves nothing (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!
  /** What is right, four times of five. */
  const mostly = (right: unknown, wrong: readonly unknown[]): unknown => (random.next() < 0.8 ? right : pick(wrong))
  const fault = () => pick(['throws', 'rejects', 'exits', 'exits-and-swallows', 'throws-in-a-timer'])
  const config = () =>
    pick<unknown>([
      { ...steady, name: pick(['a', '', null, '__proto__', '😀']), count: pick(['3', '0', 'x', null]) },
      { name: 'a', 'connector.class': 'faulty', topic: 't', fault: fault(), after: pick(['0', '2']) },
      { name: 'a', 'connector.class': 'waiting', topic: pick(['t', '']), lag: '9' },
      { name: 'a', 'connector.class': 'forgetful-sink', topics: pick(['steady', 'none', '..']), hook: 'put' },
      { ...steady, name: 'a', transforms: 'x', 'transforms.x.type': pick(['nope', 'Filter', '']) },
      { ...steady, name: 'a', 'connector.class': pick(['nope', '', null, 'file', 'constructor']) },
      null,
      [],
      'text',
      { a: {} },
    ])
  const body = (): string => {
    const whole = JSON.stringify({
      config: config(),
      limit: mostly(pick([1, 2, 100]), [0, 101, -1, 1.5, 'x', null, 1e300]),
      timeoutMs: mostly(pick([1, 50, 200]), [0, 30_001, '5']),
      from: mostly('committed', [
        'earliest',
        'latest',
        'then',
        [],
        [{ partition: { of: 'a' }, offset: { index: 1 } }],
        [{ partition: { kafka_topic: 'steady', kafka_partition: pick([0, 99, -1, 'x']) }, offset: null }],
        [{ partition: null }],
        { a: 1 },
        7,
      ]),
      acceptEffects: mostly(pick([true, false, null]), ['x', 7]),
    })
    const kind = random.next()
    if (kind < 0.05) return whole.slice(0, Math.floor(random.next() * whole.length))
    if (kind < 0.1) return whole.replace(/"/, '"\\ud800')
    if (kind < 0.13) return `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    return whole
  }

  await api.ask('POST', '/connectors', { name: 'writer', config: steady })
  const counts = new Map<number, number>()
  const until = performance.now() + forMs
  const hasSeenEnough = (): boolean => [200, 400].every(status => (counts.get(status) ?? 0) > 5)
  const client = async (): Promise<void> => {
    while (performance.now() < until || !hasSeenEnough()) {
      const sent = body()
      const answer = await api.ask('POST', '/millrace/v1/dry-run', sent)
      counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1)
      const where = `${sent.slice(0, 300)} -> ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`
      expect([200, 400, 429], where).toContain(answer.status)
      if (answer.status !== 200)
        expect(answer.body, where).toMatchObject({ error_code: answer.status, code: expect.any(String) })
      else
        for (const line of (answer.body as string).trimEnd().split('\n'))
          expect(() => JSON.parse(line) as unknown, where).not.toThrow()
      if (answer.status === 200)
        expect((answer.body as string).trimEnd().split('\n').at(-1), where).toMatch(/^\{"end":/)
    }
  }
  await Promise.all([1, 2, 3].map(client))
  expect(hasSeenEnough()).toBe(true)

  expect((await api.ask('GET', '/connectors')).body).toEqual(['writer'])
  expect((await api.ask('GET', '/health')).status).toBe(200)
  expect(await api.ask('GET', '/connectors/writer/status')).toMatchObject({
    body: { connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] },
  })
  expect(await api.ask('POST', '/millrace/v1/dry-run', { config: { ...steady, name: 'last' } })).toMatchObject({
    status: 200,
    body: expect.stringContaining('"read":5'),
  })
}, 60_000)

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DryRunEnd, DryRunEvent, DryRunRecord } from '../../src/core/api/dry-run.js'
import { startTestNode, type TestNode } from '../node/test-node.js'
import { until } from '../process/node-process.js'
import { call } from './rest-client.js'

let node: TestNode
beforeAll(async () => {
  node = await startTestNode({ listen: { host: '127.0.0.1', port: 0 }, limits: { hangTimeoutMs: 3_000 } })
}, 60_000)
afterAll(() => node.end())

const text = 'org.apache.kafka.connect.storage.StringConverter'

interface Run {
  readonly stages: Extract<DryRunEvent, { stages: unknown }>
  readonly records: readonly DryRunRecord[]
  readonly end: DryRunEnd
}

/** Runs it to its end. */
async function dryRun(request: object): Promise<Run> {
  const answer = await fetch(`${node.url}/millrace/v1/dry-run`, {
    method: 'POST',
    body: JSON.stringify(request),
    headers: { 'content-type': 'application/json' },
  })
  const body = await answer.text()
  expect(answer.status, body).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
  const events = body
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as DryRunEvent)
  const [stages, ...rest] = events
  const last = rest.pop()
  if (stages === undefined || !('stages' in stages) || last === undefined || !('end' in last))
    throw new Error(`It began or ended otherwise: ${body}`)
  return { stages, records: rest as DryRunRecord[], end: last.end }
}

const lines = async (file: string, text: string): Promise<string> => {
  const path = join(node.home, file)
  await writeFile(path, text)
  return path
}

const source = (file: string, more: object = {}) => ({
  name: 'dry',
  'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
  'key.converter': text,
  'value.converter': text,
  topic: 'dry-lines',
  file,
  ...more,
})

const routed = {
  transforms: 'route,drop',
  'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
  'transforms.route.regex': '(.*)',
  'transforms.route.replacement': 'web-$1',
  'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
  'transforms.drop.predicate': 'dead',
  predicates: 'dead',
  'predicates.dead.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
}

test("a source's records are shown stage by stage, and nothing of it is left", async () => {
  const file = await lines('in.txt', 'one\ntwo\nthree\nfour\n')
  const { stages, records, end } = await dryRun({ config: source(file, routed), limit: 3 })
  expect(stages.connector).toMatchObject({ name: 'dry', type: 'source', tasks: 1 })
  expect(stages.stages.map(({ id, executed }) => (executed ? id : `${id} left out`))).toEqual([
    'read',
    'transform:route',
    'predicate:drop',
    'transform:drop',
    'convert:header',
    'convert:key',
    'convert:value',
    'write left out',
  ])
  expect(records.map(({ record }) => record)).toEqual([1, 2, 3])
  expect(records[1]!.steps).toMatchObject([
    {
      stage: 'read',
      value: {
        topic: 'dry-lines',
        value: { data: 'two', schema: 'string' },
        source: { partition: { filename: file }, offset: { position: 8 } },
      },
    },
    {
      stage: 'transform:route',
      value: { topic: 'web-dry-lines' },
      diff: [{ op: 'replace', path: '/topic', was: 'dry-lines', value: 'web-dry-lines' }],
    },
    { stage: 'predicate:drop', matches: false },
    { stage: 'transform:drop', skipped: true },
    { stage: 'convert:key', value: { key: { bytes: null, size: 0 } } },
    {
      stage: 'convert:value',
      value: { value: { bytes: 'two', size: 3 } },
      diff: [{ op: 'replace', path: '/value', was: { data: 'two' }, value: { bytes: 'two' } }],
    },
  ])
  expect(end).toMatchObject({
    read: 3,
    kept: 3,
    dropped: 0,
    failed: 0,
    wouldWriteTo: { 'web-dry-lines': 3 },
    committed: false,
    sideEffects: [],
    why: 'limit',
  })
  await expectNothingLeft('dry')
})

/** No topic, offset, group or status of it. */
async function expectNothingLeft(name: string): Promise<void> {
  expect((await call(node, 'GET', '/connectors')).body).not.toContain(name)
  expect(node.herder.status(name)).toBeUndefined()
  // A connector that is made under the name begins at the beginning.
  await node.put(name, { 'connector.class': 'steady', topic: 'steady', count: '0' })
  expect((await call(node, 'GET', `/connectors/${name}/offsets`)).body).toEqual({ offsets: [] })
  expect((await call(node, 'DELETE', `/connectors/${name}`)).status).toBe(204)
}

test('a configuration that is wrong is refused with all its errors, as it is when it is created', async () => {
  const config = { ...source('/nowhere'), 'tasks.max': '0', transforms: 'x', 'transforms.x.type': 'nope' }
  const created = await call(node, 'POST', '/connectors', { name: 'dry', config })
  const { status, body } = await call(node, 'POST', '/millrace/v1/dry-run', { config })
  expect([status, body.message]).toEqual([400, created.body.message])
  expect(body.message).toContain('2 error(s)')
})

test('errors are data too, each with its key, so that a form can show them where they belong', async () => {
  const config = { ...source('/nowhere'), 'tasks.max': '0', topic: undefined }
  const { body } = await call(node, 'POST', '/millrace/v1/dry-run', { config })
  expect(body).toMatchObject({ error_code: 400, code: 'config.invalid' })
  expect(body.details.map(({ path }: { path: string }) => path).toSorted()).toEqual(['tasks.max', 'topic'])
  const nameless = await call(node, 'POST', '/millrace/v1/dry-run', { config: { topic: 't' } })
  expect(nameless).toMatchObject({ status: 400, body: { code: 'config.invalid' } })
  const wrong = { config: 7, limit: 0, timeoutMs: 30_001, from: 'then', acceptEffects: 'x', more: 1 }
  const refused = await call(node, 'POST', '/millrace/v1/dry-run', wrong)
  expect(refused).toMatchObject({ status: 400, body: { code: 'rest.request_invalid' } })
  for (const field of Object.keys(wrong)) expect(refused.body.message).toContain(`"${field}"`)
  for (const body of ['', '{', '[]', 'null', undefined])
    expect((await call(node, 'POST', '/millrace/v1/dry-run', body)).status).toBe(400)
})

test("a sink's topics are read beside its group, and its output is left alone", async () => {
  await node.put('orders', { 'connector.class': 'steady', topic: 'orders', count: '30' })
  const out = join(node.home, 'out.txt')
  const config = {
    name: 'copy',
    'connector.class': 'FileStreamSink',
    'key.converter': text,
    'value.converter': text,
    topics: 'orders,not-there',
    file: out,
    transforms: 'hoist',
    'transforms.hoist.type': 'org.apache.kafka.connect.transforms.HoistField$Value',
    'transforms.hoist.field': 'number',
  }
  await until('the records to be there', 20_000, async () => (await dryRun({ config, limit: 100 })).end.read === 30)
  const { stages, records, end } = await dryRun({ config, limit: 2, from: 'earliest' })
  expect(stages.stages.map(({ id }) => id)).toEqual([
    'fetch',
    'convert:key',
    'convert:value',
    'convert:header',
    'transform:hoist',
    'write',
  ])
  expect(records[1]!.steps.at(-1)!.value).toMatchObject({
    topic: 'orders',
    offset: 1,
    value: { data: { number: '1' } },
  })
  expect(end).toMatchObject({ read: 2, kept: 2, wouldWriteTo: {}, missingTopics: ['not-there'], why: 'limit' })
  await expect(readFile(out)).rejects.toThrow(/ENOENT/)

  // The same name as a connector that has got on: its committed offsets are where it begins, and they stay.
  const { name, ...own } = config
  await node.put(name, { ...own, topics: 'orders' })
  const lines = await until('the lines to arrive', 20_000, async () => {
    const written = await node.lines('out.txt')
    return written.length === 30 && written
  })
  await call(node, 'PUT', '/connectors/copy/stop')
  const committed = await until('the offset to be committed', 20_000, async () => {
    const { body } = await call(node, 'GET', '/connectors/copy/offsets')
    return body.offsets[0]?.offset.kafka_offset === 30 && body
  })
  expect((await dryRun({ config })).end).toMatchObject({ read: 0, why: 'topics-ended' })
  const offset = (at: number) => [
    { partition: { kafka_topic: 'orders', kafka_partition: 0 }, offset: { kafka_offset: at } },
  ]
  expect((await dryRun({ config, from: offset(28) })).end).toMatchObject({ read: 2 })
  expect((await call(node, 'GET', '/connectors/copy/offsets')).body).toEqual(committed)
  expect(await node.lines('out.txt')).toEqual(lines)
})

test('a source begins at its committed offsets, at none, or at those that are given', async () => {
  await node.put('steady-one', { 'connector.class': 'steady', topic: 'steady-one', count: '25' })
  await until('its offset to be committed', 20_000, async () => {
    const { body } = await call(node, 'GET', '/connectors/steady-one/offsets')
    return body.offsets[0]?.offset.index === 25
  })
  const config = { name: 'steady-one', 'connector.class': 'steady', topic: 'steady-one', count: '27' }
  const values = async (more: object): Promise<unknown[]> =>
    (await dryRun({ config, limit: 2, ...more })).records.map(
      ({ steps }) => (steps[0]!.value!.value as { data: unknown }).data,
    )
  expect(await values({})).toEqual(['25', '26'])
  expect(await values({ from: 'earliest' })).toEqual(['0', '1'])
  const from = [{ partition: { of: 'steady-one' }, offset: { index: 7 } }]
  expect(await values({ from })).toEqual(['7', '8'])
  for (const [wrong, code] of [
    ['latest', 'offsets.invalid'],
    [[{ partition: { of: 'x' }, offset: { at: 7 } }], 'offsets.invalid'],
    [[{ partition: 7 }], 'rest.request_invalid'],
  ])
    expect(await call(node, 'POST', '/millrace/v1/dry-run', { config, from: wrong })).toMatchObject({
      status: 400,
      body: { code },
    })
  expect((await call(node, 'GET', '/connectors/steady-one/offsets')).body.offsets[0].offset).toEqual({ index: 25 })
})

test('what reading would change outside is asked about first', async () => {
  const config = { name: 'taking', 'connector.class': 'taking', topic: 'taken' }
  expect(await call(node, 'POST', '/millrace/v1/dry-run', { config })).toMatchObject({
    status: 409,
    body: { code: 'dryrun.effects', message: expect.stringContaining('Takes messages for taken from the queue.') },
  })
  const { end } = await dryRun({ config, acceptEffects: true })
  expect(end).toMatchObject({ read: 1, sideEffects: ['Takes messages for taken from the queue.'] })
})

const sent = (config: object, more: object = {}, signal?: AbortSignal, accept = '*/*') =>
  fetch(`${node.url}/millrace/v1/dry-run`, {
    method: 'POST',
    body: JSON.stringify({ config, ...more }),
    headers: { 'content-type': 'application/json', accept },
    ...(signal && { signal }),
  })
const waiting = { name: 'w', 'connector.class': 'waiting', topic: 'waited' }

test('server-sent events for who asks for them', async () => {
  const answer = await sent(waiting, { timeoutMs: 100 }, undefined, 'text/event-stream')
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const events = (await answer.text()).split('\n\n').filter(event => event !== '')
  expect(events.map(event => Object.keys(JSON.parse(event.replace(/^data: /, '')) as object)[0])).toEqual([
    'connector',
    'end',
  ])
  expect(events[1]).toContain('"why":"timeout"')
})

test('as many as may run at once, and a place is free again as soon as its client has gone', async () => {
  const clients = [new AbortController(), new AbortController()]
  const answers = await Promise.all(clients.map(client => sent(waiting, { timeoutMs: 30_000 }, client.signal)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(await call(node, 'POST', '/millrace/v1/dry-run', { config: waiting })).toMatchObject({
    status: 429,
    body: { code: 'dryrun.busy' },
  })
  const short = async (): Promise<number> => {
    const answer = await sent(waiting, { timeoutMs: 50 })
    await answer.text()
    return answer.status
  }
  clients[0]!.abort()
  await until('a place', 10_000, async () => (await short()) === 200)
  clients[1]!.abort()
  await until('both places', 10_000, async () => (await Promise.all([short(), short()])).join() === '200,200')
})

test.each([
  ['exits', 'task.exit_called'],
  ['blocks', 'task.hung'],
  ['rejects', 'internal'],
  ['throws-in-a-timer', 'internal'],
  ['throws', 'faulty.broke'],
])('a source that %s ends its dry run in words, after what it had read, and harms nobody', async (fault, code) => {
  await node.put(`beside-${fault}`, { 'connector.class': 'steady', topic: 'beside', count: '1000000' })
  const config = { name: 'bad', 'connector.class': 'faulty', topic: 'bad', fault, after: '3' }
  const { end, records } = await dryRun({ config })
  expect(end).toMatchObject({ read: 3, why: 'failed', error: { code } })
  expect(records).toHaveLength(3)
  expect(node.taskState(`beside-${fault}`)).toBe('RUNNING')
  const { body } = await call(node, 'GET', `/millrace/v1/connectors/beside-${fault}/tasks`)
  expect(body[0].restarts).toMatchObject({ count: 0 })
  await call(node, 'DELETE', `/connectors/beside-${fault}`)
})

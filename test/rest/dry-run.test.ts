import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DryRunEnd, DryRunEvent, DryRunRecord } from '../../src/core/api/dry-run.js'
import { startTestNode, type TestNode } from '../node/test-node.js'
import { call } from './rest-client.js'

let node: TestNode
beforeAll(async () => {
  node = await startTestNode({ listen: { host: '127.0.0.1', port: 0 } })
}, 60_000)
afterAll(() => node.end())

const text = 'org.apache.kafka.connect.storage.StringConverter'

export interface Run {
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

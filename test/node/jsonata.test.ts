import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigInfos } from '../../src/core/api/validation.js'
import { call } from '../rest/rest-client.js'
import { until } from '../process/node-process.js'
import { startTestNode, type TestNode } from './test-node.js'

let node: TestNode
beforeAll(async () => {
  node = await startTestNode({ listen: { host: '127.0.0.1', port: 0 } })
}, 60_000)
afterAll(() => node.end())

const json = {
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
}

test('a transform and a predicate in JSONata do their work in a task thread, records in order', async () => {
  await node.put('count', {
    'connector.class': 'steady',
    topic: 'numbers',
    count: '500',
    pause: '1',
    ...json,
    transforms: 'shape,drop',
    'transforms.shape.type': 'JSONata',
    'transforms.shape.expression': '{"n": $number($), "topic": $topic}',
    'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
    'transforms.drop.predicate': 'odd',
    predicates: 'odd',
    'predicates.odd.type': 'JSONata',
    'predicates.odd.expression': 'n % 2 = 1',
  })
  await node.put('write', { 'connector.class': 'FileStreamSink', topics: 'numbers', file: `${node.home}/out.txt` })
  const lines = await until('the numbers to arrive', 20_000, async () => {
    const written = await node.lines('out.txt')
    return written.length === 250 && written
  })
  expect(lines).toEqual(Array.from({ length: 250 }, (_, at) => `{"n":${at * 2},"topic":"numbers"}`))
})

test('a wrong expression is refused at its key, with the place', async () => {
  const config = {
    name: 'wrong',
    'connector.class': 'steady',
    topic: 't',
    count: '1',
    transforms: 'x',
    'transforms.x.type': 'JSONata',
    'transforms.x.expression': '{"a": }',
    'transforms.x.target': 'vlaue',
    predicates: 'p',
    'predicates.p.type': 'JSONata',
  }
  const { body } = await call(node, 'PUT', '/connector-plugins/steady/config/validate', config)
  const errors = (body as ConfigInfos).configs.filter(({ value }) => value.errors.length > 0)
  expect(Object.fromEntries(errors.map(({ value }) => [value.name, value.errors[0]]))).toEqual({
    'transforms.x.expression': expect.stringContaining('cannot be used as a unary operator. (character 7)'),
    'transforms.x.target': expect.stringContaining('value, key, topic, timestamp, headers, record'),
    'predicates.p.expression': expect.stringContaining('Missing required configuration'),
  })
  expect((await call(node, 'POST', '/connectors', { name: 'wrong', config })).status).toBe(400)
})

test('what an expression cannot do fails its record at the stage of transforms, and a dry run shows it there', async () => {
  const config = {
    name: 'failing',
    'connector.class': 'steady',
    topic: 't',
    count: '2',
    transforms: 'x',
    'transforms.x.type': 'JSONata',
    'transforms.x.expression': '$ + 1',
  }
  await node.put('failing', { ...config, 'restart.policy': 'none' })
  await until('the task to fail', 20_000, () => node.taskState('failing') === 'FAILED')
  expect(node.trace('failing')).toContain('Stage TRANSFORMATION')
  expect(node.trace('failing')).toContain('must evaluate to a number. (character 3)')
  const shown = await fetch(`${node.url}/millrace/v1/dry-run`, {
    method: 'POST',
    body: JSON.stringify({ config, limit: 1 }),
    headers: { 'content-type': 'application/json' },
  })
  expect(await shown.text()).toContain('"stage":"transform:x","error":{"code":"jsonata.T2001"')
})

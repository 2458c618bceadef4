import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestNode, type TestNode } from '../node/test-node.js'
import { call } from './rest-client.js'

let node: TestNode
const source = 'org.apache.kafka.connect.file.FileStreamSourceConnector'

beforeAll(async () => {
  node = await startTestNode({ listen: { host: '127.0.0.1', port: 0 } })
}, 60_000)
afterAll(() => node.end())

const validate = async (config: Record<string, unknown>, plugin = 'FileStreamSource') => {
  const { status, body } = await call(node, 'PUT', `/connector-plugins/${plugin}/config/validate`, {
    'connector.class': source,
    ...config,
  })
  const entry = (name: string) => body.configs.find((found: any) => found.value.name === name)
  return { status, body, entry, names: (body.configs ?? []).map((found: any) => found.value.name as string) }
}
const whole = { name: 'n', topic: 't', file: '/tmp/f' }

test('plugins are listed sinks first, each kind by class; all kinds where they are asked for', async () => {
  const connectors = (await call(node, 'GET', '/connector-plugins')).body
  const types = connectors.map(({ type }: any) => type)
  expect([...new Set(types)]).toEqual(['sink', 'source'])
  expect(types).toEqual(types.toSorted())
  expect(connectors).toContainEqual({ class: source, type: 'source', version: '4.3.0' })
  const all = (await call(node, 'GET', '/connector-plugins?connectorsOnly=FALSE')).body
  expect([...new Set(all.map(({ type }: any) => type))]).toEqual([
    'sink',
    'source',
    'transformation',
    'predicate',
    'converter',
    'header_converter',
  ])
  const json = all.filter((found: any) => found.class === 'org.apache.kafka.connect.json.JsonConverter')
  expect(json.map(({ type }: any) => type)).toEqual(['converter', 'header_converter'])
})

test("a connector's keys come before the common ones; a converter has its own only", async () => {
  const { body } = await call(node, 'GET', '/connector-plugins/FileStreamSource/config')
  const names = body.map(({ name }: any) => name)
  expect(names.slice(0, 2)).toEqual(['file', 'topic'])
  expect(names.indexOf('name')).toBeGreaterThan(names.indexOf('topic'))
  expect(body.find(({ name }: any) => name === 'tasks.max')).toEqual({
    name: 'tasks.max',
    type: 'INT',
    required: false,
    default_value: '1',
    importance: 'HIGH',
    documentation: expect.any(String),
    group: 'Common',
    order_in_group: 4,
    width: 'SHORT',
    display_name: 'Tasks max',
    dependents: [],
  })
  const converter = await call(node, 'GET', '/connector-plugins/JsonConverter/config')
  expect(converter.body.map(({ name }: any) => name)).not.toContain('tasks.max')
})

test.each([
  ['/connector-plugins/Nope/config', 404, 'Unknown plugin Nope.'],
  [
    '/connector-plugins/FileStreamSource/config?version=9',
    400,
    `Plugin ${source} not found that matches the version range [9,9], available versions: [4.3.0]`,
  ],
  ['/connector-plugins/FileStreamSource/config?version=%5B', 400, 'Invalid version specification: ['],
  [
    '/connector-plugins/FileConfigProvider/config',
    400,
    'Invalid plugin class FileConfigProvider. Valid types are sink, source, converter, header_converter, transformation, predicate.',
  ],
])('keys of what is not here: %s', async (path, status, message) => {
  expect(await call(node, 'GET', path)).toEqual({ status, body: { error_code: status, message } })
})

test('a version of a plugin may be asked for', async () => {
  const { status } = await call(node, 'GET', '/connector-plugins/FileStreamSource/config?version=%5B4.0%2C5.0)')
  expect(status).toBe(200)
})

test('a configuration without faults has an entry for every key, in the order of Connect', async () => {
  const { status, body, names, entry } = await validate({
    ...whole,
    'connector.class': 'FileStreamSource',
    unknown: 'x',
    transforms: 'route',
    'transforms.route.type': 'RegexRouter',
    'transforms.route.regex': '.*',
    'transforms.route.replacement': 'x',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'producer.override.batch.size': '1000',
    'producer.override.linger.ms': '5',
    'producer.override.sasl.jaas.config': 'password="secret"',
    'producer.override.my.password': 'secret too',
    'producer.override.nope': 'y',
  })
  expect([status, body.name, body.error_count]).toEqual([200, 'FileStreamSource', 0])
  expect(body.groups).toEqual([
    'Common',
    'Transforms',
    'Predicates',
    'Error Handling',
    'Topic Creation',
    'Exactly Once Support',
    'offsets.topic',
    'Transforms: route',
    'Self-Healing',
    'Schemas',
    'Serialization',
  ])
  const places = [
    'name',
    'transforms.route.type',
    'file',
    'producer.override.batch.size',
    'value.converter.schemas.enable',
  ]
  const indexes = places.map(name => names.indexOf(name))
  expect(indexes).toEqual(indexes.toSorted((a, b) => a - b))
  expect(indexes[0]).toBe(0)
  expect(names).not.toContain('unknown')
  expect(entry('producer.override.batch.size')).toMatchObject({ definition: { type: 'INT' }, value: { value: '1000' } })
  expect(entry('producer.override.linger.ms')).toMatchObject({
    definition: { type: 'LONG', default_value: '5', importance: 'MEDIUM', display_name: 'linger.ms' },
    value: { value: '5' },
  })
  expect(entry('producer.override.sasl.jaas.config').value.value).toBe('[hidden]')
  expect(entry('producer.override.my.password')).toMatchObject({ definition: null, value: { value: '[hidden]' } })
  expect(entry('producer.override.nope')).toMatchObject({ definition: null, value: { value: 'y' } })
  expect(JSON.stringify(body)).not.toContain('secret')
})

test('what there is to choose from is offered, and what applies by default is shown', async () => {
  const { entry } = await validate({ ...whole, transforms: 'a', 'transforms.a.type': 'RegexRouter' })
  expect(entry('key.converter').value.recommended_values).toContain('org.apache.kafka.connect.storage.StringConverter')
  expect(entry('key.converter').value.value).toBe('org.apache.kafka.connect.json.JsonConverter')
  expect(entry('transforms.a.type').value.recommended_values).toContain(
    'org.apache.kafka.connect.transforms.RegexRouter',
  )
  expect(entry('connector.plugin.version')).toMatchObject({
    definition: { default_value: '4.3.0' },
    value: { value: '4.3.0', recommended_values: ['4.3.0'], errors: [] },
  })
})

test('everything wrong is told at once, by key, and counted as Connect counts', async () => {
  const { status, body, entry, names } = await validate({
    name: 'n',
    'tasks.max': 'abc',
    'errors.tolerance': 'some',
    nothing: null,
    'connector.plugin.version': '9',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'perhaps',
  })
  expect(status).toBe(200)
  expect(names[0]).toBe('nothing')
  expect(entry('nothing')).toEqual({
    definition: null,
    value: {
      name: 'nothing',
      value: null,
      recommended_values: [],
      errors: ['Null value can not be supplied as the configuration value.'],
      visible: true,
    },
  })
  expect(entry('tasks.max').value).toMatchObject({
    value: null,
    errors: [
      'Invalid value abc for configuration tasks.max: Not a number of type INT',
      'Invalid value null for configuration tasks.max: Value must be non-null',
    ],
  })
  expect(entry('topic').value.errors).toEqual(['Missing required configuration "topic" which has no default value.'])
  expect(entry('connector.plugin.version').value.errors).toHaveLength(1)
  expect(entry('connector.class').value.errors).toEqual(entry('connector.plugin.version').value.errors)
  expect(entry('value.converter.schemas.enable').value.errors).toEqual([
    'Invalid value perhaps for configuration schemas.enable: Expected value to be either true or false',
  ])
  // nothing, tasks.max twice, errors.tolerance, topic, the version and its class; one for the converter's key.
  expect(body.error_count).toBe(8)
})

test('what names a plugin shows its class, and nothing where it is none', async () => {
  const { entry } = await validate({
    ...whole,
    'key.converter': 'Json',
    'value.converter': 'nope',
    'header.converter': 'org.apache.kafka.connect.transforms.Filter',
    transforms: 'a,b',
    'transforms.a.type': 'org.apache.kafka.connect.transforms.Cast',
    'transforms.b.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
  })
  expect(entry('key.converter').value).toMatchObject({
    value: 'org.apache.kafka.connect.json.JsonConverter',
    errors: [],
  })
  expect(entry('key.converter.plugin.version').value.visible).toBe(true)
  expect(entry('value.converter').value.value).toBeNull()
  expect(entry('value.converter.plugin.version').value).toMatchObject({ visible: false, recommended_values: [] })
  expect(entry('header.converter').value).toMatchObject({
    value: 'org.apache.kafka.connect.transforms.Filter',
    errors: ['Class class org.apache.kafka.connect.transforms.Filter does not implement the HeaderConverter interface'],
  })
  expect(entry('transforms.a.type').value.errors).toEqual([
    'This class is abstract and cannot be created. Did you mean org.apache.kafka.connect.transforms.Cast$Key, org.apache.kafka.connect.transforms.Cast$Value?',
  ])
  expect(entry('transforms.b.type').value.errors).toEqual([
    'Class class org.apache.kafka.connect.transforms.predicates.RecordIsTombstone does not implement the Transformation interface',
  ])
})

test('where Connect answers 400 or 500, so does it here', async () => {
  const other = await validate({}, 'FileStreamSink')
  expect([other.status, other.body.message]).toEqual([
    400,
    `Included connector type ${source} does not match request type FileStreamSink`,
  ])
  const unknown = await validate({ 'connector.class': 'Nope' }, 'Nope')
  expect([unknown.status, unknown.body.message]).toEqual([
    500,
    expect.stringContaining('Failed to find any class that implements Connector and which name matches Nope'),
  ])
  expect((await call(node, 'PUT', '/connector-plugins/Nope/config/validate', {})).status).toBe(500)
})

test('a client setting that cannot be read is an error of its key, and nothing is created with it', async () => {
  const message = 'Invalid value big for configuration batch.size: Not a number of type INT'
  const config = { ...whole, 'producer.override.batch.size': 'big' }
  const { body, entry } = await validate(config)
  expect([body.error_count, entry('producer.override.batch.size').value.errors]).toEqual([1, [message]])
  const created = await call(node, 'POST', '/connectors', {
    name: 'x',
    config: { ...config, name: 'x', 'connector.class': source },
  })
  expect([created.status, created.body.message]).toEqual([400, expect.stringContaining(message)])
})

test('validation changes nothing', async () => {
  await validate(whole)
  expect(node.herder.connectors()).toEqual([])
})

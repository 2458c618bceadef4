import { expect, test } from 'vitest'
import { readConnectorClients } from '../../../src/adapters/kafka/connector-clients.js'
import { readWorkerClients } from '../../../src/adapters/kafka/worker-clients.js'

const { inherited } = readWorkerClients({
  'bootstrap.servers': 'a:1,b:1',
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.jaas.config':
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="worker" password="p";',
  'producer.acks': '1',
  'config.storage.topic': 'configs',
}).clients

const clientsOf = (config: Record<string, string>, kind: 'source' | 'sink' = 'source', from = inherited) =>
  readConnectorClients(from, config, kind)
const brokersOf = (settings: ReturnType<typeof clientsOf>['records']) =>
  settings && [settings.producer, settings.consumer, settings.admin].map(({ connection }) => connection.brokers.join())

test('what connectors inherit are connections and clients, and nothing else of the file', () => {
  expect(Object.keys(inherited).toSorted()).toEqual([
    'bootstrap.servers',
    'producer.acks',
    'sasl.jaas.config',
    'sasl.mechanism',
    'security.protocol',
  ])
})

test.each([
  ['nothing', {}],
  [
    'what records are made of',
    { 'producer.override.compression.type': 'gzip', 'consumer.override.max.poll.records': '5' },
  ],
  ['what is so already', { 'producer.override.acks': '1', 'producer.override.bootstrap.servers': 'b:1, a:1' }],
] as const)('the worker’s clients serve a connector that overrides %s', (_, config) => {
  expect(clientsOf(config)).toEqual({ otherBrokers: false, issues: [] })
})

test('a source’s topics and offsets are where its records go, whichever of its clients was told', () => {
  const { records, otherBrokers, issues } = clientsOf({ 'producer.override.bootstrap.servers': 'c:1' })
  expect([brokersOf(records), otherBrokers, issues]).toEqual([['c:1', 'c:1', 'c:1'], true, []])
  // What the worker's producer is set to holds for it too.
  expect(records!.producer.settings['acks']).toBe('1')
  // The worker's log-in is for the worker's brokers.
  expect(records!.admin.connection.sasl).toBeUndefined()
  const own = clientsOf({
    'producer.override.bootstrap.servers': 'c:1',
    'admin.override.bootstrap.servers': 'c:1',
    'admin.override.client.id': 'adm',
  })
  expect(own.records!.admin.connection).toMatchObject({ clientId: 'adm', sasl: { username: 'worker' } })
})

test('another log-in, or another way of writing, is a client of its own on the same brokers', () => {
  const { records, otherBrokers } = clientsOf({
    'producer.override.security.protocol': 'SASL_PLAINTEXT',
    'producer.override.sasl.mechanism': 'PLAIN',
    'producer.override.sasl.jaas.config':
      'org.apache.kafka.common.security.plain.PlainLoginModule required username="own" password="p";',
  })
  expect(records?.producer.connection).toMatchObject({ brokers: ['a:1', 'b:1'], sasl: { username: 'own' } })
  expect(records?.consumer.connection.sasl).toBeUndefined()
  expect(otherBrokers).toBe(false)
  expect(clientsOf({ 'producer.override.acks': 'all' }).records?.producer.settings['acks']).toBe('all')
})

test('a sink’s dead letters go where its producer is told, beside where its records come from', () => {
  const other = clientsOf({ 'consumer.override.bootstrap.servers': 'c:1' }, 'sink')
  expect(brokersOf(other.records)).toEqual(['c:1', 'c:1', 'c:1'])
  expect(brokersOf(other.letters)).toEqual(['a:1,b:1', 'a:1,b:1', 'a:1,b:1'])
  expect(other.otherBrokers).toBe(true)
  const letters = clientsOf({ 'producer.override.bootstrap.servers': 'c:1' }, 'sink')
  expect([letters.records, brokersOf(letters.letters)]).toEqual([undefined, ['c:1', 'c:1', 'c:1']])
})

test('on a node without brokers a connector may name some', () => {
  const none = {}
  const source = clientsOf({ 'producer.override.bootstrap.servers': 'c:1' }, 'source', none)
  expect([brokersOf(source.records), source.otherBrokers, source.issues]).toEqual([['c:1', 'c:1', 'c:1'], true, []])
  const sink = clientsOf({ 'producer.override.bootstrap.servers': 'c:1' }, 'sink', none)
  expect([sink.records, brokersOf(sink.letters)]).toEqual([undefined, ['c:1', 'c:1', 'c:1']])
  expect(clientsOf({ 'producer.override.acks': '1' }, 'source', none)).toEqual({ otherBrokers: false, issues: [] })
})

test('what is wrong is told under the connector’s key, each once', () => {
  const { issues } = clientsOf({
    'producer.override.bootstrap.servers': 'nowhere',
    'producer.override.security.protocol': 'SASL_PLAINTEXT',
    'producer.override.sasl.mechanism': 'GSSAPI',
  })
  expect(issues.map(({ key }) => key)).toEqual([
    'producer.override.bootstrap.servers',
    'producer.override.sasl.mechanism',
    'producer.override.sasl.jaas.config',
  ])
})

import { expect, test } from 'vitest'
import { readWorkerClients } from '../../../src/adapters/kafka/worker-clients.js'

const jaas = (user: string) =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="hunter2";`

test('connectors’ producers and consumers do not inherit the worker’s security, their admin clients do', () => {
  const { clients, issues, warnings } = readWorkerClients({
    'bootstrap.servers': 'a:1',
    'client.id': 'w',
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'PLAIN',
    'sasl.jaas.config': jaas('worker'),
    'retry.backoff.ms': '7',
    acks: '0',
    'producer.security.protocol': 'SASL_PLAINTEXT',
    'producer.sasl.mechanism': 'PLAIN',
    'producer.sasl.jaas.config': jaas('producer'),
    'producer.linger.ms': '5',
    'consumer.bootstrap.servers': 'b:2',
    'consumer.request.timeout.ms': '9',
    'admin.client.id': 'adm',
  })
  expect(issues).toEqual([])
  const { own, connectors } = clients
  expect(own.producer).toEqual(own.admin)
  expect(own.producer).toMatchObject({
    settings: {},
    connection: { brokers: ['a:1'], clientId: 'w', sasl: { username: 'worker' }, timeouts: { requestMs: 40_000 } },
  })
  expect(connectors.producer).toMatchObject({
    settings: { 'linger.ms': '5' },
    connection: { brokers: ['a:1'], clientId: 'millrace', sasl: { username: 'producer' } },
  })
  expect(connectors.producer.connection.timeouts).toMatchObject({ requestMs: 30_000, retryBackoffMs: 100 })
  expect(connectors.consumer.connection).toMatchObject({ brokers: ['b:2'], timeouts: { requestMs: 9 } })
  expect(connectors.consumer.connection).not.toHaveProperty('sasl')
  expect(connectors.admin.connection).toMatchObject({
    clientId: 'adm',
    sasl: { username: 'worker' },
    timeouts: { requestMs: 30_000, retryBackoffMs: 7 },
  })
  expect(connectors.admin.settings).toEqual({})
  // The password is in the connections and nowhere else.
  expect(connectors.producer.settings).toEqual({ 'linger.ms': '5' })
  expect(warnings.map(({ key }) => key)).toEqual(['consumer.security.protocol'])
})

test('what several clients inherit is wrong once; what is missing is asked for where it would stand', () => {
  const { issues } = readWorkerClients({
    'bootstrap.servers': 'nowhere',
    'sasl.mechanism': 'PLAIN',
    'producer.security.protocol': 'SASL_PLAINTEXT',
    'admin.retry.backoff.ms': 'x',
  })
  expect([...new Set(issues.map(({ key }) => key))].toSorted()).toEqual([
    'admin.retry.backoff.ms',
    'bootstrap.servers',
    'producer.sasl.jaas.config',
    'producer.sasl.mechanism',
  ])
  expect(readWorkerClients({}).issues.map(({ key }) => key)).toContain('bootstrap.servers')
})

test('a password and a trust store that nobody uses are told', () => {
  const { warnings } = readWorkerClients({
    'bootstrap.servers': 'a:1',
    'sasl.jaas.config': jaas('u'),
    'ssl.provider': 'x',
    'producer.security.protocol': 'SASL_PLAINTEXT',
    'producer.sasl.mechanism': 'PLAIN',
    'producer.sasl.jaas.config': jaas('u'),
    'producer.ssl.truststore.location': '/none',
  })
  expect(warnings).toEqual([
    { key: 'sasl.jaas.config', message: 'It has no effect: security.protocol is PLAINTEXT.' },
    {
      key: 'producer.ssl.truststore.location',
      message: 'It has no effect: producer.security.protocol is SASL_PLAINTEXT.',
    },
  ])
})

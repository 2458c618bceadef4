import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { readConnection } from '../../../src/adapters/kafka/connection-settings.js'

const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="hunter2";'
const none = (): never => {
  throw new Error('no file is read')
}
const read = (values: Record<string, string>, prefix = '') =>
  readConnection(
    [{ values: { 'bootstrap.servers': 'a:1', ...values }, prefix: '' }, ...(prefix ? [{ values, prefix }] : [])],
    none,
  )
const problems = (values: Record<string, string>) =>
  Object.fromEntries(read(values).issues.map(({ key, message }) => [key, message]))

test('defaults are Kafka’s', () => {
  const { connection, issues } = read({})
  expect(issues).toEqual([])
  expect(connection).toEqual({
    brokers: ['a:1'],
    clientId: 'millrace',
    timeouts: { connectMs: 10_000, requestMs: 30_000, retryBackoffMs: 100, retryBackoffMaxMs: 1_000 },
  })
})

test('addresses, with a protocol in front or without', () => {
  const { connection, issues } = read({ 'bootstrap.servers': 'a-b.c:9092, 10.0.0.1:1,[::1]:65535,SASL_SSL://x:2' })
  expect(issues).toEqual([])
  expect(connection.brokers).toEqual(['a-b.c:9092', '10.0.0.1:1', '[::1]:65535', 'x:2'])
})

test.each(['', 'localhost', 'a:0', 'a:65536', 'a:x', ':9092', '::1:9092', 'a:1,b', 'a:1,,b:2'])(
  '%j is refused',
  servers => {
    expect(Object.keys(problems({ 'bootstrap.servers': servers }))).toEqual(['bootstrap.servers'])
  },
)

test('a log-in, with and without encryption', () => {
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'hunter2' }
  const keys = { 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.jaas.config': jaas }
  expect(read({ ...keys, 'security.protocol': 'SASL_PLAINTEXT' })).toMatchObject({ issues: [], connection: { sasl } })
  expect(read({ ...keys, 'security.protocol': 'sasl_ssl' }).connection).toMatchObject({
    sasl,
    ssl: { verifyHost: true },
  })
  expect(read({ ...keys }).connection).not.toHaveProperty('sasl')
  const lax = { 'security.protocol': 'SSL', 'ssl.endpoint.identification.algorithm': '' }
  expect(read(lax).connection.ssl).toEqual({ verifyHost: false })
})

test('mechanisms that are not supported are refused, each with what to do', () => {
  const sasl = { 'security.protocol': 'SASL_SSL', 'sasl.jaas.config': jaas }
  for (const mechanism of ['GSSAPI', 'OAUTHBEARER', 'SCRAM-SHA-1', 'plain']) {
    const [issue, ...more] = read({ ...sasl, 'sasl.mechanism': mechanism }).issues
    expect(more).toEqual([])
    expect(issue).toMatchObject({ key: 'sasl.mechanism', message: expect.stringMatching(`^${mechanism} is not`) })
    expect(issue?.hint).toContain('SCRAM-SHA-512')
  }
  expect(problems(sasl)['sasl.mechanism']).toBe(
    'GSSAPI is not supported; it is what Kafka takes where the key is not set.',
  )
})

test('all that is wrong is told at once, under the key that holds it, without its secrets (I8, I10)', () => {
  const { issues } = readConnection(
    [
      { values: { 'retry.backoff.ms': 'soon', 'sasl.mechanism': 'PLAIN', 'ssl.keystore.key': 'hunter2' }, prefix: '' },
      {
        values: {
          'producer.bootstrap.servers': 'nowhere',
          'producer.security.protocol': 'SASL_SSL',
          'producer.request.timeout.ms': '-1',
          'producer.sasl.jaas.config':
            'org.apache.kafka.common.security.plain.PlainLoginModule required password="hunter2" x;',
          'producer.ssl.truststore.location': '/none/ca.pem',
          'producer.ssl.truststore.type': 'PEM',
          'producer.ssl.engine.factory.class': 'com.example.Engine',
        },
        prefix: 'producer.',
      },
    ],
    () => {
      throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    },
  )
  expect([...new Set(issues.map(({ key }) => key))].toSorted()).toEqual([
    'producer.bootstrap.servers',
    'producer.request.timeout.ms',
    'producer.sasl.jaas.config',
    'producer.ssl.engine.factory.class',
    'producer.ssl.truststore.location',
    'retry.backoff.ms',
    'ssl.keystore.type',
  ])
  expect(inspect(issues, { depth: 9 })).not.toContain('hunter2')
})

test.each([
  ['', /is missing/],
  ['com.example.Login required username="u" password="hunter2";', /not known/],
  ['org.apache.kafka.common.security.scram.ScramLoginModule required username="u";', /password is missing/],
  ['org.apache.kafka.common.security.scram.ScramLoginModule required password="hunter2";', /username is missing/],
  [
    'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p" tokenauth=true;',
    /Delegation tokens/,
  ],
])('who logs in: %j is refused', (text, problem) => {
  const values = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-256' }
  const { issues } = read(text === '' ? values : { ...values, 'sasl.jaas.config': text })
  expect(issues.map(({ key }) => key)).toEqual(['sasl.jaas.config'])
  expect(issues[0]?.message).toMatch(problem)
  expect(inspect(issues)).not.toContain('hunter2')
})

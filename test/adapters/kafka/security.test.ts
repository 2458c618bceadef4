import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConnectionSettings } from '../../../src/adapters/kafka/index.js'
import { probeKafka } from './probe.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { batchOf, contents, failure, fresh } from '../../contracts/log-fixture.js'
import { saslMechanisms, saslUser } from '../../servers/kafka/broker-properties.js'
import { sharedKafka, type SharedKafka } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { memoryLogger } from '../embedded/fixture.js'
import { connectionTo, testClient, type TestClient } from './fixture.js'

const probe = (client: TestClient) => probeKafka(connectionTo(client), { clock: nodeClock, logger: memoryLogger() })

test('who cannot be reached is named, with what can be done', async () => {
  const error = await failure(probe({ bootstrap: '127.0.0.1:1,127.0.0.1:2' }))
  expect(error).toMatchObject({ code: 'log.unreachable', disposition: 'retry' })
  expect((error as Error).message).toContain('127.0.0.1:1')
  expect((error as Error).message).toContain('127.0.0.1:2')
  expect((error as Error).message).toContain('ECONNREFUSED')
  expect((error as { hint?: string }).hint).toContain('bootstrap.servers')
})

test('who takes the connection and says nothing is given up', async () => {
  const mute = createServer(() => undefined)
  await once(mute.listen(0, '127.0.0.1'), 'listening')
  const { port } = mute.address() as { port: number }
  const error = await failure(probe({ bootstrap: `127.0.0.1:${port}`, timeouts: { connectMs: 200 } }))
  mute.close()
  expect(error).toMatchObject({ code: 'log.unreachable' })
  expect((error as Error).message).toContain('no answer within 200 ms')
})

// A cluster that `KAFKA_BOOTSTRAP` names has no such listeners.
describeWithJava('Kafka with encryption and log-in', () => {
  let kafka: SharedKafka
  let ca = ''
  const opened: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    kafka = await sharedKafka()
    ca = kafka.certificates === undefined ? '' : readFileSync(kafka.certificates.ca, 'utf8')
  }, serverStartMs)
  afterAll(async () => {
    for (const client of opened) await client.close()
  })

  const works = async (client: TestClient): Promise<void> => {
    const log = testClient(client)
    opened.push(log)
    const partition = { topic: fresh('secure'), partition: 0 }
    await log.topics.create({ name: partition.topic, partitions: 1 })
    await log.openWriter({ id: 'w' }).append({ batches: [{ ...partition, bytes: batchOf('a') }] })
    expect(await contents(log, partition)).toEqual([{ offset: 0, value: 'a' }])
    expect(await log.clusterId()).toBe((await probe({ bootstrap: kafka.bootstrap.plaintext })).clusterId)
  }

  test.each(saslMechanisms)('logs in by %s', async mechanism => {
    if (kafka.bootstrap.sasl === undefined) return
    await works({ bootstrap: kafka.bootstrap.sasl, connection: { sasl: { mechanism, ...saslUser } } })
  })

  test('encrypts, and logs in encrypted', async () => {
    if (kafka.bootstrap.tls === undefined || kafka.bootstrap.saslTls === undefined) return
    const ssl = { ca, verifyHost: true }
    await works({ bootstrap: kafka.bootstrap.tls, connection: { ssl } })
    const sasl = { mechanism: 'SCRAM-SHA-512', ...saslUser } as const
    await works({ bootstrap: kafka.bootstrap.saslTls, connection: { ssl, sasl } })
  })

  test.each<[string, keyof SharedKafka['bootstrap'], () => Partial<ConnectionSettings>, string, string]>([
    [
      'a wrong password',
      'sasl',
      () => ({ sasl: { mechanism: 'PLAIN', username: 'test', password: 'secret-x' } }),
      'log.unauthenticated',
      'sasl.jaas.config',
    ],
    [
      'a wrong password of SCRAM',
      'sasl',
      () => ({ sasl: { mechanism: 'SCRAM-SHA-256', username: 'test', password: 'secret-x' } }),
      'log.unauthenticated',
      'sasl.jaas.config',
    ],
    [
      'a certificate of an authority that is not trusted',
      'tls',
      () => ({ ssl: { verifyHost: true } }),
      'log.tls_failed',
      'ssl.truststore',
    ],
    ['no encryption where it is needed', 'tls', () => ({}), 'log.unreachable', 'security.protocol'],
    [
      'encryption where there is none',
      'plaintext',
      () => ({ ssl: { ca, verifyHost: true } }),
      'log.unreachable',
      'security.protocol',
    ],
    ['no log-in where it is needed', 'sasl', () => ({}), 'log.unreachable', 'security.protocol'],
  ])('%s is told apart, without the secret (I8)', async (_, listener, connection, code, hint) => {
    const bootstrap = kafka.bootstrap[listener]
    if (bootstrap === undefined) return
    const error = await failure(
      probe({ bootstrap, connection: connection(), timeouts: { connectMs: 1_500, requestMs: 1_500 } }),
    )
    expect(error).toMatchObject({ code })
    expect((error as { hint?: string }).hint).toContain(hint)
    expect(JSON.stringify(error) + (error as Error).message).not.toContain('secret-x')
  })

  test('a certificate of another host is refused, unless the name is not to be checked', async () => {
    const bootstrap = kafka.bootstrap.tls?.replace('localhost', '127.0.0.1')
    if (bootstrap === undefined) return
    expect(await failure(probe({ bootstrap, connection: { ssl: { ca, verifyHost: true } } }))).toMatchObject({
      code: 'log.tls_failed',
    })
    expect((await probe({ bootstrap, connection: { ssl: { ca, verifyHost: false } } })).brokers).toBeGreaterThan(0)
  })
})

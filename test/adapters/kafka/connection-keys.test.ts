import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectKafka } from '../../../src/adapters/kafka/index.js'
import { readWorkerClients } from '../../../src/adapters/kafka/worker-clients.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import type { MillraceError } from '../../../src/core/error.js'
import { saslUser } from '../../servers/kafka/broker-properties.js'
import { makeCertificates, type Certificates } from '../../servers/kafka/certificates.js'
import { startKafka, type Bootstrap, type KafkaServer } from '../../servers/kafka/start-kafka.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { memoryLogger } from '../embedded/fixture.js'

const modules = 'org.apache.kafka.common.security'
const quickly = { 'request.timeout.ms': '5000', 'socket.connection.setup.timeout.ms': '5000' }

describeWithJava('connections from Connect’s own keys, to real listeners', () => {
  let kafka: KafkaServer
  let bootstrap: Required<Bootstrap>
  let certificates: Certificates
  let folder: string
  let others: Certificates

  beforeAll(async () => {
    kafka = await startKafka({ sasl: true, tls: { clientAuth: 'required' } })
    bootstrap = kafka.bootstrap as Required<Bootstrap>
    certificates = kafka.certificates!
    folder = await mkdtemp(join(tmpdir(), 'millrace-other-ca-'))
    others = await makeCertificates(folder)
  }, serverStartMs)

  afterAll(async () => {
    await kafka?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** Connects and asks something; the settings themselves are without fault. */
  const ask = async (properties: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const { clients, issues } = readWorkerClients({ ...quickly, ...properties })
    expect(issues).toEqual([])
    const log = connectKafka(clients.own, { clock: nodeClock, logger: memoryLogger() })
    try {
      return await log.topics.list()
    } finally {
      await log.close()
    }
  }
  const refused = async (properties: Readonly<Record<string, string>>): Promise<string> => {
    const error = await ask(properties).then(
      () => undefined,
      (thrown: unknown) => thrown as MillraceError,
    )
    if (error === undefined) throw new Error('It was let in.')
    const text = `${error.code}: ${error.message} → ${error.hint}`
    expect(text).not.toMatch(/hunter2|test-secret|client-secret/)
    return text
  }
  const logIn = (mechanism: string, password: string = saslUser.password) => ({
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': `${modules}.${mechanism === 'PLAIN' ? 'plain.Plain' : 'scram.Scram'}LoginModule required username="${saslUser.username}" password="${password}";`,
  })
  const trust = (): Record<string, string> => ({
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.ca,
  })
  const identity = (): Record<string, string> => ({
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': certificates.clientStore,
    'ssl.keystore.password': 'client-secret',
  })
  const tls = (): Record<string, string> => ({
    'bootstrap.servers': bootstrap.tls,
    'security.protocol': 'SSL',
    ...trust(),
    ...identity(),
  })
  const sasl = (): Record<string, string> => ({
    'bootstrap.servers': bootstrap.sasl,
    'security.protocol': 'SASL_PLAINTEXT',
  })

  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('%s logs in', async mechanism => {
    expect(await ask({ ...sasl(), ...logIn(mechanism) })).toEqual([])
  })

  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('%s over TLS, with a certificate as well', async mechanism => {
    const secured = { ...tls(), 'bootstrap.servers': bootstrap.saslTls, 'security.protocol': 'SASL_SSL' }
    expect(await ask({ ...secured, ...logIn(mechanism) })).toEqual([])
  })

  test('TLS with a certificate in PKCS12, and in PEM', async () => {
    expect(await ask(tls())).toEqual([])
    const [key, chain] = await Promise.all(
      [certificates.clientKey, certificates.clientCertificate].map(path => readFile(path, 'utf8')),
    )
    const written = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.key': key!, 'ssl.keystore.certificate.chain': chain! }
    const target = { 'bootstrap.servers': bootstrap.tls, 'security.protocol': 'SSL' }
    expect(await ask({ ...target, ...trust(), ...written })).toEqual([])
  })

  test.each(['PLAIN', 'SCRAM-SHA-512'])('a wrong password: %s', async mechanism => {
    expect(await refused({ ...sasl(), ...logIn(mechanism, 'hunter2') })).toMatch(
      /^log\.unauthenticated: .* refused the credentials\. → .*sasl\.jaas\.config/,
    )
  })

  test('a certificate of an authority that is not trusted', async () => {
    expect(await refused({ ...tls(), 'ssl.truststore.location': others.ca })).toMatch(
      /^log\.tls_failed: .*nothing that is trusted signed the certificate.* → .*ssl\.truststore/,
    )
  })

  test('a certificate for another host', async () => {
    const elsewhere = { ...tls(), 'bootstrap.servers': bootstrap.tls.replace('localhost', '127.0.0.1') }
    expect(await refused(elsewhere)).toMatch(
      /^log\.tls_failed: .* 127\.0\.0\.1:.* is for another host\. → .*ssl\.endpoint\.identification\.algorithm/,
    )
    expect(await ask({ ...elsewhere, 'ssl.endpoint.identification.algorithm': '' })).toEqual([])
  })

  test('a key of an authority that the broker does not trust', async () => {
    const store = { 'ssl.keystore.location': others.clientStore }
    expect(await refused({ ...tls(), ...store })).toMatch(/ certificate of this client.* → .*ssl\.keystore/)
  })

  test('a client that shows no certificate where one is asked for', async () => {
    const anonymous = { 'bootstrap.servers': bootstrap.tls, 'security.protocol': 'SSL', ...trust() }
    expect(await refused(anonymous)).toMatch(/^log\.tls_failed: .* certificate of this client.* → .*ssl\.keystore/)
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { whyNoJava } from './java/java-present.js'
import { saslUser } from './kafka/broker-properties.js'
import { startKafka, type KafkaServer } from './kafka/start-kafka.js'
import { serverFile } from './server-file.js'
import { sharedKafka } from './shared/shared-servers.js'
import { describeWithJava, describeWithKafka, serverStartMs } from './shared/suites.js'
import { until } from './until.js'

test('a machine without the tools is told which are missing, in one line', () => {
  expect(whyNoJava('/nowhere')).toMatch(/^java, mvn, flock, openssl cannot be found on PATH: .*Java 17.*$/)
})

test('a server dies with whoever started it, however that died, and its data goes too', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-supervised-'))
  const log = join(scratch, 'log')
  const script = `
    const { spawn } = require('node:child_process')
    const child = spawn(${JSON.stringify(serverFile('process/supervise.sh'))}, [${JSON.stringify(log)}, ${JSON.stringify(scratch)}, 'sleep', '600'],
      { detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdout.pipe(process.stdout)`
  const parent = spawn(process.execPath, ['-e', script])
  const [line] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string]
  const pid = Number.parseInt(line, 10)
  const lives = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  expect(lives()).toBe(true)
  parent.kill('SIGKILL')
  await until(
    () => 'the server to die',
    5_000,
    async () => !lives(),
  )
})

describeWithKafka('the shared broker', () => {
  test('is the same for all who ask', { timeout: serverStartMs }, async () => {
    const [one, two] = await Promise.all([sharedKafka(), sharedKafka()])
    expect(two).toEqual(one)
    expect(await brokersOf(one.bootstrap.plaintext)).toBeGreaterThan(0)
  })
})

describeWithJava('a cluster of one’s own', () => {
  let kafka: KafkaServer

  beforeAll(async () => {
    kafka = await startKafka({ sasl: true, tls: true })
  }, serverStartMs)
  afterAll(() => kafka?.stop())

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('lets its user in by %s', async mechanism => {
    const sasl = { mechanism, ...saslUser } as never
    expect(await brokersOf(kafka.bootstrap.sasl!, { sasl })).toBe(1)
  })

  test(
    'a broker that was killed comes back on its port with its data; a paused one answers again',
    { timeout: 90_000 },
    async () => {
      const [broker] = kafka.brokers
      const before = broker!.pid
      await withAdmin(kafka.bootstrap.plaintext, admin => admin.createTopics({ topics: [{ topic: 'kept' }] }))
      await broker!.kill()
      expect(broker!.pid).toBeUndefined()
      await expect(brokersOf(kafka.bootstrap.plaintext)).rejects.toThrow('ECONNREFUSED')
      await broker!.start()
      expect(broker!.pid).not.toBe(before)
      expect(await withAdmin(kafka.bootstrap.plaintext, admin => admin.listTopics())).toContain('kept')
      await broker!.pause()
      await expect(brokersOf(kafka.bootstrap.plaintext)).rejects.toThrow('timed out')
      broker!.resume()
      expect(await brokersOf(kafka.bootstrap.plaintext)).toBe(1)
    },
  )
})

function brokersOf(bootstrap: string, options: object = {}): Promise<number> {
  return withAdmin(bootstrap, async admin => (await admin.describeCluster()).brokers.length, options)
}

async function withAdmin<T>(
  bootstrap: string,
  use: (admin: ReturnType<Kafka['admin']>) => Promise<T>,
  options: object = {},
): Promise<T> {
  const admin = new Kafka({
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    requestTimeout: 3_000,
    retry: { retries: 0 },
    ...options,
  }).admin()
  try {
    await admin.connect()
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

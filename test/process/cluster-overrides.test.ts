import { appendFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { saslUser } from '../servers/kafka/broker-properties.js'
import { startKafka, type KafkaServer } from '../servers/kafka/start-kafka.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../servers/shared/suites.js'
import { startTestNode } from '../node/test-node.js'
import { until } from './node-process.js'
import { inState, patienceMs, settled, TestCluster, type ClusterNode } from './test-cluster.js'
import { connectTo, recordsOf, writeRecord } from './topic-records.js'

const minute = { timeout: 3 * patienceMs }

describeWithJava('connectors whose overrides lead to other brokers', () => {
  let elsewhere: KafkaServer
  let far: KafkaLogClient
  let near: KafkaLogClient
  let cluster: TestCluster
  let node: ClusterNode
  let there: string

  beforeAll(async () => {
    const { plaintext } = (await sharedKafka()).bootstrap
    elsewhere = await startKafka({ brokers: 1, sasl: true })
    there = elsewhere.bootstrap.plaintext
    ;[near, far] = [connectTo(plaintext), connectTo(there)]
    cluster = await TestCluster.open(plaintext, [
      'config.providers=env',
      'config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider',
    ])
    process.env['MILLRACE_TEST_PASSWORD'] = saslUser.password
    node = await cluster.start('a')
    await settled(node, 1, 0)
  }, serverStartMs)
  afterAll(async () => {
    await Promise.all([near?.close(), far?.close()])
    await cluster?.close()
    await elsewhere?.stop()
  })

  const valuesIn = async (log: KafkaLogClient, topic: string): Promise<(string | null)[]> =>
    (await log.topics.describe(topic)) === undefined
      ? []
      : (await recordsOf(log, topic, 'read_committed')).map(({ value }) => value)
  const put = (on: ClusterNode, name: string, config: Record<string, string>) =>
    on.ask('PUT', `/connectors/${name}/config`, config)
  const source = (name: string, more: Record<string, string> = {}) => ({
    'connector.class': 'FileStreamSource',
    file: cluster.path(`${name}.txt`),
    topic: `${cluster.group}-${name}`,
    'producer.override.bootstrap.servers': there,
    ...more,
  })

  test('a source writes there and makes its topic there; its offsets stay with the worker', minute, async () => {
    const topic = `${cluster.group}-plain`
    await writeFile(cluster.path('plain.txt'), 'a\nb\n')
    expect(await put(node, 'plain', source('plain'))).toMatchObject({ status: 201 })
    await until('the records', patienceMs, async () => (await valuesIn(far, topic)).length === 2)
    expect(await near.topics.describe(topic)).toBeUndefined()
    await until('the offset', patienceMs, async () =>
      (await valuesIn(near, `${cluster.group}-offsets`)).some(value => value?.includes('"position":4') === true),
    )
    // And from there it goes on.
    await node.ask('PUT', '/connectors/plain/stop')
    await inState(node, 'plain', 'STOPPED', 0)
    await appendFile(cluster.path('plain.txt'), 'c\n')
    await node.ask('PUT', '/connectors/plain/resume')
    await until('the next', patienceMs, async () => (await valuesIn(far, topic)).length >= 3)
    expect(await valuesIn(far, topic)).toEqual(['a', 'b', 'c'])
  })

  test('a connector logs in as itself, with a password that is nowhere to be seen', minute, async () => {
    const topic = `${cluster.group}-sasl`
    await writeFile(cluster.path('sasl.txt'), 'a\nb\n')
    const logIn = (password: string) => ({
      'producer.override.bootstrap.servers': elsewhere.bootstrap.sasl!,
      'producer.override.security.protocol': 'SASL_PLAINTEXT',
      'producer.override.sasl.mechanism': 'SCRAM-SHA-256',
      'producer.override.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${saslUser.username}" password="${password}";`,
      'restart.policy': 'none',
    })
    await put(node, 'sasl', { ...source('sasl'), ...logIn('${env:MILLRACE_TEST_PASSWORD}') })
    await until('the records', patienceMs, async () => (await valuesIn(far, topic)).length === 2)
    await put(node, 'sasl', { ...source('sasl'), ...logIn('wrong-secret') })
    const failed = await until('the log-in to be refused', patienceMs, async () => {
      // Whoever logs in anew does so when there is something to write.
      await appendFile(cluster.path('sasl.txt'), 'c\n')
      const { body } = await node.ask('GET', '/connectors/sasl/status')
      const { tasks } = body as { tasks: { state: string; trace: string }[] }
      return tasks[0]?.state === 'FAILED' && tasks[0]
    })
    expect(failed.trace).toMatch(/log.unauthenticated|authenticat/i)
    expect(failed.trace).not.toContain('wrong-secret')
    expect(node.output()).not.toContain(saslUser.password)
    await node.ask('DELETE', '/connectors/sasl')
  })

  test('an offsets topic of its own is there too, and an operator reaches it', minute, async () => {
    const own = `${cluster.group}-own-offsets`
    await writeFile(cluster.path('own.txt'), 'a\nb\n')
    await put(node, 'own', source('own', { 'offsets.storage.topic': own }))
    await until('the offset', patienceMs, async () =>
      (await valuesIn(far, own)).some(value => value?.includes('"position":4') === true),
    )
    expect(await near.topics.describe(own)).toBeUndefined()
    await node.ask('PUT', '/connectors/own/stop')
    await inState(node, 'own', 'STOPPED', 0)
    const partition = { filename: cluster.path('own.txt') }
    const change = { offsets: [{ partition, offset: { position: 2 } }] }
    expect(await node.ask('PATCH', '/connectors/own/offsets', change)).toMatchObject({ status: 200 })
    expect(await valuesIn(far, own)).toContainEqual(expect.stringContaining('"position":2'))
    await node.ask('PUT', '/connectors/own/resume')
    const topic = `${cluster.group}-own`
    await until('the second line once more', patienceMs, async () => (await valuesIn(far, topic)).length >= 3)
    expect(await valuesIn(far, topic)).toEqual(['a', 'b', 'b'])
  })

  test('exactly once: records and offsets are one transaction there', minute, async () => {
    const once = await TestCluster.open((await sharedKafka()).bootstrap.plaintext, [
      'exactly.once.source.support=enabled',
    ])
    try {
      const nodes = [await once.start('a'), await once.start('b')]
      await settled(nodes[0]!, 2, 0)
      const [input, topic] = [once.path('in.txt'), `${once.group}-once`]
      const lines = (from: number, count: number): string =>
        Array.from({ length: count }, (_, i) => `${from + i} ${'x'.repeat(50)}\n`).join('')
      await writeFile(input, lines(0, 5_000))
      await put(nodes[0]!, 'once', {
        ...source('once', { 'batch.size': '100', 'exactly.once.support': 'required' }),
        file: input,
        topic,
      })
      await until('records to flow', patienceMs, async () => (await valuesIn(far, topic)).length > 0)
      const { work } = await nodes[0]!.overview()
      const victim = nodes.findIndex(({ name }) => name === work.find(({ task }) => task === 0)?.node)
      await appendFile(input, lines(5_000, 5_000))
      await nodes[victim]!.end('SIGKILL')
      await until(
        'all to arrive',
        patienceMs,
        async () => (await valuesIn(far, topic)).at(-1)?.startsWith('9999 ') === true,
      )
      const arrived = (await valuesIn(far, topic)).map(value => Number.parseInt(value ?? '', 10))
      expect(arrived).toEqual(Array.from({ length: 10_000 }, (_, i) => i))
      expect((await valuesIn(far, `${once.group}-offsets`)).some(value => value?.includes('position') === true)).toBe(
        true,
      )
    } finally {
      await once.close()
    }
  })

  test('a sink reads from there and commits there; its dead letters go where its producer is', minute, async () => {
    const topic = `${cluster.group}-far`
    const letters = `${cluster.group}-letters`
    await far.topics.create({ name: topic, partitions: 1, replicationFactor: 1 })
    await writeRecord(far, topic, 'k', '"good"')
    await writeRecord(far, topic, 'k', 'bad')
    const config = {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file: cluster.path('far.txt'),
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
      'consumer.override.bootstrap.servers': there,
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': letters,
      'errors.deadletterqueue.topic.replication.factor': '1',
    }
    expect(await put(node, 'far', config)).toMatchObject({ status: 201 })
    await until('the good one', patienceMs, async () => (await cluster.lines('far.txt')).length === 1)
    await until('the bad one', patienceMs, async () => (await valuesIn(near, letters)).length === 1)
    expect(await far.topics.describe(letters)).toBeUndefined()
    const position = async (): Promise<number | undefined> => (await far.groups.fetch('connect-far'))[0]?.offset
    await until('the commit', patienceMs, async () => (await position()) === 2)
    expect(await near.groups.fetch('connect-far')).toEqual([])

    const told = { partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 2 } }
    expect((await node.ask('GET', '/connectors/far/offsets')).body).toEqual({ offsets: [told] })
    await node.ask('PUT', '/connectors/far/stop')
    await inState(node, 'far', 'STOPPED', 0)
    const change = (partition: number, offset: number) => ({
      offsets: [{ partition: { kafka_topic: topic, kafka_partition: partition }, offset: { kafka_offset: offset } }],
    })
    // Kafka lets a group go when its last member's session is over.
    await until(
      'the group to be free',
      patienceMs,
      async () => (await node.ask('PATCH', '/connectors/far/offsets', change(0, 0))).status === 200,
    )
    expect(await position()).toBe(0)
    expect(await node.ask('PATCH', '/connectors/far/offsets', change(7, 0))).toMatchObject({ status: 400 })
    expect(await node.ask('DELETE', '/connectors/far/offsets')).toMatchObject({ status: 200 })
    expect(await far.groups.fetch('connect-far')).toEqual([])
  })

  test('what cannot be a client is refused before anything starts, under its key', minute, async () => {
    const bad = source('bad', { 'producer.override.bootstrap.servers': 'nowhere' })
    const refused = await put(node, 'bad', bad)
    expect(refused).toMatchObject({ status: 400 })
    const { body } = await node.ask('PUT', '/connector-plugins/FileStreamSource/config/validate', {
      name: 'bad',
      ...bad,
    })
    const { configs } = body as { configs: { value: { name: string; errors: string[] } }[] }
    expect(configs.find(({ value }) => value.name === 'producer.override.bootstrap.servers')?.value.errors).toEqual([
      expect.stringContaining('host:port'),
    ])
  })

  test('a node that has no brokers reaches those that a connector names', minute, async () => {
    const alone = await startTestNode()
    try {
      const topic = `${cluster.group}-alone`
      await writeFile(`${alone.home}/in.txt`, 'a\nb\n')
      await alone.put('in', {
        ...source('alone'),
        file: `${alone.home}/in.txt`,
        topic,
        'offsets.storage.topic': 'unheeded',
      })
      await until('the records', patienceMs, async () => (await valuesIn(far, topic)).length === 2)
      await alone.put('out', {
        'connector.class': 'FileStreamSink',
        topics: topic,
        file: `${alone.home}/out.txt`,
        'consumer.override.bootstrap.servers': there,
      })
      await until('the sink to read them back', patienceMs, async () => (await alone.lines('out.txt')).length === 2)
      const warnings = (await alone.logLines()).filter(({ msg }) => String(msg).includes('offsets.storage.topic'))
      expect(warnings).toHaveLength(1)
      await expect(
        alone.put('once', {
          ...source('once'),
          file: `${alone.home}/in.txt`,
          topic,
          'exactly.once.support': 'required',
        }),
      ).rejects.toThrow('exactly')
    } finally {
      await alone.end()
    }
  })
})

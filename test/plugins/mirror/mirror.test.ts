import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KafkaLogClient } from '../../../src/adapters/kafka/index.js'
import { BatchBuilder } from '../../../src/codec/index.js'
import { until } from '../../process/node-process.js'
import { inState, patienceMs, TestCluster, type ClusterNode } from '../../process/test-cluster.js'
import { connectTo, readTopic, writeRecord } from '../../process/topic-records.js'
import { startKafka, type KafkaServer } from '../../servers/kafka/start-kafka.js'
import { sharedKafka } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'

const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter'
const passing = { 'key.converter': bytes, 'value.converter': bytes, 'header.converter': bytes }

/** All that a consumer sees of a record but its offset. */
const everything = (log: KafkaLogClient, topic: string) =>
  readTopic(log, topic, (cursor, partition) => ({
    partition,
    timestamp: cursor.timestamp,
    key: cursor.key?.toString('hex') ?? null,
    value: cursor.value?.toString('hex') ?? null,
    headers: cursor.headers().map(({ key, value }) => [key, value?.toString('hex') ?? null]),
  }))

describeWithJava('topics of another cluster are copied', () => {
  let source: KafkaServer
  let from: KafkaLogClient
  let to: KafkaLogClient
  let cluster: TestCluster
  let node: ClusterNode

  beforeAll(async () => {
    const [started, shared] = await Promise.all([startKafka(), sharedKafka()])
    source = started
    from = connectTo(source.bootstrap.plaintext)
    to = connectTo(shared.bootstrap.plaintext)
    cluster = await TestCluster.open(shared.bootstrap.plaintext)
    node = await cluster.start('a')
  }, serverStartMs)
  afterAll(async () => {
    await cluster?.close()
    await Promise.all([from?.close(), to?.close(), source?.stop()])
  })

  /** With the folder's name as alias, so that topics of other tests on the target are others. */
  const alias = (): string => cluster.group
  const remote = (topic: string): string => `${alias()}.${topic}`
  const mirror = async (name: string, topics: string, more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const { status, body } = await node.ask('PUT', `/connectors/${name}/config`, {
      'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
      'tasks.max': '2',
      'source.cluster.alias': alias(),
      'source.cluster.bootstrap.servers': source.bootstrap.plaintext,
      'target.cluster.bootstrap.servers': (await sharedKafka()).bootstrap.plaintext,
      topics,
      'replication.factor': '1',
      'offset-syncs.topic.replication.factor': '1',
      'refresh.topics.interval.seconds': '1',
      'sync.topic.configs.interval.seconds': '1',
      ...passing,
      ...more,
    })
    expect([201, 200], JSON.stringify(body)).toContain(status)
  }
  const fill = async (
    topic: string,
    partition: number,
    count: number,
    compression?: 'gzip' | 'zstd',
  ): Promise<void> => {
    const builder = new BatchBuilder()
    const now = Date.now()
    for (let i = 0; i < count; i++)
      builder.append(now - i, i % 3 === 0 ? null : `key-${i}`, i % 5 === 0 ? null : `value-${partition}-${i}`, [
        { key: 'h', value: `${i}` },
        { key: 'h', value: null },
      ])
    const writer = from.openWriter({ id: 'test' })
    await writer.append({ batches: [{ topic, partition, bytes: builder.finish(compression && { compression }) }] })
    await writer.close()
  }
  const arrived = (topic: string) =>
    until(`${topic} to be there as a whole`, patienceMs, async () => {
      if ((await to.topics.describe(remote(topic))) === undefined) return false
      const [there, here] = await Promise.all([everything(from, topic), everything(to, remote(topic))])
      return here.length >= there.length && { there, here }
    })

  test('record by record, byte by byte, to the same partitions of a topic with the same settings', async () => {
    await from.topics.create({
      name: 'orders',
      partitions: 3,
      config: { 'retention.ms': '86400000', 'min.insync.replicas': '1' },
    })
    await fill('orders', 0, 1_000)
    await fill('orders', 2, 500, 'gzip')
    await fill('orders', 2, 500, 'zstd')
    await mirror('orders', 'orders')
    const { there, here } = await arrived('orders')
    expect(here).toEqual(there)
    expect(await to.topics.ownConfig(remote('orders'))).toEqual({ 'retention.ms': '86400000' })
    await inState(node, 'orders', 'RUNNING', 2)
    const last = { partition: { cluster: alias(), topic: 'orders', partition: 0 }, offset: { offset: 999 } }
    await until('the offset of the last record', patienceMs, async () =>
      JSON.stringify((await node.ask('GET', '/connectors/orders/offsets')).body).includes(JSON.stringify(last.offset)),
    )
    expect((await node.ask('GET', '/connectors/orders/offsets')).body).toMatchObject({
      offsets: expect.arrayContaining([last]) as unknown,
    })
  })

  test('what is added later comes too: records, partitions, topics and settings', async () => {
    await from.topics.addPartitions('orders', 4)
    await from.topics.alterConfig('orders', { 'retention.ms': null, 'max.message.bytes': '2000000' })
    await from.topics.create({ name: 'orders-new', partitions: 1 })
    await mirror('orders', 'orders.*')
    await fill('orders', 3, 10)
    await writeRecord(from, 'orders-new', 'k', 'v')
    for (const topic of ['orders', 'orders-new']) {
      const { there, here } = await arrived(topic)
      expect(here).toEqual(there)
    }
    await until('the settings to follow', patienceMs, async () => {
      const own = await to.topics.ownConfig(remote('orders'))
      return JSON.stringify(own) === JSON.stringify({ 'max.message.bytes': '2000000' })
    })
  })

  test('from the offset that an operator set, within a batch', async () => {
    await from.topics.create({ name: 'resumed', partitions: 1 })
    await fill('resumed', 0, 100)
    await mirror('resumed', 'resumed')
    await arrived('resumed')
    await node.ask('PUT', '/connectors/resumed/stop')
    await inState(node, 'resumed', 'STOPPED', 0)
    const partition = { cluster: alias(), topic: 'resumed', partition: 0 }
    const offsets = [{ partition, offset: { offset: 41 } }]
    expect(await node.ask('PATCH', '/connectors/resumed/offsets', { offsets })).toMatchObject({ status: 200 })
    await node.ask('PUT', '/connectors/resumed/resume')
    const here = await until('the rest to come again', patienceMs, async () => {
      const found = await everything(to, remote('resumed'))
      return found.length >= 158 && found
    })
    const there = await everything(from, 'resumed')
    expect(here).toEqual([...there, ...there.slice(42)])
  })

  test('through transforms, and by converters that want records, the same bytes come', async () => {
    await from.topics.create({ name: 'changed', partitions: 1 })
    await fill('changed', 0, 50)
    await mirror('changed', 'changed', {
      transforms: 'mark',
      'transforms.mark.type': 'org.apache.kafka.connect.transforms.InsertHeader',
      'transforms.mark.header': 'from',
      'transforms.mark.value.literal': 'there',
      'header.converter': 'org.apache.kafka.connect.storage.StringConverter',
    })
    const { there, here } = await arrived('changed')
    const data = ({ partition, timestamp, key, value }: (typeof here)[number]) => ({ partition, timestamp, key, value })
    expect(here.map(data)).toEqual(there.map(data))
    expect(here.every(({ headers }) => headers.at(-1)?.[0] === 'from')).toBe(true)
  })

  test('an undone transaction is left out for who reads what is committed, and passed over', async () => {
    await from.topics.create({ name: 'committed', partitions: 1 })
    const builder = new BatchBuilder()
    const batchOf = (value: string) => {
      builder.append(Date.now(), null, value, undefined)
      return [{ topic: 'committed', partition: 0, bytes: builder.finish() }]
    }
    const undone = from.openWriter({ id: 'undone', transactionalId: `${alias()}-undone` })
    await undone.append({ batches: batchOf('undone'), continues: true })
    await undone.close()
    const done = from.openWriter({ id: 'done', transactionalId: `${alias()}-done` })
    await done.append({ batches: batchOf('done') })
    await done.close()
    await mirror('committed', 'committed', { 'source.consumer.isolation.level': 'read_committed' })
    const here = await until('the committed record to come', patienceMs, async () => {
      if ((await to.topics.describe(remote('committed'))) === undefined) return false
      const found = await everything(to, remote('committed'))
      return found.length > 0 && found
    })
    expect(here.map(({ value }) => value)).toEqual([Buffer.from('done').toString('hex')])
  })

  test('keys that cannot be used are refused, each by its name', async () => {
    const { status, body } = await node.ask(
      'PUT',
      '/connector-plugins/org.apache.kafka.connect.mirror.MirrorSourceConnector/config/validate',
      {
        'connector.class': 'org.apache.kafka.connect.mirror.MirrorSourceConnector',
        name: 'x',
        topics: '(',
        'source.cluster.bootstrap.servers': 'nowhere',
        'target.cluster.security.protocol': 'KERBEROS',
        'replication.policy.class': 'com.example.Own',
      },
    )
    expect(status).toBe(200)
    const wrong = (body as { configs: { value: { name: string; errors: string[] } }[] }).configs
      .filter(({ value }) => value.errors.length > 0)
      .map(({ value }) => value.name)
    expect(wrong).toEqual(expect.arrayContaining(['source.cluster.alias', 'topics', 'replication.policy.class']))
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KafkaLogClient } from '../../../src/adapters/kafka/index.js'
import { BatchBuilder } from '../../../src/codec/index.js'
import { until } from '../../process/node-process.js'
import { patienceMs, TestCluster, type ClusterNode } from '../../process/test-cluster.js'
import { connectTo, readTopic } from '../../process/topic-records.js'
import { startConnect, type ConnectCluster } from '../../servers/connect/start-connect.js'
import { startKafka, type KafkaServer } from '../../servers/kafka/start-kafka.js'
import { sharedKafka } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'

const bytes = 'org.apache.kafka.connect.converters.ByteArrayConverter'
const passing = { 'key.converter': bytes, 'value.converter': bytes, 'header.converter': bytes }
const mirrorMaker = 'org.apache.kafka.connect.mirror.'

/** The newest value of each key, as a reader of a compacted topic has it. */
async function newest(log: KafkaLogClient, topic: string): Promise<Readonly<Record<string, string>>> {
  if ((await log.topics.describe(topic)) === undefined) return {}
  const records = await readTopic(log, topic, cursor => [
    cursor.key?.toString('hex') ?? '',
    cursor.value?.toString('hex') ?? '',
  ])
  return Object.fromEntries(records) as Record<string, string>
}

describeWithJava('offset syncs beside a real MirrorMaker 2', () => {
  let source: KafkaServer
  let from: KafkaLogClient
  let to: KafkaLogClient
  let cluster: TestCluster
  let node: ClusterNode
  let connect: ConnectCluster

  beforeAll(async () => {
    const [started, shared] = await Promise.all([startKafka(), sharedKafka()])
    source = started
    from = connectTo(source.bootstrap.plaintext)
    to = connectTo(shared.bootstrap.plaintext)
    cluster = await TestCluster.open(shared.bootstrap.plaintext)
    node = await cluster.start('a')
    connect = await startConnect({ bootstrap: shared.bootstrap.plaintext, group: `${cluster.group}-java`, tools: true })
  }, 2 * serverStartMs)
  afterAll(async () => {
    await cluster?.close()
    await Promise.all([from?.close(), to?.close(), source?.stop(), connect?.stop()])
  })

  const clusters = async (alias: string, target: string): Promise<Readonly<Record<string, string>>> => ({
    'source.cluster.alias': alias,
    'target.cluster.alias': target,
    'source.cluster.bootstrap.servers': source.bootstrap.plaintext,
    'target.cluster.bootstrap.servers': (await sharedKafka()).bootstrap.plaintext,
    topics: 'orders',
    'replication.factor': '1',
    'offset-syncs.topic.replication.factor': '1',
    'sync.topic.acls.enabled': 'false',
    ...passing,
  })
  const append = async (partition: number, count: number): Promise<void> => {
    const builder = new BatchBuilder()
    for (let index = 0; index < count; index++) builder.append(Date.now(), null, `${index}`, undefined)
    const writer = from.openWriter({ id: 'test' })
    await writer.append({ batches: [{ topic: 'orders', partition, bytes: builder.finish() }] })
    await writer.close()
  }
  const ask = async (method: string, path: string, body: object): Promise<void> => {
    const response = await fetch(connect.workers[0]!.url + path, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    expect(response.ok, await response.text()).toBe(true)
  }

  test('the newest of each partition are those that MirrorMaker writes, byte by byte', async () => {
    await from.topics.create({ name: 'orders', partitions: 2 })
    await append(0, 1_000)
    await append(1, 30)
    const [ours, java] = [`${cluster.group}-o`, `${cluster.group}-j`]
    expect(
      await node.ask('PUT', '/connectors/orders/config', {
        'connector.class': `${mirrorMaker}MirrorSourceConnector`,
        ...(await clusters(ours, 'millrace')),
      }),
    ).toMatchObject({ status: 201 })
    await ask('PUT', '/connectors/orders/config', {
      'connector.class': `${mirrorMaker}MirrorSourceConnector`,
      ...(await clusters(java, 'java')),
    })
    const [left, right] = ['mm2-offset-syncs.millrace.internal', 'mm2-offset-syncs.java.internal']
    const last = { first: '00000000000003e700000000000003e7', second: '000000000000001d000000000000001d' }
    const ends = (found: Readonly<Record<string, string>>): boolean =>
      Object.values(found).includes(last.first) && Object.values(found).includes(last.second)
    const [own, theirs] = await until('both to have told of the last records', 2 * patienceMs, async () => {
      const found = [await newest(from, left), await newest(from, right)] as const
      return found.every(ends) && found
    })
    expect(own).toEqual(theirs)
    const settings = await Promise.all([left, right].map(topic => from.topics.ownConfig(topic)))
    expect(settings[0]).toEqual(settings[1])
  })

  test('MirrorMaker’s checkpoint connector translates the offsets of a group by them', async () => {
    const group = `${cluster.group}-readers`
    await from.groups.commit(group, [
      { topic: 'orders', partition: 0, offset: 1_000, metadata: '' },
      { topic: 'orders', partition: 1, offset: 30, metadata: '' },
    ])
    await ask('PUT', '/connectors/checkpoints/config', {
      'connector.class': `${mirrorMaker}MirrorCheckpointConnector`,
      ...(await clusters(`${cluster.group}-o`, 'millrace')),
      groups: group,
      'checkpoints.topic.replication.factor': '1',
      'sync.group.offsets.enabled': 'true',
      'sync.group.offsets.interval.seconds': '1',
      'emit.checkpoints.interval.seconds': '1',
      'refresh.groups.interval.seconds': '1',
    })
    const topic = `${cluster.group}-o.orders`
    const translated = await until('the group to be there', 2 * patienceMs, async () => {
      const found = await to.groups.fetch(group)
      return found.length === 2 && found
    })
    const sorted = translated.toSorted((a, b) => a.partition - b.partition)
    expect(sorted).toMatchObject([
      { topic, partition: 0, offset: 1_000 },
      { topic, partition: 1, offset: 30 },
    ])
  })

  test('where none are wanted, keys for their topic are refused, as by MirrorMaker', async () => {
    const config = {
      name: 'silent',
      'connector.class': `${mirrorMaker}MirrorSourceConnector`,
      ...(await clusters('x', 'y')),
      'emit.offset-syncs.enabled': 'false',
    }
    const { status, body } = await node.ask('PUT', '/connectors/silent/config', config)
    expect(status).toBe(400)
    expect(JSON.stringify(body)).toContain("MirrorSourceConnector can't setup offset-syncs feature")
  })
})

import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { BatchBuilder } from '../../src/codec/index.js'
import type { DryRunEnd, DryRunEvent, DryRunRecord } from '../../src/core/api/dry-run.js'
import { describeWithKafka, serverStartMs } from '../servers/shared/suites.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { startWorkerProcess, type NodeProcess } from './node-process.js'
import { patienceMs, TestCluster } from './test-cluster.js'
import { connectTo } from './topic-records.js'

const text = 'org.apache.kafka.connect.storage.StringConverter'

describeWithKafka('dry runs on Kafka', () => {
  let cluster: TestCluster
  let log: KafkaLogClient
  /** Two nodes of a cluster, and one that is alone. */
  const nodes: Record<string, NodeProcess> = {}

  beforeAll(
    async () => {
      const bootstrap = (await sharedKafka()).bootstrap.plaintext
      log = connectTo(bootstrap)
      cluster = await TestCluster.open(bootstrap)
      await writeFile(cluster.path('in.txt'), 'one\ntwo\nthree\n')
      nodes['leader'] = await cluster.start('a')
      nodes['follower'] = await cluster.start('b')
      const alone = cluster.path('alone.properties')
      await writeFile(
        alone,
        [
          `bootstrap.servers=${bootstrap}`,
          `offset.storage.file.filename=${cluster.path('offsets')}`,
          `key.converter=${text}`,
          `value.converter=${text}`,
          'listeners=http://127.0.0.1:0',
        ].join('\n'),
      )
      nodes['alone'] = await startWorkerProcess(['standalone', alone])
    },
    serverStartMs + 2 * patienceMs,
  )
  afterAll(async () => {
    await nodes['alone']?.end('SIGTERM')
    await cluster?.close()
    await log?.close()
  })

  async function dryRun(on: string, request: object): Promise<{ records: DryRunRecord[]; end: DryRunEnd }> {
    const answer = await fetch(`${nodes[on]!.url}/millrace/v1/dry-run`, {
      method: 'POST',
      body: JSON.stringify(request),
      headers: { 'content-type': 'application/json' },
    })
    const body = await answer.text()
    expect(answer.status, body).toBe(200)
    const events = body
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as DryRunEvent)
    const last = events.at(-1)!
    if (!('end' in last)) throw new Error(`It did not end: ${body}`)
    return { end: last.end, records: events.filter(event => 'record' in event) }
  }

  /** Everything that a dry run could leave: topics, groups with what they have committed, and how far each topic goes. */
  async function traces(): Promise<object> {
    const topics = (await log.topics.list()).filter(name => name.includes(cluster.group)).toSorted()
    const groups = (await log.groups.list()).filter(name => name.includes(cluster.group)).toSorted()
    const ends: Record<string, unknown> = {}
    // The cluster's own: its coordination topic grows with every beat.
    for (const topic of topics.filter(name => !name.startsWith('__millrace'))) {
      const { partitions } = (await log.topics.describe(topic))!
      const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
      ends[topic] = await log.topics.allBounds(all)
    }
    return { topics, ends, groups, committed: await Promise.all(groups.map(group => log.groups.fetch(group))) }
  }

  test.each(['leader', 'follower', 'alone'])(
    'a source on the %s: its topic is not made, no offset stored',
    async on => {
      const topic = `${cluster.group}-dry-${on}`
      const before = await traces()
      const config = {
        name: `${cluster.group}-dry`,
        'connector.class': 'FileStreamSource',
        file: cluster.path('in.txt'),
        topic,
        'topic.creation.default.partitions': '1',
        'topic.creation.default.replication.factor': '1',
        'offsets.storage.topic': `${topic}-offsets`,
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': `${topic}-letters`,
      }
      const { records, end } = await dryRun(on, { config, limit: 3 })
      expect(records.map(({ steps }) => steps.at(-1)!.value?.value)).toEqual(
        ['one', 'two', 'three'].map(line => ({ bytes: line, size: line.length })),
      )
      expect(end).toMatchObject({ kept: 3, wouldWriteTo: { [topic]: 3 }, missingTopics: [topic] })
      expect(await traces()).toEqual(before)
      expect(await (await fetch(`${nodes[on]!.url}/connectors`)).json()).toEqual([])
    },
  )

  test.each(['leader', 'follower', 'alone'])(
    'a sink on the %s: no group is made, no missing topic, and what is committed stays',
    async on => {
      const topic = `${cluster.group}-orders-${on}`
      const name = `${cluster.group}-sink-${on}`
      await log.topics.create({ name: topic, partitions: 2 })
      const builder = new BatchBuilder()
      for (const value of ['one', 'two', 'three']) builder.append(Date.now(), null, value, [])
      const writer = log.openWriter({ id: name })
      await writer.append({ batches: [{ topic, partition: 1, bytes: builder.finish() }] })
      await writer.close()
      const config = {
        name,
        'connector.class': 'FileStreamSink',
        file: cluster.path(`${on}.txt`),
        topics: `${topic},${topic}-missing`,
      }
      const before = await traces()
      expect((await dryRun(on, { config })).end).toMatchObject({
        read: 3,
        why: 'topics-ended',
        missingTopics: [`${topic}-missing`],
      })
      expect((await dryRun(on, { config, from: 'latest', timeoutMs: 1_000 })).end).toMatchObject({ why: 'timeout' })
      expect(await traces()).toEqual(before)

      // Of a group that has got on it begins there, and leaves it there.
      await log.groups.commit(`connect-${name}`, [{ topic, partition: 1, offset: 2, metadata: 'note' }])
      const committed = await traces()
      const { records } = await dryRun(on, { config })
      expect(records.map(({ steps }) => steps[0]!.value!.offset)).toEqual([2])
      expect(await traces()).toEqual(committed)
    },
  )
})

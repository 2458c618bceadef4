import { appendFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { describeWithKafka, serverStartMs } from '../servers/shared/suites.js'
import { sharedKafka } from '../servers/shared/shared-servers.js'
import { runMillrace, startWorkerProcess, until } from './node-process.js'
import { inState, patienceMs, settled, TestCluster, type ClusterNode } from './test-cluster.js'
import { connectTo, recordsOf } from './topic-records.js'

const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `${from + i} ${'x'.repeat(90)}\n`).join('')

vi.setConfig({ testTimeout: 4 * patienceMs })

describeWithKafka('records on Kafka', () => {
  let cluster: TestCluster
  let log: KafkaLogClient
  beforeAll(async () => {
    const { plaintext } = (await sharedKafka()).bootstrap
    cluster = await TestCluster.open(plaintext)
    log = connectTo(plaintext)
  }, serverStartMs)
  afterAll(async () => {
    await log?.close()
    await cluster?.close()
  })

  const numbers = async (topic: string): Promise<number[]> =>
    (await recordsOf(log, topic, 'read_committed')).map(({ value }) => Number.parseInt(value ?? '', 10))

  test('exactly once: after kill -9 of the owner midway nothing is there twice and nothing is lost', async () => {
    const support = ['exactly.once.source.support=enabled']
    const nodes: ClusterNode[] = [await cluster.start('a', support), await cluster.start('b', support)]
    await settled(nodes[0]!, 2, 0)
    const [input, topic] = [cluster.path('once.txt'), `${cluster.group}-once`]
    await writeFile(input, lines(0, 10_000))
    let written = 10_000
    const config = {
      'connector.class': 'FileStreamSource',
      file: input,
      topic,
      'batch.size': '100',
      'exactly.once.support': 'required',
    }
    expect(await nodes[0]!.ask('PUT', '/connectors/once/config', config)).toMatchObject({ status: 201 })
    for (let round = 0; round < 2; round++) {
      const before = written
      const owner = await until('the task to run', patienceMs, async () => {
        const { work } = await nodes[0]!.overview()
        const place = work.find(({ task, state }) => task === 0 && state === 'owned')
        return place?.node ?? undefined
      })
      await until('records to flow', patienceMs, async () => {
        const end = await log.topics.bounds({ topic, partition: 0 }).catch(() => ({ end: 0 }))
        return end.end > (round === 0 ? 0 : before - 10_000)
      })
      await appendFile(input, lines(written, 20_000))
      written += 20_000
      const victim = nodes.findIndex(({ name }) => name === owner)
      await nodes[victim]!.end('SIGKILL')
      nodes[victim] = await cluster.startFrom(owner, nodes[victim]!.file)
      await inState(nodes[victim], 'once', 'RUNNING', 1)
      await appendFile(input, lines(written, 1_000))
      written += 1_000
    }
    await until('all to arrive', patienceMs, async () => (await numbers(topic)).at(-1) === written - 1)
    const arrived = await numbers(topic)
    expect({ count: arrived.length, firstWrong: arrived.findIndex((number, at) => number !== at) }).toEqual({
      count: written,
      firstWrong: -1,
    })
  })

  test('standalone with bootstrap.servers: records on Kafka, configuration and offsets at home, and a restart goes on', async () => {
    const topic = `${cluster.group}-alone`
    const [input, output] = [cluster.path('alone.txt'), cluster.path('alone-out.txt')]
    await writeFile(input, lines(0, 100))
    const worker = cluster.path('alone.properties')
    const text = 'org.apache.kafka.connect.storage.StringConverter'
    await writeFile(
      worker,
      [
        `bootstrap.servers=${(await sharedKafka()).bootstrap.plaintext}`,
        `key.converter=${text}`,
        `value.converter=${text}`,
        `offset.storage.file.filename=${cluster.path('offsets')}`,
        'offset.flush.interval.ms=200',
        'listeners=http://127.0.0.1:0',
      ].join('\n'),
    )
    const source = cluster.path('source.properties')
    await writeFile(source, `name=alone-in\nconnector.class=FileStreamSource\nfile=${input}\ntopic=${topic}\n`)
    const sink = cluster.path('sink.properties')
    await writeFile(
      sink,
      `name=${cluster.group}-out\nconnector.class=FileStreamSink\nfile=${output}\ntopics=${topic}\n`,
    )

    const first = await startWorkerProcess(['standalone', worker, source, sink])
    await until('the lines to arrive', patienceMs, async () => (await cluster.lines('alone-out.txt')).length === 100)
    expect(await first.end('SIGTERM'), first.output()).toEqual({ code: 0, signal: null })
    expect(await numbers(topic)).toEqual(Array.from({ length: 100 }, (_, i) => i))

    // Connectors made before are still there, without their files.
    const second = await startWorkerProcess(['standalone', worker])
    try {
      await appendFile(input, lines(100, 100))
      await until('the next to arrive', patienceMs, async () => (await cluster.lines('alone-out.txt')).length === 200)
      expect(await numbers(topic)).toEqual(Array.from({ length: 200 }, (_, i) => i))
      const { output: shown } = await runMillrace(['connector', 'list', '--url', second.url])
      expect(shown).toContain('alone-in')
    } finally {
      await second.end('SIGTERM')
    }
  })
})

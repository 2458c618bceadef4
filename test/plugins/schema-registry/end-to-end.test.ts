import { appendFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../process/node-process.js'
import { patienceMs, TestCluster, type ClusterNode } from '../../process/test-cluster.js'
import { openGate } from '../../servers/registry/registry-gate.js'
import { startRegistry, type RegistryServer } from '../../servers/registry/start-registry.js'
import { sharedKafka } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'

describeWithJava('a node on Kafka with a schema registry, as a user configures it', () => {
  let registry: RegistryServer
  let cluster: TestCluster
  let node: ClusterNode
  let group: string

  beforeAll(async () => {
    const [started, kafka] = await Promise.all([startRegistry(), sharedKafka()])
    registry = started
    cluster = await TestCluster.open(kafka.bootstrap.plaintext)
    group = cluster.group
    node = await cluster.start('a')
  }, serverStartMs)
  afterAll(async () => {
    await cluster?.close()
    await registry?.stop()
  })

  const put = async (name: string, config: Readonly<Record<string, string>>): Promise<void> => {
    const { status, body } = await node.ask('PUT', `/connectors/${name}/config`, config)
    expect(status, JSON.stringify(body)).toBe(201)
  }
  const converter = (className: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    'value.converter': className,
    'value.converter.schema.registry.url': registry.url,
    ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`value.converter.${key}`, value])),
  })

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['io.confluent.connect.avro.AvroConverter', 'AVRO', {}],
    ['io.confluent.connect.json.JsonSchemaConverter', 'JSON', {}],
    // Without this a null is the default of its type, as in Confluent's converter.
    ['io.confluent.connect.protobuf.ProtobufConverter', 'PROTOBUF', { 'optional.for.nullables': 'true' }],
  ])(
    'records go from a source through %s, Kafka and back into a sink',
    async (className, kind, keys) => {
      const topic = `${group}-${kind.toLowerCase()}`
      const short = className.slice(className.lastIndexOf('.') + 1)
      const file = `${kind}.txt`
      await put(`make-${kind}`, {
        'connector.class': 'generator',
        topic,
        count: '500',
        rate: '0',
        ...converter(className, keys),
      })
      // The short name, and struct by struct as the file sink prints them.
      await put(`keep-${kind}`, {
        'connector.class': 'FileStreamSink',
        file: cluster.path(file),
        topics: topic,
        ...converter(short, keys),
      })
      const lines = await until(`500 records to arrive through ${short}`, patienceMs, async () => {
        const found = await cluster.lines(file)
        return found.length >= 500 && found
      })
      expect(new Set(lines).size).toBe(500)
      const direct = `${kind}-direct.txt`
      await put(`make-${kind}-json`, {
        'connector.class': 'generator',
        topic: `${topic}-json`,
        count: '500',
        rate: '0',
        'value.converter': 'JsonConverter',
      })
      await put(`keep-${kind}-json`, {
        'connector.class': 'FileStreamSink',
        file: cluster.path(direct),
        topics: `${topic}-json`,
        'value.converter': 'JsonConverter',
      })
      const expected = await until('the same through JsonConverter', patienceMs, async () => {
        const found = await cluster.lines(direct)
        return found.length >= 500 && found
      })
      expect(lines.toSorted()).toEqual(expected.toSorted())
      const registered = (await (await fetch(`${registry.url}/subjects/${topic}-value/versions/latest`)).json()) as {
        schemaType?: string
      }
      expect(registered.schemaType ?? 'AVRO').toBe(kind)
    },
    3 * patienceMs,
  )

  test(
    'a registry that is away costs no record: with errors.tolerance=all only what is bad becomes a dead letter',
    async () => {
      const topic = `${group}-outage`
      const gate = await openGate(registry.url)
      gate.state = 'cut'
      try {
        const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`)
        await writeFile(cluster.path('outage-in.txt'), lines.map(line => `${line}\n`).join(''))
        await writeFile(cluster.path('poison.txt'), 'poison\n')
        const patience = { 'max.retries': '0', 'schema.registry.url': gate.url }
        const restarts = { 'restart.backoff.ms': '100', 'restart.backoff.max.ms': '300', 'restart.max': '1' }
        const source = { 'connector.class': 'FileStreamSource', topic }
        await put('outage-in', {
          ...source,
          ...restarts,
          file: cluster.path('outage-in.txt'),
          ...converter('AvroConverter', patience),
        })
        await put('poison', { ...source, file: cluster.path('poison.txt') })
        const sink = {
          'connector.class': 'FileStreamSink',
          topics: topic,
          'errors.tolerance': 'all',
          'errors.deadletterqueue.topic.name': `${topic}-dead`,
          'errors.deadletterqueue.topic.replication.factor': '1',
          ...restarts,
          ...converter('AvroConverter', patience),
        }
        await put('outage-out', { ...sink, file: cluster.path('outage-out.txt') })
        const restartsOf = async (name: string): Promise<number> => {
          const { body } = await node.ask('GET', `/millrace/v1/connectors/${name}/tasks`)
          return JSON.stringify(body).split('schema_registry.away').length - 1
        }
        // More often than its budget would allow, if an outage cost any.
        await until('the source to try again', patienceMs, async () => (await restartsOf('outage-in')) >= 3)
        gate.state = 'open'
        await until(
          'what the source has written',
          patienceMs,
          async () => (await cluster.lines('outage-out.txt')).length === 50,
        )
        expect(await cluster.lines('outage-out.txt')).toEqual(lines)

        // A sink that begins while the registry is away knows no schema yet.
        gate.state = 'cut'
        const late = cluster.path('outage-late.txt')
        await put('outage-late', { ...sink, file: late })
        await until('the sink to try again', patienceMs, async () => (await restartsOf('outage-late')) >= 3)
        gate.state = 'open'
        await until(
          'what was there before',
          patienceMs,
          async () => (await cluster.lines('outage-late.txt')).length >= 50,
        )
        expect(await cluster.lines('outage-late.txt')).toEqual(lines)

        gate.state = 'cut'
        await appendFile(cluster.path('outage-in.txt'), 'after\n')
        await until('what a known schema needs no registry for', patienceMs, async () =>
          (await cluster.lines('outage-out.txt')).includes('after'),
        )
        await put('letters', {
          'connector.class': 'FileStreamSink',
          topics: `${topic}-dead`,
          file: cluster.path('dead.txt'),
        })
        await until('the dead letter', patienceMs, async () => (await cluster.lines('dead.txt')).length > 0)
        expect(new Set(await cluster.lines('dead.txt'))).toEqual(new Set(['poison']))
      } finally {
        await gate.close()
      }
    },
    3 * patienceMs,
  )

  test(
    'a worker’s own converter is one of these, with its keys in the worker file',
    async () => {
      const topic = `${group}-worker`
      const other = await cluster.start('b', [
        'value.converter=io.confluent.connect.avro.AvroConverter',
        `value.converter.schema.registry.url=${registry.url}`,
      ])
      await node.end('SIGTERM')
      node = other
      await put('worker', { 'connector.class': 'generator', topic, count: '5', rate: '0' })
      await put('worker-out', { 'connector.class': 'FileStreamSink', topics: topic, file: cluster.path('worker.txt') })
      await until('the records', patienceMs, async () => (await cluster.lines('worker.txt')).length === 5)
      const subjects = (await (await fetch(`${registry.url}/subjects`)).json()) as readonly string[]
      expect(subjects).toContain(`${topic}-value`)
    },
    3 * patienceMs,
  )
})

import { expect, test } from 'vitest'
import { parseClusterFile } from '../../../src/cli/cluster/cluster-file.js'
import type { ConfigIssue } from '../../../src/core/error.js'
import { parseProperties } from '../../../src/core/properties/parse.js'
import { workerChecks } from '../../../src/worker-checks.js'

const json = 'org.apache.kafka.connect.json.JsonConverter'
/** What Apache Kafka ships as config/connect-distributed.properties, its comments left out. */
const stock = `bootstrap.servers=localhost:9092
group.id=connect-cluster
key.converter=${json}
value.converter=${json}
key.converter.schemas.enable=true
value.converter.schemas.enable=true
offset.storage.topic=connect-offsets
offset.storage.replication.factor=1
config.storage.topic=connect-configs
config.storage.replication.factor=1
status.storage.topic=connect-status
status.storage.replication.factor=1
offset.flush.interval.ms=10000
`
const lines = stock.split('\n').length - 1
const read = (text: string) => parseClusterFile(parseProperties(text), 'w.properties', workerChecks)
const places = (found: readonly ConfigIssue[]): readonly string[] =>
  found.map(({ key, line }) => `${key}:${line ?? '-'}`).toSorted()
const good = (text: string) => {
  const { issues, warnings, settings } = read(stock + text)
  expect(issues).toEqual([])
  return { warnings, settings }
}

test('the file that Apache Kafka ships, with nothing to remark', () => {
  const { warnings, settings } = good('')
  expect(warnings).toEqual([])
  const { kafka, ...rest } = settings
  expect(kafka.own.admin.connection.brokers).toEqual(['localhost:9092'])
  expect(rest).toEqual({
    group: 'connect-cluster',
    timers: { heartbeat: 500 },
    listeners: [{ host: '0.0.0.0', port: 8083 }],
    adminListeners: undefined,
    http: { headers: [] },
    advertised: {},
    gracefulMs: 5_000,
    releaseMs: 60_000,
    holdMaxMs: 300_000,
    catchUpMs: 3_000,
    protocol: 'cooperative',
    exactlyOnce: 'disabled',
    pluginPath: [],
    providers: [],
    readonlyListeners: [],
    topics: {
      config: { name: 'connect-configs', partitions: 1, replicationFactor: 1, config: {} },
      offset: { name: 'connect-offsets', partitions: 25, replicationFactor: 1, config: {} },
      status: { name: 'connect-status', partitions: 5, replicationFactor: 1, config: {} },
    },
    worker: {
      'group.id': 'connect-cluster',
      'key.converter': json,
      'value.converter': json,
      'key.converter.schemas.enable': 'true',
      'value.converter.schemas.enable': 'true',
      'offset.flush.interval.ms': '10000',
    },
  })
})

test('what it says of the node, its cluster and its topics is honoured', () => {
  const { settings, warnings } = good(`
node.name=n1
cluster.expected.nodes=3
listeners=http://127.0.0.1:8084
rest.advertised.host.name=n1.example
rest.advertised.port=80
session.timeout.ms=9000
heartbeat.interval.ms=3000
rebalance.timeout.ms=1
worker.sync.timeout.ms=2
scheduled.rebalance.max.delay.ms=0
task.shutdown.graceful.timeout.ms=4
connect.protocol=Eager
exactly.once.source.support=ENABLED
plugin.path=/a
offset.storage.partitions=7
offset.storage.min.insync.replicas=2
status.storage.partitions=-1
config.storage.replication.factor=-1
producer.compression.type=lz4
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="hunter2";
producer.security.protocol=PLAINTEXT
consumer.security.protocol=PLAINTEXT
`)
  expect(warnings).toEqual([])
  expect(settings).toMatchObject({
    node: 'n1',
    expectedNodes: 3,
    listeners: [{ host: '127.0.0.1', port: 8084 }],
    advertised: { host: 'n1.example', port: 80 },
    timers: { ttl: 9_000, heartbeat: 3_000 },
    releaseMs: 1,
    catchUpMs: 2,
    holdMaxMs: 0,
    gracefulMs: 4,
    protocol: 'eager',
    exactlyOnce: 'enabled',
    pluginPath: ['/a'],
    topics: {
      config: { replicationFactor: -1 },
      offset: { partitions: 7, config: { 'min.insync.replicas': '2' } },
      status: { partitions: -1 },
    },
    kafka: { own: { producer: { connection: { sasl: { username: 'u' } } } } },
  })
  expect(settings.kafka.connectors.producer.settings).toEqual({
    'compression.type': 'lz4',
  })
  // The password is in the connection alone (I8).
  expect(JSON.stringify(settings.worker)).not.toContain('hunter2')
})

test('ten mistakes are ten errors at once, each with file, line and key, none twice', () => {
  const { issues } = read(
    [
      'bootstrap.servers=nowhere',
      'group.id=my cluster',
      `key.converter=${json}`,
      'offset.storage.topic=a',
      'status.storage.topic=a',
      'config.storage.topic=c d',
      'offset.storage.partitions=0',
      'session.timeout.ms=1000',
      'connect.protocol=lazy',
      'exactly.once.source.support=perhaps',
      'sasl.mechanism=GSSAPI',
      'security.protocol=SASL_PLAINTEXT',
      'scheduled.rebalance.max.delay.ms=-1',
      'config.providers=file',
      'producer.request.timeout.ms=soon',
    ].join('\n'),
  )
  expect(new Set(issues.map(({ file }) => file))).toEqual(new Set(['w.properties']))
  expect(places(issues)).toEqual(
    [
      'bootstrap.servers:1',
      'config.providers:14',
      'config.storage.topic:6',
      'connect.protocol:9',
      'exactly.once.source.support:10',
      'group.id:2',
      'offset.storage.partitions:7',
      'producer.request.timeout.ms:15',
      // Connect's words are two for a number that is none.
      'producer.request.timeout.ms:15',
      'sasl.jaas.config:-',
      'sasl.mechanism:11',
      'scheduled.rebalance.max.delay.ms:13',
      'session.timeout.ms:8',
      'status.storage.topic:5',
      'value.converter:-',
    ].toSorted(),
  )
})

test('all that must be there', () => {
  expect(
    read('')
      .issues.map(({ key }) => key)
      .toSorted(),
  ).toEqual([
    'bootstrap.servers',
    'config.storage.topic',
    'group.id',
    'key.converter',
    'offset.storage.topic',
    'status.storage.topic',
    'value.converter',
  ])
})

test('what is about the JVM, and what is not known, is accepted with one warning each', () => {
  const keys = [
    'plugin.discovery',
    'inter.worker.key.ttl.ms',
    'worker.unsync.backoff.ms',
    'reconnect.backoff.ms',
    'metadata.max.age.ms',
    'connections.max.idle.ms',
    'client.dns.lookup',
    'ssl.cipher.suites',
    'metrics.num.samples',
    'offset.storage.file.filename',
    'config.storage.partitions',
    'status.storage.cleanup.policy',
    'client.colour',
    'colour',
  ]
  const { warnings, settings } = good(keys.map(key => `${key}=x\n`).join(''))
  expect(places(warnings)).toEqual(keys.map((key, at) => `${key}:${lines + at + 1}`).toSorted())
  expect(settings.topics.config.config).toEqual({})
  expect(Object.keys(settings.worker)).toHaveLength(6)
})

test('a lease must outlive three heartbeats; with a heartbeat alone it is left to grow with it', () => {
  expect(good('heartbeat.interval.ms=3000').settings.timers).toEqual({ heartbeat: 3_000 })
  expect(good('session.timeout.ms=1500').settings.timers).toEqual({ ttl: 1_500, heartbeat: 500 })
  const { issues } = read(`${stock}session.timeout.ms=8999\nheartbeat.interval.ms=3000`)
  expect(issues).toMatchObject([{ key: 'session.timeout.ms', line: lines + 1, hint: expect.stringContaining('9000') }])
})

test('a group whose coordination topic could not be made is refused', () => {
  expect(read(`${stock}group.id=${'g'.repeat(239)}`).issues).toMatchObject([{ key: 'group.id' }])
  expect(read(`${stock}group.id=${'g'.repeat(238)}`).issues).toEqual([])
})

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { freePorts } from '../servers/free-ports.js'
import { saslUser } from '../servers/kafka/broker-properties.js'
import { describeWithKafka, serverStartMs } from '../servers/shared/suites.js'
import { sharedKafka, type SharedKafka } from '../servers/shared/shared-servers.js'
import { runMillrace, until } from './node-process.js'
import { inState, patienceMs, settled, TestCluster } from './test-cluster.js'
import { connectTo, writeRecord } from './topic-records.js'

const plain = (password: string): string =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username="${saslUser.username}" password="${password}";`

vi.setConfig({ testTimeout: 3 * patienceMs })

describeWithKafka('what a node of a cluster refuses', () => {
  let kafka: SharedKafka
  let cluster: TestCluster
  let log: KafkaLogClient
  beforeAll(async () => {
    kafka = await sharedKafka()
    cluster = await TestCluster.open(kafka.bootstrap.plaintext)
    log = connectTo(kafka.bootstrap.plaintext)
  }, serverStartMs)
  afterAll(async () => {
    await log?.close()
    await cluster?.close()
  })

  /** A node with these lines ends by itself; returns its exit code and the last thing it says. */
  const refused = async (...lines: string[]) => {
    const { code, output } = await runMillrace(['cluster', await cluster.file('refused', lines)])
    return { code, told: output.slice(output.lastIndexOf('✗')), output }
  }

  test('brokers that nobody can reach', async () => {
    const [port] = await freePorts(1)
    const { code, told } = await refused(`bootstrap.servers=127.0.0.1:${port}`)
    expect({ code, told }).toEqual({ code: 3, told: expect.stringMatching(/log\.unreachable[^]*→ Start the brokers/) })
  })

  test('credentials that are wrong, without telling them', async () => {
    const { sasl } = kafka.bootstrap
    if (sasl === undefined) return
    const lines = [`bootstrap.servers=${sasl}`, 'security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN']
    const { code, told, output } = await refused(...lines, `sasl.jaas.config=${plain('no-such-secret')}`)
    expect({ code, told }).toEqual({ code: 3, told: expect.stringMatching(/log\.unauthenticated[^]*→ Correct/) })
    expect(output).not.toContain('no-such-secret')
  })

  test('a config topic that is not compacted', async () => {
    const topic = `${cluster.group}-loose`
    await log.topics.create({ name: topic, partitions: 1 })
    const { code, told } = await refused(`config.storage.topic=${topic}`)
    expect({ code, told }).toEqual({ code: 3, told: expect.stringMatching(/stores\.topic_not_compact[^]*→ Set/) })
    expect(told).toContain(topic)
  })

  test('a coordination topic that cannot serve', async () => {
    const group = `${cluster.group}-unfit`
    await log.topics.create({ name: `__millrace-${group}`, partitions: 2 })
    const { code, told } = await refused(`group.id=${group}`)
    expect({ code, told }).toEqual({ code: 3, told: expect.stringMatching(/cluster\.topic_unfit[^]*→ Delete/) })
    expect(told).toContain('2 partitions')
    expect(told).toContain('LogAppendTime')
  })

  test('more replicas than there are brokers', async () => {
    const { code, told } = await refused(
      `config.storage.topic=${cluster.group}-many`,
      'config.storage.replication.factor=99',
    )
    expect({ code, told }).toEqual({ code: 3, told: expect.stringContaining('log.topic_config_invalid') })
  })

  test('the topics of another cluster that lives, and the cluster of one group with other topics', async () => {
    const node = await cluster.start('owner')
    await settled(node, 1, 0)
    const other = await refused(`group.id=${cluster.group}-other`)
    expect(other).toMatchObject({ code: 3, told: expect.stringMatching(/cluster\.topics_taken[^]*→ Set group\.id=/) })
    expect(other.told).toContain(cluster.group)

    const foreign = await refused(`config.storage.topic=${cluster.group}-elsewhere`)
    expect(foreign).toMatchObject({ code: 1, told: expect.stringMatching(/cluster\.foreign[^]*→ Give/) })

    expect((await settled(node, 1, 0)).alerts).toEqual([])
    expect(await node.end('SIGTERM')).toEqual({ code: 0, signal: null })

    // A cluster that is gone leaves its topics to whoever comes.
    const heir = await cluster.start('heir', [`group.id=${cluster.group}-heir`])
    await settled(heir, 1, 0)
    expect(await heir.end('SIGTERM')).toEqual({ code: 0, signal: null })
  })

  test('a name that another process takes: the younger one stays', async () => {
    const first = await cluster.start('same')
    await settled(first, 1, 0)
    const second = await cluster.start('same')
    expect(await first.ended).toEqual({ code: 1, signal: null })
    expect(first.output()).toMatch(/✗ cluster\.name_taken[^]*same[^]*→ Give each node its own node\.name/)
    const { nodes, alerts } = await settled(second, 1, 0)
    expect({ names: nodes.map(({ id }) => id), alerts }).toEqual({ names: ['same'], alerts: [] })
    expect(await second.end('SIGTERM')).toEqual({ code: 0, signal: null })
  })

  test('records in the config topic that are poison are skipped, each with a line, and the cluster lives', async () => {
    const node = await cluster.start('poisoned')
    const configs = `${cluster.group}-configs`
    const put = () =>
      node.ask('PUT', '/connectors/made/config', {
        'connector.class': 'generator',
        topic: `${cluster.group}-made`,
        rate: '1',
      })
    expect(await put()).toMatchObject({ status: 201 })
    await inState(node, 'made', 'RUNNING', 1)
    for (const [key, value] of [
      ['connector-poison', '{"properties":'],
      ['connector-poison', '{"properties":{"a":1}}'],
      ['target-state-made', '{"state":"DANCING"}'],
      ['commit-made', '{"tasks":-1}'],
      ['task-made', '{"properties":{}}'],
      ['millrace-leader', 'no leader'],
    ] as const)
      await writeRecord(log, configs, key, value)
    const skipped = (): number => node.output().split('A record of an internal topic was skipped').length - 1
    await until('each to be told', patienceMs, () => skipped() === 6)
    expect(await put()).toMatchObject({ status: 200 })
    expect((await node.ask('GET', '/connectors')).body).toEqual(['made'])
    await inState(node, 'made', 'RUNNING', 1)

    const next = await cluster.start('next')
    await settled(next, 2, 2)
    expect((await next.ask('GET', '/connectors')).body).toEqual(['made'])
    await inState(next, 'made', 'RUNNING', 1)
  })
})

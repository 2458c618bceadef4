import { afterAll, beforeAll, expect, test } from 'vitest'
import { AssignedPartition } from '../../../src/adapters/kafka/assigned-partition.js'
import { consumerOptions } from '../../../src/adapters/kafka/client-options.js'
import { Cluster } from '../../../src/adapters/kafka/cluster.js'
import { Fetching } from '../../../src/adapters/kafka/fetching.js'
import type { KafkaLogClient } from '../../../src/adapters/kafka/index.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { errorCode } from '../../../src/core/error.js'
import { partitionKey, type TopicPartition } from '../../../src/core/offset.js'
import type { AppendUnit, LogClient } from '../../../src/ports/log.js'
import {
  batchOf,
  codeOf,
  contents,
  eventually,
  failure,
  fresh,
  patience,
  recordsOf,
} from '../../contracts/log-fixture.js'
import { saslUser } from '../../servers/kafka/broker-properties.js'
import type { Broker } from '../../servers/kafka/broker.js'
import { startKafka, type KafkaServer } from '../../servers/kafka/start-kafka.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { memoryLogger } from '../embedded/fixture.js'
import { connectionTo, kafkaSettings, testClient } from './fixture.js'

const failureMs = 120_000

describeWithJava('Kafka with three brokers', () => {
  let kafka: KafkaServer
  let observer: Cluster
  const clients: KafkaLogClient[] = []

  beforeAll(async () => {
    kafka = await startKafka({
      brokers: 3,
      sasl: true,
      properties: {
        'min.insync.replicas': '2',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        // The brokers themselves, and these tests where they do not log in.
        'super.users': 'User:ANONYMOUS',
      },
    })
    const timeouts = { requestMs: 1_000, connectMs: 1_000 }
    const connection = connectionTo({ bootstrap: kafka.bootstrap.plaintext, timeouts })
    observer = new Cluster(connection, { clock: nodeClock, logger: memoryLogger() })
  }, serverStartMs)

  afterAll(async () => {
    await observer?.close()
    await Promise.all(clients.map(client => client.close()))
    await kafka?.stop()
  })

  const client = (requestMs = 3_000): KafkaLogClient => {
    const opened = testClient({ bootstrap: kafka.bootstrap.plaintext, timeouts: { requestMs, connectMs: 2_000 } })
    clients.push(opened)
    return opened
  }

  const partitionOf = async (log: LogClient, config: Record<string, string> = {}): Promise<TopicPartition> => {
    const topic = fresh('failures')
    await log.topics.create({ name: topic, partitions: 1, replicationFactor: 3, config })
    return { topic, partition: 0 }
  }

  /** The broker that leads the partition now, as the cluster's other brokers say. */
  const leaderOf = async (partition: TopicPartition): Promise<Broker> => {
    await observer.refresh([partition.topic])
    return kafka.brokers[observer.topics.leader(partition)!.node - 1]!
  }

  /** Appends numbers, `parallel` at a time, until `enough`; returns how many were acknowledged. */
  const appendUntil = async (
    log: LogClient,
    partition: TopicPartition,
    enough: () => boolean,
    transactionalId?: string,
  ): Promise<number> => {
    const writer = log.openWriter({ id: 'numbers', ...(transactionalId !== undefined && { transactionalId }) })
    const underWay = new Set<Promise<void>>()
    let sent = 0
    while (!enough()) {
      const number = sent++
      const append = writer
        .append({ batches: [{ ...partition, bytes: batchOf(String(number)) }] })
        .then(() => void underWay.delete(append))
      underWay.add(append)
      if (underWay.size >= 10) await Promise.race(underWay)
    }
    await Promise.all(underWay)
    await writer.close()
    return sent
  }

  const follow = async (log: LogClient, partition: TopicPartition, count: () => number): Promise<string[]> => {
    const reader = log.openReader({ isolation: 'read_committed', outOfRange: 'fail' })
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const seen: string[] = []
    while (seen.length < count())
      for (const chunk of await reader.read({ maxBytes: 1 << 20, maxWaitMs: 500 }))
        seen.push(...recordsOf(chunk).map(record => record.value))
    await reader.close()
    return seen
  }

  /** Of a partition that has had two leaders: a reader that read beyond the first one's records in its epoch. */
  const tellsWhoDiverged = async (partition: TopicPartition): Promise<void> => {
    const logger = memoryLogger()
    const { consumer } = kafkaSettings({ bootstrap: kafka.bootstrap.plaintext })
    const parts = { cluster: observer, clock: nodeClock, logger, consumer: consumerOptions(consumer), requestMs: 3_000 }
    await observer.leader(partition, patience)
    const { end } = await client().topics.bounds(partition)
    for (const outOfRange of ['fail', 'earliest'] as const) {
      const assigned = new AssignedPartition(partition, observer.topics.topic(partition.topic)!.id, end)
      assigned.epoch = 0
      const fetching = new Fetching({ readCommitted: false, markers: false, outOfRange }, parts, () => undefined)
      fetching.more([assigned], 1 << 20)
      await eventually(async () => expect(assigned.failure !== undefined || assigned.version > 0).toBe(true))
      if (outOfRange === 'fail') expect(errorCode(assigned.failure)).toBe('log.diverged')
      else expect(assigned.position).toBeGreaterThan(0)
      expect(assigned.position).toSatisfy((position: number) => outOfRange === 'fail' || position < end)
      fetching.close()
    }
  }

  const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))

  test(
    'nothing is lost, doubled or out of order when the leader is killed and comes back, also in transactions',
    {
      timeout: failureMs,
    },
    async () => {
      const log = client()
      const partition = await partitionOf(log)
      const leader = await leaderOf(partition)
      let transacted = await partitionOf(log)
      while ((await leaderOf(transacted)).id !== leader.id) transacted = await partitionOf(log)
      let over = false
      const runs = [
        { partition, id: undefined },
        { partition: transacted, id: fresh('tx') },
      ].map(({ partition, id }) => {
        let count = Number.POSITIVE_INFINITY
        const appending = appendUntil(log, partition, () => over, id).then(sent => (count = sent))
        return { partition, appending, following: follow(client(), partition, () => count) }
      })
      for (const { partition } of runs)
        await eventually(async () => expect((await log.topics.bounds(partition)).end).toBeGreaterThan(20))
      await leader.kill()
      await eventually(async () => expect((await leaderOf(partition)).id).not.toBe(leader.id))
      await leader.start()
      over = true
      for (const { partition, appending, following } of runs) {
        const count = await appending
        expect(count).toBeGreaterThan(20)
        expect(await following).toEqual(numbers(count))
        const isolation = { isolation: 'read_committed' } as const
        expect((await contents(client(), partition, 0, isolation)).map(({ value }) => value)).toEqual(numbers(count))
      }
      await tellsWhoDiverged(partition)
    },
  )

  test(
    'a leader that holds its connections and answers nobody is given up for the next one',
    {
      timeout: failureMs,
    },
    async () => {
      const log = client(2_000)
      const partition = await partitionOf(log)
      let over = false
      const appending = appendUntil(log, partition, () => over)
      const leader = await leaderOf(partition)
      await leader.pause()
      try {
        await eventually(async () => expect((await leaderOf(partition)).id).not.toBe(leader.id))
        const other = log.openWriter({ id: 'other' })
        await other.append({ batches: [{ topic: partition.topic, partition: 0, bytes: batchOf('other') }] })
      } finally {
        leader.resume()
      }
      over = true
      const count = await appending
      const seen = (await contents(log, partition)).map(({ value }) => value)
      expect(seen.filter(value => value !== 'other')).toEqual(numbers(count))
      expect(seen.filter(value => value === 'other')).toHaveLength(1)
    },
  )

  test(
    'an append waits while too few replicas are in sync, fails when that takes too long, and goes on after',
    {
      timeout: failureMs,
    },
    async () => {
      const log = client()
      const hasty = testClient({ bootstrap: kafka.bootstrap.plaintext, settings: { 'delivery.timeout.ms': '2000' } })
      clients.push(hasty)
      const partition = await partitionOf(log, { 'min.insync.replicas': '3' })
      const unit = (value: string): AppendUnit => ({ batches: [{ ...partition, bytes: batchOf(value) }] })
      const writer = log.openWriter({ id: 'patient' })
      await writer.append(unit('before'))
      const leader = await leaderOf(partition)
      const follower = kafka.brokers.find(({ id }) => id !== leader.id)!
      await follower.stop()
      let waiting: Promise<unknown>
      try {
        const error = await failure(hasty.openWriter({ id: 'hasty' }).append(unit('hasty')))
        expect(error).toMatchObject({ code: 'log.timed_out', disposition: 'retry' })
        expect((error as Error).message).toContain(partitionKey(partition))
        expect((error as Error).message).toContain('NOT_ENOUGH_REPLICAS')
        waiting = writer.append(unit('after'))
      } finally {
        await follower.start()
      }
      await waiting
      expect((await contents(log, partition)).map(({ value }) => value)).toEqual(['before', 'after'])
    },
  )

  test('what a user may not do is refused with the user’s permission as the matter', async () => {
    const sasl = { mechanism: 'PLAIN', ...saslUser } as const
    const stranger = testClient({ bootstrap: kafka.bootstrap.sasl!, connection: { sasl } })
    clients.push(stranger)
    const partition = await partitionOf(client())
    expect(await codeOf(stranger.topics.create({ name: fresh('forbidden'), partitions: 1 }))).toBe('log.unauthorized')
    expect(await codeOf(stranger.topics.bounds(partition))).toBe('log.unauthorized')
    const reader = stranger.openReader()
    expect(await codeOf(reader.assign([{ ...partition, offset: 'earliest' }]))).toBe('log.unauthorized')
    const append = stranger.openWriter({ id: 'w' }).append({ batches: [{ ...partition, bytes: batchOf('a') }] })
    expect(await codeOf(append)).toBe('log.unauthorized')
    expect(await codeOf(stranger.groups.fetch(fresh('group')))).toBe('log.unauthorized')
  })
})

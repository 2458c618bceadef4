import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AssignedPartition } from '../../../src/adapters/kafka/assigned-partition.js'
import { consumerOptions } from '../../../src/adapters/kafka/client-options.js'
import { Cluster } from '../../../src/adapters/kafka/cluster.js'
import { Fetching } from '../../../src/adapters/kafka/fetching.js'
import type { KafkaLogClient } from '../../../src/adapters/kafka/index.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { batches } from '../../../src/codec/index.js'
import { errorCode } from '../../../src/core/error.js'
import {
  batchOf,
  behind,
  codeOf,
  contents,
  eventually,
  fresh,
  patience,
  recordsOf,
  take,
} from '../../contracts/log-fixture.js'
import { sharedKafka } from '../../servers/shared/shared-servers.js'
import { describeWithKafka, serverStartMs } from '../../servers/shared/suites.js'
import { memoryLogger } from '../embedded/fixture.js'
import { connectionTo, kafkaSettings, testClient, type TestClient } from './fixture.js'

describeWithKafka('Kafka, the data plane', () => {
  let bootstrap = ''
  let log: KafkaLogClient
  const closing: { close(): Promise<void> }[] = []

  beforeAll(async () => {
    bootstrap = (await sharedKafka()).bootstrap.plaintext
    log = open({})
  }, serverStartMs)

  afterAll(async () => {
    for (const each of closing) await each.close()
  })

  const open = (client: Omit<TestClient, 'bootstrap'>): KafkaLogClient => {
    const opened = testClient({ bootstrap, ...client })
    closing.push(opened)
    return opened
  }

  const topicWith = async (partitions: number, config: Record<string, string> = {}): Promise<string> => {
    const name = fresh('data')
    await log.topics.create({ name, partitions, config })
    return name
  }

  test('a unit over many partitions is written together and read by one reader, idle partitions and all', async () => {
    const count = 300
    const topic = await topicWith(count)
    const writer = log.openWriter({ id: 'wide' })
    const partitions = Array.from({ length: count }, (_, partition) => partition)
    const batchesOf = (round: number) =>
      partitions.map(partition => ({ topic, partition, bytes: batchOf(`${round}:${partition}`) }))
    const first = writer.append({ batches: batchesOf(0) })
    const second = writer.append({ batches: batchesOf(1) })
    expect((await first).baseOffsets).toEqual(partitions.map(() => 0))
    expect((await second).baseOffsets).toEqual(partitions.map(() => 1))
    const reader = log.openReader()
    await reader.assign(partitions.map(partition => ({ topic, partition, offset: 'earliest' })))
    const seen = (await take(reader, 2 * count)).map(({ value }) => value)
    expect(new Set(seen).size).toBe(2 * count)
    // Now only a few of them have something.
    await writer.append({ batches: [7, 200].map(partition => ({ topic, partition, bytes: batchOf('late') })) })
    expect(await take(reader, 2)).toEqual([
      { offset: 2, value: 'late' },
      { offset: 2, value: 'late' },
    ])
    expect(behind(reader)).toBe(0)
    await reader.close()
  })

  test('batches far larger than a fetch go through whole, one after the other', async () => {
    const topic = await topicWith(2, { 'max.message.bytes': String(10 << 20) })
    const writer = log.openWriter({ id: 'large' })
    const value = (size: number): string => 'x'.repeat(size)
    const sizes = [8 << 20, 10, 6 << 20, 3 << 20]
    await Promise.all(
      sizes.map((size, i) => writer.append({ batches: [{ topic, partition: i % 2, bytes: batchOf(value(size)) }] })),
    )
    const reader = log.openReader()
    await reader.assign([0, 1].map(partition => ({ topic, partition, offset: 'earliest' as const })))
    const seen = await take(reader, 4, 1_000)
    expect(seen.map(({ value }) => value.length).sort((a, b) => a - b)).toEqual(sizes.toSorted((a, b) => a - b))
    await reader.close()
  })

  test('a writer waits while buffer.memory is full, and everything arrives in order', async () => {
    const small = open({ settings: { 'buffer.memory': '20000' } })
    const partition = { topic: await topicWith(1), partition: 0 }
    const writer = small.openWriter({ id: 'bounded' })
    const values = Array.from({ length: 60 }, (_, i) => String(i).padStart(2_000, '0'))
    await Promise.all(values.map(value => writer.append({ batches: [{ ...partition, bytes: batchOf(value) }] })))
    expect((await contents(log, partition)).map(({ value }) => value)).toEqual(values)
  })

  test.each([
    ['1', 0],
    ['0', -1],
  ])('acks=%s writes without numbers, and says what it knows of offsets', async (acks, base) => {
    const relaxed = open({ settings: { acks } })
    const partition = { topic: await topicWith(1), partition: 0 }
    const writer = relaxed.openWriter({ id: 'relaxed' })
    const sent = ['a', 'b', 'c'].map(value => writer.append({ batches: [{ ...partition, bytes: batchOf(value) }] }))
    expect((await sent[0]!).baseOffsets).toEqual([base])
    await Promise.all(sent)
    await eventually(async () =>
      expect((await contents(log, partition)).map(({ value }) => value)).toEqual(['a', 'b', 'c']),
    )
    const reader = log.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const [chunk] = await reader.read({ maxBytes: 1, maxWaitMs: patience })
    expect([...batches(chunk!.bytes)][0]!.producerId).toBe(-1)
    await reader.close()
  })

  test('timestamps that the broker gives stand in the bytes', async () => {
    const partition = { topic: await topicWith(1, { 'message.timestamp.type': 'LogAppendTime' }), partition: 0 }
    const before = Date.now()
    await log.openWriter({ id: 'timed' }).append({ batches: [{ ...partition, bytes: batchOf('a') }] })
    const reader = log.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const [chunk] = await reader.read({ maxBytes: 1, maxWaitMs: patience })
    const [header] = [...batches(chunk!.bytes)]
    expect(header!.timestampType).toBe('append')
    expect(Math.abs(header!.maxTimestamp - before)).toBeLessThan(60_000)
    await reader.close()
  })

  test('connections that break at any moment lose and double nothing', async () => {
    const sockets = new Set<Socket>()
    const collect = (message: unknown): void => void sockets.add((message as { socket: Socket }).socket)
    subscribe('net.client.socket', collect)
    const flaky = open({})
    const partition = { topic: await topicWith(1), partition: 0 }
    const writer = flaky.openWriter({ id: 'flaky' })
    const values = Array.from({ length: 100 }, (_, i) => String(i))
    const reader = flaky.openReader({ outOfRange: 'fail' })
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const breaking = setInterval(() => {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    }, 60)
    try {
      const writing = (async () => {
        for (let i = 0; i < values.length; i += 10)
          await Promise.all(
            values.slice(i, i + 10).map(value => writer.append({ batches: [{ ...partition, bytes: batchOf(value) }] })),
          )
      })()
      const seen = await take(reader, values.length)
      await writing
      expect(seen.map(({ value }) => value)).toEqual(values)
    } finally {
      clearInterval(breaking)
      unsubscribe('net.client.socket', collect)
    }
    expect((await contents(log, partition)).map(({ value }) => value)).toEqual(values)
    await reader.close()
  })

  test('a reader whose last leader epoch the log does not know is told so, or begins anew by its policy', async () => {
    const topic = await topicWith(1)
    const writer = log.openWriter({ id: 'diverged' })
    await writer.append({ batches: [{ topic, partition: 0, bytes: batchOf('a', 'b', 'c') }] })
    const logger = memoryLogger()
    const cluster = new Cluster(connectionTo({ bootstrap }), { clock: nodeClock, logger })
    closing.push(cluster)
    await cluster.leader({ topic, partition: 0 }, patience)
    const consumer = consumerOptions(kafkaSettings({ bootstrap }).consumer)
    const parts = { cluster, clock: nodeClock, logger, consumer, requestMs: patience }
    // As if it had read records of a leader that the others never followed: up to offset 3 in a later epoch.
    const astray = (): AssignedPartition => {
      const assigned = new AssignedPartition({ topic, partition: 0 }, cluster.topics.topic(topic)!.id, 3)
      assigned.epoch = 5
      return assigned
    }
    for (const outOfRange of ['fail', 'earliest'] as const) {
      const assigned = astray()
      const fetching = new Fetching({ readCommitted: false, markers: false, outOfRange }, parts, () => undefined)
      fetching.more([assigned], 1 << 20)
      if (outOfRange === 'fail') await eventually(async () => expect(errorCode(assigned.failure)).toBe('log.diverged'))
      else await eventually(async () => expect(assigned).toMatchObject({ position: 0, epoch: -1, version: 1 }))
      fetching.close()
    }
  })

  test('a topic made anew under a name is not taken for the old one, neither by a reader nor at its positions', async () => {
    const topic = await topicWith(1)
    const partition = { topic, partition: 0 }
    const writer = log.openWriter({ id: 'anew' })
    await writer.append({ batches: [{ ...partition, bytes: batchOf('old') }] })
    const reader = open({}).openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    expect(await take(reader, 1)).toHaveLength(1)
    await log.topics.delete(topic)
    await eventually(() => log.topics.create({ name: topic, partitions: 1 }))
    await writer.append({ batches: [{ ...partition, bytes: batchOf('new', 'newer') }] })
    expect(await codeOf(take(reader, 1))).toBe('log.topic_unknown')
    await reader.assign([{ ...partition, offset: 'earliest' }])
    expect((await take(reader, 2)).map(({ value }) => value)).toEqual(['new', 'newer'])
    await reader.close()
  })

  test('a read goes on where the last one ended, with batches that span several reads', async () => {
    const partition = { topic: await topicWith(1), partition: 0 }
    const writer = log.openWriter({ id: 'spans' })
    for (let i = 0; i < 10; i++)
      await writer.append({
        batches: [{ ...partition, bytes: batchOf(...Array.from({ length: 10 }, () => String(i))) }],
      })
    const reader = log.openReader()
    await reader.assign([{ ...partition, offset: 35 }])
    const chunks = []
    while ((chunks.at(-1)?.next ?? 0) < 100) chunks.push(...(await reader.read({ maxBytes: 1, maxWaitMs: patience })))
    expect(chunks[0]).toMatchObject({ position: 35, next: 40 })
    expect(chunks.flatMap(recordsOf).map(({ offset }) => offset)).toEqual(Array.from({ length: 65 }, (_, i) => 35 + i))
    await reader.close()
  })
})

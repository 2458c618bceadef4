import { fileURLToPath } from 'node:url'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BatchBuilder, batches, compressions, RecordCursor, type Compression } from '../../../src/codec/index.js'
import type { TopicPartition } from '../../../src/core/offset.js'
import type { LogClient, ReaderOptions } from '../../../src/ports/log.js'
import { batchOf, codeOf, eventually, fresh } from '../../contracts/log-fixture.js'
import { jarsOf } from '../../servers/java/jars.js'
import { runJava } from '../../servers/java/java-process.js'
import { sharedKafka } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { testClient } from './fixture.js'

interface Seen {
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly header: string
}

const count = 40
const now = Date.now()
const ours: readonly Seen[] = Array.from({ length: count }, (_, i) => ({
  timestamp: now + i,
  key: i % 3 === 0 ? null : `key-${i}`,
  value: i % 7 === 0 ? null : `${'ж'.repeat(40)}${i}`,
  header: String(i),
}))
const javas: readonly Seen[] = Array.from({ length: count }, (_, i) => ({
  timestamp: 1_000 + i,
  key: i % 2 === 0 ? null : `k${i}`,
  value: `${'ü'.repeat(50)}${i}`,
  header: String(i),
}))

function batchIn(compression: Compression, records: readonly Seen[]): Uint8Array<ArrayBuffer> {
  const builder = new BatchBuilder()
  for (const { timestamp, key, value, header } of records)
    builder.append(timestamp, key, value, [{ key: 'h', value: header }])
  return builder.finish({ compression })
}

async function readAll(log: LogClient, partition: TopicPartition, total: number, options: ReaderOptions = {}) {
  const reader = log.openReader(options)
  await reader.assign([{ ...partition, offset: 'earliest' }])
  const seen: Seen[] = []
  const used = new Set<Compression>()
  const cursor = new RecordCursor()
  while (seen.length < total) {
    for (const { bytes } of await reader.read({ maxBytes: 1 << 20, maxWaitMs: 1_000 }))
      for (const header of batches(bytes)) {
        used.add(header.compression)
        cursor.open(bytes, header)
        while (cursor.next())
          seen.push({
            timestamp: cursor.timestamp,
            key: cursor.key?.toString() ?? null,
            value: cursor.value?.toString() ?? null,
            header: cursor.headers()[0]?.value?.toString() ?? '',
          })
      }
  }
  await reader.close()
  return { seen, used }
}

describeWithJava('Kafka beside its Java client', () => {
  let bootstrap = ''
  let log: LogClient
  const group = fresh('group')
  const transacted = fresh('transacted')
  const written = new Map(compressions.map(compression => [compression, fresh(`ours-${compression}`)]))
  const fetched = new Map(compressions.map(compression => [compression, fresh(`java-${compression}`)]))
  const fromJava = fresh('java-transactions')
  let lines: string[][] = []

  /** Everything is written, then one JVM does its part. */
  beforeAll(async () => {
    bootstrap = (await sharedKafka()).bootstrap.plaintext
    log = testClient({ bootstrap })
    const topics = [...written.values(), ...fetched.values(), transacted, fromJava]
    // The Java records' timestamps are of 1970.
    const config = { 'retention.ms': '-1' }
    for (const name of topics) await log.topics.create({ name, partitions: 1, config })
    const writer = log.openWriter({ id: 'compressed' })
    for (const [compression, topic] of written) {
      const [first, second] = [ours.slice(0, 25), ours.slice(25)]
      await writer.append({ batches: [{ topic, partition: 0, bytes: batchIn(compression, first) }] })
      await writer.append({ batches: [{ topic, partition: 0, bytes: batchIn(compression, second) }] })
    }
    const unit = (value: string) => ({ batches: [{ topic: transacted, partition: 0, bytes: batchOf(value) }] })
    const undone = log.openWriter({ id: 'undone', transactionalId: fresh('tx') })
    await undone.append({ ...unit('undone'), continues: true })
    await undone.close()
    const kept = log.openWriter({ id: 'kept', transactionalId: fresh('tx') })
    const offset = { topic: transacted, partition: 0, offset: 7, metadata: '{"e":[1,2],"n":"ж"}' }
    await kept.append({ ...unit('kept'), groups: [{ group, offsets: [offset] }] })
    await log.groups.commit(group, [{ topic: fromJava, partition: 0, offset: 3, metadata: 'raw' }])
    const commands = [
      ...[...written.values()].map(topic => `read,${topic},${count}`),
      `read,${transacted},1`,
      `offsets,${group}`,
      ...[...fetched].map(([compression, topic]) => `write,${topic},${compression},${count}`),
      `transactions,${fromJava},${fresh('java-tx')}`,
    ]
    const printed = await runJava({
      jars: [await jarsOf('kafka/pom.xml')],
      mainClass: fileURLToPath(new URL('java/Peer.java', import.meta.url)),
      args: [bootstrap, ...commands],
    })
    lines = printed.split('\n').map(line => line.split('\t'))
  }, serverStartMs)

  afterAll(async () => {
    await log?.close()
  })

  const readByJava = (topic: string): Seen[] =>
    lines
      .filter(([kind, of]) => kind === 'record' && of === topic)
      .map(([, , , timestamp, key, value, header]) => ({
        timestamp: Number(timestamp),
        key: key === 'null' ? null : key!,
        value: value === 'null' ? null : value!,
        header: header!.replace(/^h=/, ''),
      }))

  test.each(compressions)('reads what we compress with %s', compression => {
    expect(readByJava(written.get(compression)!)).toEqual(ours)
  })

  test.each(compressions)('writes what we read with %s', async compression => {
    const { seen, used } = await readAll(log, { topic: fetched.get(compression)!, partition: 0 }, count)
    expect(seen).toEqual(javas)
    expect([...used]).toEqual([compression])
  })

  test('reads only what our transactions committed', () => {
    expect(readByJava(transacted).map(({ value }) => value)).toEqual(['kept'])
  })

  test('commits and aborts, and we read what it committed', async () => {
    const partition = { topic: fromJava, partition: 0 }
    const committed = await readAll(log, partition, 4, { isolation: 'read_committed' })
    expect(committed.seen.map(({ value }) => value)).toEqual(['committed0', 'committed1', 'last0', 'last1'])
    expect((await readAll(log, partition, 6)).seen).toHaveLength(6)
  })

  test('sees the offsets that we commit, raw and in transactions, with their notes', () => {
    const offsets = lines.filter(([kind]) => kind === 'offset').map(fields => fields.slice(1))
    expect(offsets).toEqual(
      expect.arrayContaining([
        [group, transacted, '0', '7', '{"e":[1,2],"n":"ж"}'],
        [group, fromJava, '0', '3', 'raw'],
      ]),
    )
    expect(offsets).toHaveLength(2)
  })

  test('a group that somebody consumes as is left alone, with one clear error', async () => {
    const topic = written.get('none')!
    const name = fresh('busy')
    const consumer = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).consumer({
      groupId: name,
    })
    await consumer.connect()
    await consumer.subscribe({ topic })
    const joined = new Promise<void>(resolve => consumer.on('consumer.group_join', () => resolve()))
    await consumer.run({ eachMessage: async () => undefined })
    await joined
    const offset = { topic, partition: 0, offset: 1, metadata: '' }
    try {
      expect(await codeOf(log.groups.commit(name, [offset]))).toBe('log.group_in_use')
      expect(await codeOf(log.groups.delete(name))).toBe('log.group_in_use')
      expect(await codeOf(log.groups.delete(name, [offset]))).toBe('log.group_in_use')
    } finally {
      await consumer.disconnect()
    }
    await eventually(async () => log.groups.commit(name, [offset]))
    expect(await log.groups.fetch(name)).toEqual([offset])
  })
})

import { describe, expect, test } from 'vitest'
import { errorCode } from '../../src/core/error.js'
import type { TopicPartition } from '../../src/core/offset.js'
import type { AppendUnit, LogClient, LogWriter } from '../../src/ports/log.js'
import {
  batchOf,
  codeOf,
  contents,
  eventually,
  failure,
  fresh,
  nothing,
  useLog,
  values,
  type LogUnderTest,
} from './log-fixture.js'

/**
 * What `src/ports/log.ts` promises of transactional writers, held against an adapter whose log is not atomic by itself:
 * there each append of such a writer is a transaction.
 */
export function logTransactionsContract(name: string, makeAdapter: () => Promise<LogUnderTest>): void {
  describe(`log contract: ${name}: transactions`, () => {
    transactions(makeAdapter)
  })
}

function transactions(makeAdapter: () => Promise<LogUnderTest>): void {
  const log = useLog(makeAdapter)
  const open = (transactionalId: string, client: LogClient = log.client): LogWriter =>
    client.openWriter({ id: transactionalId, transactionalId })
  const unit = (topic: string, value: string, more: Partial<AppendUnit> = {}): AppendUnit => ({
    batches: [{ topic, partition: 0, bytes: batchOf(value) }],
    ...more,
  })
  /** What who reads only what is committed sees of a partition in which no transaction is open. */
  const committed = async (partition: TopicPartition): Promise<string[]> =>
    (await contents(log.client, partition, 0, { isolation: 'read_committed' })).map(record => record.value)

  test('each append is one transaction over all its partitions and groups', async () => {
    const topic = await log.topic(2)
    const group = fresh('group')
    const offsets = [{ topic, partition: 1, offset: 7, metadata: 'n' }]
    const writer = open(fresh('tx'))
    const { baseOffsets } = await writer.append({
      batches: [
        { topic, partition: 1, bytes: batchOf('a', 'b') },
        { topic, partition: 0, bytes: batchOf('c') },
      ],
      groups: [{ group, offsets }],
    })
    expect(baseOffsets).toEqual([0, 0])
    expect(await committed({ topic, partition: 1 })).toEqual(['a', 'b'])
    expect(await committed({ topic, partition: 0 })).toEqual(['c'])
    await eventually(async () => expect(await log.client.groups.fetch(group)).toEqual(offsets))
    await writer.append(unit(topic, 'd'))
    expect(await committed({ topic, partition: 0 })).toEqual(['c', 'd'])
    await writer.close()
  })

  test('an append without batches succeeds, and may commit offsets of groups', async () => {
    const topic = await log.topic()
    const group = fresh('group')
    const offsets = [{ topic, partition: 0, offset: 3, metadata: '' }]
    const writer = open(fresh('tx'))
    expect(await writer.append({ batches: [] })).toEqual({ baseOffsets: [] })
    await writer.append({ batches: [], groups: [{ group, offsets }] })
    await eventually(async () => expect(await log.client.groups.fetch(group)).toEqual(offsets))
    await writer.close()
  })

  test('a transaction that continues is seen only once it has ended, and then all of it', async () => {
    const topic = await log.topic()
    const group = fresh('group')
    const offsets = [{ topic, partition: 0, offset: 1, metadata: '' }]
    const reader = log.client.openReader({ isolation: 'read_committed' })
    await reader.assign([{ topic, partition: 0, offset: 'earliest' }])
    const writer = open(fresh('tx'))
    await writer.append(unit(topic, 'a', { continues: true, groups: [{ group, offsets }] }))
    await writer.append(unit(topic, 'b', { continues: true }))
    await nothing(reader)
    expect(await log.client.groups.fetch(group)).toEqual([])
    // Who does not ask for isolation sees it at once.
    expect((await contents(log.client, { topic, partition: 0 })).map(record => record.value)).toEqual(['a', 'b'])
    await writer.append(unit(topic, 'c'))
    expect(await values(reader, 3)).toEqual(['a', 'b', 'c'])
    await eventually(async () => expect(await log.client.groups.fetch(group)).toEqual(offsets))
    await writer.append(unit(topic, 'd'))
    expect(await values(reader, 1)).toEqual(['d'])
    await reader.close()
    await writer.close()
  })

  test('what stands behind an open transaction waits for its end where isolation is asked for', async () => {
    const topic = await log.topic()
    const reader = log.client.openReader({ isolation: 'read_committed' })
    await reader.assign([{ topic, partition: 0, offset: 'earliest' }])
    const writer = open(fresh('tx'))
    await writer.append(unit(topic, 'a', { continues: true }))
    await log.write({ topic, partition: 0 }, ['plain'])
    await nothing(reader)
    const reading = values(reader, 2)
    await writer.append({ batches: [] })
    expect(await reading).toEqual(['a', 'plain'])
    await reader.close()
    await writer.close()
  })

  test('closing a writer undoes what it left open', async () => {
    const topic = await log.topic()
    const group = fresh('group')
    const writer = open(fresh('tx'))
    const offsets = [{ topic, partition: 0, offset: 1, metadata: '' }]
    await writer.append(unit(topic, 'kept'))
    await writer.append(unit(topic, 'undone', { continues: true, groups: [{ group, offsets }] }))
    await writer.close()
    await log.write({ topic, partition: 0 }, ['behind'])
    await eventually(async () => expect(await committed({ topic, partition: 0 })).toEqual(['kept', 'behind']))
    expect(await log.client.groups.fetch(group)).toEqual([])
  })

  test('a failed append undoes its whole transaction, and fails all that follow', async () => {
    const topic = await log.topic()
    const id = fresh('tx')
    const writer = open(id)
    await writer.append(unit(topic, 'before'))
    await writer.append(unit(topic, 'undone', { continues: true }))
    expect(await codeOf(writer.append(unit(fresh('missing'), 'lost')))).toBe('log.topic_unknown')
    const error = await failure(writer.append(unit(topic, 'after')))
    expect(errorCode(error)).toBe('log.writer_failed')
    await writer.close()
    const anew = open(id)
    await anew.append(unit(topic, 'anew'))
    expect(await committed({ topic, partition: 0 })).toEqual(['before', 'anew'])
    await anew.close()
  })

  test('appends that are under way together are transactions in the order of the calls', async () => {
    const topic = await log.topic()
    const writer = open(fresh('tx'))
    const expected = Array.from({ length: 20 }, (_, i) => String(i))
    await Promise.all(expected.map((value, i) => writer.append(unit(topic, value, { continues: i % 3 !== 0 }))))
    await writer.append({ batches: [] })
    expect(await committed({ topic, partition: 0 })).toEqual(expected)
    await writer.close()
  })

  test('I4: a later writer of the same id fences the earlier one, and undoes what that left open', async () => {
    const topic = await log.topic()
    const id = fresh('tx')
    const old = open(id)
    await old.append(unit(topic, 'old'))
    await old.append(unit(topic, 'undone', { continues: true }))
    const later = open(id, await log.another())
    await later.fence()
    expect(await codeOf(old.append(unit(topic, 'zombie')))).toBe('log.fenced')
    await later.append(unit(topic, 'later'))
    expect(await committed({ topic, partition: 0 })).toEqual(['old', 'later'])
    await old.close()
    await later.append(unit(topic, 'last'))
    expect(await committed({ topic, partition: 0 })).toEqual(['old', 'later', 'last'])
    await later.close()
  })

  test('the first append fences where nobody did, and writers of other ids are not touched', async () => {
    const topic = await log.topic()
    const id = fresh('tx')
    const [old, other] = [open(id), open(fresh('tx'))]
    await old.append(unit(topic, 'old'))
    await other.append(unit(topic, 'other'))
    const later = open(id)
    await later.append(unit(topic, 'later'))
    expect(await codeOf(old.append(unit(topic, 'zombie')))).toBe('log.fenced')
    await other.append(unit(topic, 'more'))
    expect(await committed({ topic, partition: 0 })).toEqual(['old', 'other', 'later', 'more'])
    for (const writer of [old, other, later]) await writer.close()
  })

  test('who was fenced takes its id back by a writer of its own', async () => {
    const topic = await log.topic()
    const id = fresh('tx')
    const first = open(id)
    await first.fence()
    const second = open(id)
    await second.fence()
    const third = open(id)
    await third.fence()
    expect(await codeOf(second.append(unit(topic, 'second')))).toBe('log.fenced')
    await third.append(unit(topic, 'third'))
    expect(await committed({ topic, partition: 0 })).toEqual(['third'])
    for (const writer of [first, second, third]) await writer.close()
  })

  test('a fenced writer that has its transaction open cannot end it any more', async () => {
    const topic = await log.topic()
    const id = fresh('tx')
    const old = open(id)
    await old.append(unit(topic, 'undone', { continues: true }))
    const later = open(id)
    await later.fence()
    expect(await codeOf(old.append({ batches: [] }))).toBe('log.fenced')
    await log.write({ topic, partition: 0 }, ['behind'])
    expect(await committed({ topic, partition: 0 })).toEqual(['behind'])
    await old.close()
    await later.close()
  })

  test('a reader goes on behind what was undone, also where nothing else is left to read', async () => {
    const topic = await log.topic()
    const id = fresh('tx')
    const writer = open(id)
    await writer.append(unit(topic, 'undone', { continues: true }))
    await writer.close()
    const later = open(id)
    await later.fence()
    const { end } = await log.client.topics.bounds({ topic, partition: 0 })
    const reader = log.client.openReader({ isolation: 'read_committed' })
    await reader.assign([{ topic, partition: 0, offset: 'earliest' }])
    let next = 0
    await eventually(async () => {
      for (const chunk of await reader.read({ maxBytes: 1 << 20, maxWaitMs: 200 })) next = chunk.next
      expect(next).toBe(end)
    })
    await reader.close()
    await later.close()
  })
}

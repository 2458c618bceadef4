import { expect, test } from 'vitest'
import { errorCode } from '../../src/core/error.js'
import type { AppendUnit } from '../../src/ports/log.js'
import { batchOf, contents, codeOf, failure, fresh, useLog, type LogUnderTest } from './log-fixture.js'

export function logWriterContract(makeAdapter: () => Promise<LogUnderTest>): void {
  const log = useLog(makeAdapter)
  const unit = (topic: string, ...values: string[]): AppendUnit => ({
    batches: [{ topic, partition: 0, bytes: batchOf(...values) }],
  })

  test('an append tells where each of its batches begins, in their order', async () => {
    const topic = await log.topic(2)
    const writer = log.client.openWriter({ id: 'offsets' })
    const { baseOffsets } = await writer.append({
      batches: [
        { topic, partition: 1, bytes: batchOf('a', 'b') },
        { topic, partition: 0, bytes: batchOf('c') },
        { topic, partition: 1, bytes: batchOf('d', 'e', 'f') },
      ],
    })
    expect(baseOffsets).toEqual([0, 0, 2])
    const next = await writer.append({ batches: [{ topic, partition: 1, bytes: batchOf('g') }] })
    expect(next.baseOffsets).toEqual([5])
    expect((await contents(log.client, { topic, partition: 1 })).map(record => record.value)).toEqual([
      'a',
      'b',
      'd',
      'e',
      'f',
      'g',
    ])
  })

  test('an append without batches succeeds', async () => {
    expect(await log.client.openWriter({ id: 'empty' }).append({ batches: [] })).toEqual({ baseOffsets: [] })
  })

  test('what was acknowledged is there for every client', async () => {
    const topic = await log.topic()
    await log.client.openWriter({ id: 'ack' }).append(unit(topic, 'a', 'b'))
    const other = await log.another()
    expect(await other.topics.bounds({ topic, partition: 0 })).toEqual({ start: 0, end: 2 })
    expect(await contents(other, { topic, partition: 0 })).toHaveLength(2)
  })

  test('who waits for the log to settle sees what was sent before, by any client where the log can tell', async () => {
    const topic = await log.topic()
    const other = log.settles === 'itself' ? log.client : await log.another()
    const sent = Array.from({ length: 50 }, (_, i) => log.client.openWriter({ id: `w-${i}` }).append(unit(topic, 'a')))
    // A client may send what one turn of the loop brought together; before that nothing is on its way.
    await new Promise(resolve => setImmediate(resolve))
    await other.settled()
    expect(await other.topics.bounds({ topic, partition: 0 })).toEqual({ start: 0, end: 50 })
    await Promise.all(sent)
  })

  test('appends that are under way together take effect in the order of the calls', async () => {
    const topic = await log.topic()
    const writer = log.client.openWriter({ id: 'order' })
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => writer.append(unit(topic, String(i)))))
    expect(results.map(result => result.baseOffsets[0])).toEqual(Array.from({ length: 200 }, (_, i) => i))
    const values = (await contents(log.client, { topic, partition: 0 })).map(record => record.value)
    expect(values).toEqual(Array.from({ length: 200 }, (_, i) => String(i)))
  })

  test('several writers of several clients append to one partition without a gap or a loss', async () => {
    const topic = await log.topic()
    const clients = [log.client, log.client, await log.another()]
    const bases = await Promise.all(
      clients.map(async (client, w) => {
        const writer = client.openWriter({ id: `w${w}` })
        const results = await Promise.all(
          Array.from({ length: 30 }, (_, i) => writer.append(unit(topic, `${w}:${i}`, `${w}:${i}`))),
        )
        return results.map(result => result.baseOffsets[0]!)
      }),
    )
    expect(bases.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, i) => 2 * i))
    const seen = await contents(log.client, { topic, partition: 0 })
    for (const [w, of] of bases.entries()) {
      expect(of).toEqual(of.toSorted((a, b) => a - b))
      for (const [i, base] of of.entries()) expect(seen[base]).toEqual({ offset: base, value: `${w}:${i}` })
    }
  })

  test('a batch may be a part of a larger buffer, also of one that several batches share', async () => {
    const topic = await log.topic()
    const [a, b] = [batchOf('first'), batchOf('second')]
    const shared = new Uint8Array(a.length + b.length + 10)
    shared.set(a, 3)
    shared.set(b, 3 + a.length)
    await log.client.openWriter({ id: 'shared' }).append({
      batches: [
        { topic, partition: 0, bytes: shared.subarray(3, 3 + a.length) },
        { topic, partition: 0, bytes: shared.subarray(3 + a.length, 3 + a.length + b.length) },
      ],
    })
    expect((await contents(log.client, { topic, partition: 0 })).map(record => record.value)).toEqual([
      'first',
      'second',
    ])
  })

  test('offsets of groups are committed with the append', async () => {
    const topic = await log.topic()
    const group = fresh('group')
    const writer = log.client.openWriter({ id: 'groups' })
    const offsets = [{ topic, partition: 0, offset: 1, metadata: 'note' }]
    await writer.append({ ...unit(topic, 'a'), groups: [{ group, offsets }] })
    expect(await log.client.groups.fetch(group)).toEqual(offsets)
    await writer.append({ batches: [], groups: [{ group, offsets: [{ ...offsets[0]!, offset: 2 }] }] })
    expect(await log.client.groups.fetch(group)).toEqual([{ ...offsets[0], offset: 2 }])
  })

  test('where the log is atomic, nothing is seen of a unit that fails', async () => {
    if (!log.client.atomic) return
    const topic = await log.topic()
    const group = fresh('group')
    const offset = { topic, partition: 0, offset: 1, metadata: '' }
    const good = () => ({ topic, partition: 0, bytes: batchOf('a') })
    const units: AppendUnit[] = [
      { batches: [good(), { topic, partition: 7, bytes: batchOf('b') }], groups: [{ group, offsets: [offset] }] },
      { batches: [good(), { topic, partition: 0, bytes: batchOf('b').fill(0, 30) }] },
      { batches: [good()], groups: [{ group, offsets: [offset, { ...offset, metadata: 'x'.repeat(4097) }] }] },
      { batches: [good()], groups: [{ group, offsets: [offset, { ...offset, partition: 7 }] }] },
    ]
    for (const failing of units) await failure(log.client.openWriter({ id: 'atomic' }).append(failing))
    expect(await log.client.topics.bounds({ topic, partition: 0 })).toEqual({ start: 0, end: 0 })
    expect(await log.client.groups.fetch(group)).toEqual([])
  })

  test('an append to a topic or partition that does not exist fails', async () => {
    const topic = await log.topic(2)
    expect(await codeOf(log.client.openWriter({ id: 'a' }).append(unit(fresh('missing'), 'a')))).toBe(
      'log.topic_unknown',
    )
    expect(
      await codeOf(
        log.client.openWriter({ id: 'b' }).append({ batches: [{ topic, partition: 2, bytes: batchOf('a') }] }),
      ),
    ).toBe('log.topic_unknown')
  })

  test.each<[string, (batch: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>]>([
    ['a flipped bit', batch => batch.with(batch.length - 1, batch.at(-1)! ^ 1)],
    ['the end cut off', batch => batch.slice(0, -1)],
    ['bytes behind it', batch => new Uint8Array([...batch, 0])],
    ['two batches in one', batch => new Uint8Array([...batch, ...batch])],
    ['another format', batch => batch.with(16, 1)],
    ['nothing in it', () => new Uint8Array(0)],
  ])('a batch with %s is refused', async (_, damage) => {
    const topic = await log.topic()
    const append = log.client
      .openWriter({ id: 'corrupt' })
      .append({ batches: [{ topic, partition: 0, bytes: damage(batchOf('value')) }] })
    expect(await codeOf(append)).toBe('log.batch_corrupt')
    expect(await log.client.topics.bounds({ topic, partition: 0 })).toEqual({ start: 0, end: 0 })
  })

  test('a batch over max.message.bytes is refused, one of just that size is not', async () => {
    const size = batchOf('x'.repeat(1000)).length
    const topic = await log.topic(1, { 'max.message.bytes': String(size) })
    await log.client.openWriter({ id: 'fits' }).append(unit(topic, 'x'.repeat(1000)))
    expect(await codeOf(log.client.openWriter({ id: 'large' }).append(unit(topic, 'x'.repeat(1001))))).toBe(
      'log.batch_too_large',
    )
    expect(await log.client.topics.bounds({ topic, partition: 0 })).toEqual({ start: 0, end: 1 })
  })

  test('after a failed append every later one fails with its cause, until the writer is opened anew', async () => {
    const topic = await log.topic()
    const writer = log.client.openWriter({ id: 'poisoned' })
    const before = writer.append(unit(topic, 'before'))
    const failing = failure(writer.append(unit(fresh('missing'), 'lost')))
    const after = failure(writer.append(unit(topic, 'after')))
    expect((await before).baseOffsets).toEqual([0])
    expect(errorCode(await failing)).toBe('log.topic_unknown')
    for (const error of [await after, await failure(writer.append(unit(topic, 'later')))]) {
      expect(errorCode(error)).toBe('log.writer_failed')
      expect(errorCode((error as Error).cause)).toBe('log.topic_unknown')
    }
    expect((await contents(log.client, { topic, partition: 0 })).map(record => record.value)).toEqual(['before'])
    const anew = log.client.openWriter({ id: 'poisoned' })
    expect((await anew.append(unit(topic, 'anew'))).baseOffsets).toEqual([1])
  })

  test('the failure of one writer does not touch another', async () => {
    const topic = await log.topic()
    const [bad, good] = [log.client.openWriter({ id: 'bad' }), log.client.openWriter({ id: 'good' })]
    const failing = failure(bad.append(unit(fresh('missing'), 'lost')))
    expect((await good.append(unit(topic, 'a'))).baseOffsets).toEqual([0])
    await failing
    expect((await good.append(unit(topic, 'b'))).baseOffsets).toEqual([1])
  })

  test('closing a writer waits for what is under way; then it takes no more', async () => {
    const topic = await log.topic()
    const writer = log.client.openWriter({ id: 'closing' })
    let settled = 0
    for (let i = 0; i < 20; i++) void writer.append(unit(topic, String(i))).finally(() => settled++)
    await writer.close()
    expect(settled).toBe(20)
    expect(await log.client.topics.bounds({ topic, partition: 0 })).toEqual({ start: 0, end: 20 })
    expect(await codeOf(writer.append(unit(topic, 'late')))).toBe('log.closed')
    await writer.close()
  })

  test('closing a client closes its writers and readers and touches no other client', async () => {
    const topic = await log.topic()
    const client = await log.another()
    const writer = client.openWriter({ id: 'mine' })
    const reader = client.openReader()
    await reader.assign([{ topic, partition: 0, offset: 'earliest' }])
    // The last append may still reach the waiting read; then it is the next that fails.
    const waiting = reader.read({ maxBytes: 1000, maxWaitMs: 60_000 }).catch(() => [])
    const last = writer.append(unit(topic, 'last'))
    const closing = client.close()
    expect((await last).baseOffsets).toEqual([0])
    await closing
    await waiting
    expect(await codeOf(writer.append(unit(topic, 'late')))).toBe('log.closed')
    expect(await codeOf(reader.read({ maxBytes: 1000, maxWaitMs: 0 }))).toBe('log.closed')
    expect(await codeOf(client.topics.list())).toBe('log.closed')
    expect(await codeOf(client.groups.list())).toBe('log.closed')
    expect(() => client.openReader()).toThrow(expect.objectContaining({ code: 'log.closed' }))
    expect(() => client.openWriter({ id: 'late' })).toThrow(expect.objectContaining({ code: 'log.closed' }))
    await client.close()
    expect((await log.client.openWriter({ id: 'other' }).append(unit(topic, 'more'))).baseOffsets).toEqual([1])
  })
}

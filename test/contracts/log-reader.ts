import { expect, test } from 'vitest'
import { errorCode } from '../../src/core/error.js'
import {
  batchOf,
  codeOf,
  failure,
  fresh,
  nothing,
  patience,
  recordsOf,
  take,
  values,
  useLog,
  type LogUnderTest,
} from './log-fixture.js'

export function logReaderContract(makeAdapter: () => Promise<LogUnderTest>): void {
  const log = useLog(makeAdapter)
  const { write, filled } = log

  test('a reader reads from the earliest offset, in order, each record once', async () => {
    const partition = await filled(['a', 'b'], ['c'], ['d', 'e'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    expect(await take(reader, 5)).toEqual(['a', 'b', 'c', 'd', 'e'].map((value, offset) => ({ offset, value })))
    await nothing(reader)
    await write(partition, ['f'])
    expect(await take(reader, 1)).toEqual([{ offset: 5, value: 'f' }])
    await reader.close()
  })

  test('a reader that begins at the latest offset sees only what is appended after it asked', async () => {
    const partition = await filled(['a', 'b'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 'latest' }])
    await write(partition, ['c'])
    expect(await take(reader, 1)).toEqual([{ offset: 2, value: 'c' }])
    await reader.close()
  })

  test('a chunk holds whole batches, and says what was asked for, where to read on and where the log ended', async () => {
    const partition = await filled(['a', 'b', 'c'], ['d'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 1 }])
    const [chunk] = await reader.read({ maxBytes: 1, maxWaitMs: patience })
    expect(chunk).toMatchObject({ ...partition, position: 1, next: 3, end: 4 })
    expect(recordsOf(chunk!)).toEqual([
      { offset: 1, value: 'b' },
      { offset: 2, value: 'c' },
    ])
    await reader.close()
  })

  test('a read returns at most about maxBytes, and one batch at the least', async () => {
    const batches = Array.from({ length: 20 }, (_, i) => [`${i}`.padEnd(1000)])
    const partition = await filled(...batches)
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const one = await reader.read({ maxBytes: 1, maxWaitMs: patience })
    expect(one.flatMap(recordsOf)).toHaveLength(1)
    const some = await reader.read({ maxBytes: 5000, maxWaitMs: patience })
    const size = some.reduce((sum, chunk) => sum + chunk.bytes.length, 0)
    expect(size).toBeGreaterThan(1000)
    expect(size).toBeLessThan(7500)
    expect(await take(reader, 20 - 1 - some.flatMap(recordsOf).length)).toHaveLength(
      19 - some.flatMap(recordsOf).length,
    )
    await reader.close()
  })

  test('a batch larger than maxBytes comes whole', async () => {
    const partition = await filled(['x'.repeat(300_000)], ['y'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const chunks = await reader.read({ maxBytes: 1000, maxWaitMs: patience })
    expect(chunks.flatMap(recordsOf).map(record => record.value.length)).toEqual([300_000])
    expect(await values(reader, 1)).toEqual(['y'])
    await reader.close()
  })

  test('assigned partitions take turns', async () => {
    const topic = await log.topic(3)
    for (const partition of [0, 1, 2])
      await write({ topic, partition }, ...Array.from({ length: 6 }, () => [String(partition).padEnd(1000)]))
    const reader = log.client.openReader()
    await reader.assign([0, 1, 2].map(partition => ({ topic, partition, offset: 'earliest' as const })))
    const seen = new Set<number>()
    for (let i = 0; i < 9; i++)
      for (const chunk of await reader.read({ maxBytes: 1, maxWaitMs: patience })) seen.add(chunk.partition)
    expect(seen).toEqual(new Set([0, 1, 2]))
    await reader.close()
  })

  test('assigning replaces what was assigned', async () => {
    const [one, two] = [await filled(['a'], ['b']), await filled(['c'])]
    const reader = log.client.openReader()
    await reader.assign([{ ...one, offset: 'earliest' }])
    await reader.assign([{ ...two, offset: 'earliest' }])
    expect(await values(reader, 1)).toEqual(['c'])
    await nothing(reader)
    await reader.assign([])
    await nothing(reader)
    await reader.assign([{ ...one, offset: 1 }])
    expect(await values(reader, 1)).toEqual(['b'])
    await reader.close()
  })

  test('assigning what does not exist fails', async () => {
    const reader = log.client.openReader()
    expect(await codeOf(reader.assign([{ topic: fresh('missing'), partition: 0, offset: 'earliest' }]))).toBe(
      'log.topic_unknown',
    )
    expect(await codeOf(reader.assign([{ topic: await log.topic(), partition: 1, offset: 0 }]))).toBe(
      'log.topic_unknown',
    )
    await reader.close()
  })

  test('a read that finds nothing waits for the next append', async () => {
    const partition = await filled()
    const reader = (await log.another()).openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const before = performance.now()
    const reading = reader.read({ maxBytes: 1000, maxWaitMs: 60_000 })
    await new Promise(resolve => setTimeout(resolve, 50))
    await write(partition, ['a'])
    expect((await reading).flatMap(recordsOf)).toEqual([{ offset: 0, value: 'a' }])
    expect(performance.now() - before).toBeLessThan(patience)
    await reader.close()
  })

  test('a read is empty when its time is up', async () => {
    const partition = await filled(['a'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 1 }])
    const before = performance.now()
    expect(await reader.read({ maxBytes: 1000, maxWaitMs: 100 })).toEqual([])
    expect(performance.now() - before).toBeGreaterThan(90)
    await reader.close()
  })

  test('a read is empty when its signal aborts, and the reader goes on', async () => {
    const partition = await filled()
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    expect(await reader.read({ maxBytes: 1000, maxWaitMs: 60_000, signal: AbortSignal.abort() })).toEqual([])
    const abort = new AbortController()
    const reading = reader.read({ maxBytes: 1000, maxWaitMs: 60_000, signal: abort.signal })
    setTimeout(() => abort.abort(), 30)
    expect(await reading).toEqual([])
    await write(partition, ['a'])
    expect(await values(reader, 1)).toEqual(['a'])
    await reader.close()
  })

  test('a second read while one is under way is refused', async () => {
    const reader = log.client.openReader()
    await reader.assign([{ ...(await filled()), offset: 'earliest' }])
    const abort = new AbortController()
    const reading = reader.read({ maxBytes: 1000, maxWaitMs: 60_000, signal: abort.signal })
    expect(await codeOf(reader.read({ maxBytes: 1000, maxWaitMs: 0 }))).toBe('log.reader_busy')
    abort.abort()
    expect(await reading).toEqual([])
    await reader.close()
  })

  test('closing a reader ends its read', async () => {
    const reader = log.client.openReader()
    await reader.assign([{ ...(await filled()), offset: 'earliest' }])
    const reading = failure(reader.read({ maxBytes: 1000, maxWaitMs: 60_000 }))
    await reader.close()
    expect(errorCode(await reading)).toBe('log.closed')
    expect(await codeOf(reader.read({ maxBytes: 1000, maxWaitMs: 0 }))).toBe('log.closed')
    expect(await codeOf(reader.assign([]))).toBe('log.closed')
    await reader.close()
  })

  test('a reader that follows writers of several partitions sees every record once and in order', async () => {
    const topic = await log.topic(3)
    const reader = (await log.another()).openReader()
    await reader.assign([0, 1, 2].map(partition => ({ topic, partition, offset: 'earliest' as const })))
    const writing = Promise.all(
      [0, 1, 2].map(async partition => {
        const writer = log.client.openWriter({ id: `follow-${partition}` })
        for (let i = 0; i < 60; i++)
          await writer.append({
            batches: [{ topic, partition, bytes: batchOf(`${partition}:${2 * i}`, `${partition}:${2 * i + 1}`) }],
          })
      }),
    )
    const seen = await take(reader, 360, 400)
    await writing
    for (const partition of [0, 1, 2])
      expect(seen.filter(record => record.value.startsWith(`${partition}:`))).toEqual(
        Array.from({ length: 120 }, (_, offset) => ({ offset, value: `${partition}:${offset}` })),
      )
    await nothing(reader)
    await reader.close()
  })
}

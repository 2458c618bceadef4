import { expect, test } from 'vitest'
import { errorCode } from '../../src/core/error.js'
import {
  behind,
  codeOf,
  eventually,
  failure,
  nothing,
  patience,
  recordsOf,
  take,
  values,
  useLog,
  type LogUnderTest,
} from './log-fixture.js'

/** Where a reader reads: pausing, seeking, positions that are not in the log. */
export function logPositionsContract(makeAdapter: () => Promise<LogUnderTest>): void {
  const log = useLog(makeAdapter)
  const { write, filled } = log

  test('a paused partition is not read until it is resumed, which wakes a waiting read', async () => {
    const topic = await log.topic(2)
    await write({ topic, partition: 0 }, ['zero'])
    await write({ topic, partition: 1 }, ['one'])
    const reader = log.client.openReader()
    await reader.assign([0, 1].map(partition => ({ topic, partition, offset: 'earliest' as const })))
    reader.pause([{ topic, partition: 0 }])
    expect(await values(reader, 1)).toEqual(['one'])
    const reading = reader.read({ maxBytes: 1000, maxWaitMs: 60_000 })
    await new Promise(resolve => setTimeout(resolve, 30))
    reader.resume([{ topic, partition: 0 }])
    expect((await reading).flatMap(recordsOf).map(record => record.value)).toEqual(['zero'])
    await reader.close()
  })

  test('seek sets the position, forth and back, also while a read waits', async () => {
    const partition = await filled(['a'], ['b', 'c'], ['d'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    reader.seek(partition, 2)
    expect(await values(reader, 2)).toEqual(['c', 'd'])
    const reading = reader.read({ maxBytes: 1 << 20, maxWaitMs: 60_000 })
    await new Promise(resolve => setTimeout(resolve, 30))
    reader.seek(partition, 0)
    const seen = (await reading).flatMap(recordsOf)
    expect(seen[0]).toEqual({ offset: 0, value: 'a' })
    reader.seek(partition, 1)
    expect(await values(reader, 3)).toEqual(['b', 'c', 'd'])
    await reader.close()
  })

  test('a seek while records are being read is not undone by what that read returns', async () => {
    const partition = await filled(['a'], ['b'], ['c'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    const reading = reader.read({ maxBytes: 1, maxWaitMs: patience })
    reader.seek(partition, 2)
    await reading
    const [chunk] = await reader.read({ maxBytes: 1, maxWaitMs: 200 }).then(async chunks => {
      // The first read may have seen the seek already, and have read its record.
      if (chunks.length === 0) reader.seek(partition, 2)
      return chunks.length === 0 ? reader.read({ maxBytes: 1, maxWaitMs: patience }) : chunks
    })
    expect(chunk).toMatchObject({ position: 2, next: 3 })
    await reader.close()
  })

  test('seek, pause and resume of a partition that is not assigned do nothing', async () => {
    const partition = await filled(['a'])
    const other = await filled(['b'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 'earliest' }])
    reader.seek(other, 0)
    reader.pause([other])
    reader.resume([other])
    expect(await values(reader, 1)).toEqual(['a'])
    await nothing(reader)
    await reader.close()
  })

  test('a position that is not in the log goes to the earliest offset by default', async () => {
    const partition = await filled(['a'], ['b'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 100 }])
    expect(await values(reader, 2)).toEqual(['a', 'b'])
    await reader.close()
  })

  test('a position that is not in the log goes to the latest offset where that is asked', async () => {
    const partition = await filled(['a'], ['b'])
    const reader = log.client.openReader({ outOfRange: 'latest' })
    await reader.assign([{ ...partition, offset: 100 }])
    await nothing(reader)
    await write(partition, ['c'])
    expect(await take(reader, 1)).toEqual([{ offset: 2, value: 'c' }])
    await reader.close()
  })

  test('a position that is not in the log fails the read where that is asked', async () => {
    const partition = await filled(['a'], ['b'])
    const reader = log.client.openReader({ outOfRange: 'fail' })
    await reader.assign([{ ...partition, offset: 3 }])
    expect(await codeOf(reader.read({ maxBytes: 1000, maxWaitMs: patience }))).toBe('log.offset_out_of_range')
    reader.seek(partition, 1)
    expect(await values(reader, 1)).toEqual(['b'])
    reader.seek(partition, 2)
    await nothing(reader)
    await reader.close()
  })

  test('the lag counts the records behind the assigned partitions', async () => {
    const [one, two] = [await filled(['a', 'b'], ['c']), await filled(['d'])]
    const reader = log.client.openReader()
    expect(reader.lags()).toEqual([])
    await reader.assign([
      { ...one, offset: 'earliest' },
      { ...two, offset: 'latest' },
    ])
    await reader.read({ maxBytes: 1, maxWaitMs: patience })
    expect(behind(reader)).toBe(1)
    await take(reader, 1)
    expect(behind(reader)).toBe(0)
    await reader.close()
  })

  test('who does not read hears of the ends by asking', async () => {
    const partition = await filled(['a', 'b'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 1 }])
    reader.pause([partition])
    await reader.hearEnds()
    expect(reader.lags()).toEqual([{ ...partition, records: 1, paused: true }])
    await write(partition, ['c', 'd'])
    await reader.hearEnds()
    expect(reader.lags()).toEqual([{ ...partition, records: 3, paused: true }])
    reader.resume([partition])
    await take(reader, 3)
    expect(reader.lags()).toEqual([{ ...partition, records: 0, paused: false }])
    await reader.close()
  })

  test('a reader of a topic that is deleted fails, also while it waits', async () => {
    const partition = await filled(['a'])
    const reader = log.client.openReader()
    await reader.assign([{ ...partition, offset: 1 }])
    const reading = failure(reader.read({ maxBytes: 1000, maxWaitMs: patience }))
    await log.client.topics.delete(partition.topic)
    expect(errorCode(await reading)).toBe('log.topic_unknown')
    await eventually(() =>
      expect(codeOf(reader.read({ maxBytes: 1000, maxWaitMs: 0 }))).resolves.toBe('log.topic_unknown'),
    )
    await reader.close()
  })
}

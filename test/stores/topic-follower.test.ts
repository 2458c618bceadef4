import { expect, test } from 'vitest'
import { createMemoryLog } from '../../src/adapters/memory/index.js'
import { BatchBuilder } from '../../src/codec/index.js'
import { MillraceError } from '../../src/core/error.js'
import type { LogClient } from '../../src/ports/log.js'
import type { Logger } from '../../src/ports/logger.js'
import { TopicFollower, type FollowedRecord } from '../../src/stores/topic-follower.js'
import { ManualClock } from '../../src/testkit/index.js'
import { storeBench, writeRaw } from './fixture.js'

const topic = { name: 'state', partitions: 2 }

/** Reads fail with what `next` gives, as often as it gives something. */
function failingReads(log: LogClient, next: () => Error | undefined): LogClient {
  return {
    ...log,
    openWriter: options => log.openWriter(options),
    close: () => log.close(),
    openReader: options => {
      const reader = log.openReader(options)
      return {
        assign: positions => reader.assign(positions),
        seek: (partition, offset) => reader.seek(partition, offset),
        pause: partitions => reader.pause(partitions),
        resume: partitions => reader.resume(partitions),
        lags: () => reader.lags(),
        hearEnds: () => reader.hearEnds(),
        close: () => reader.close(),
        read: options => {
          const error = next()
          return error === undefined ? reader.read(options) : Promise.reject(error)
        },
      }
    },
  }
}

function followerOn(bench: ReturnType<typeof storeBench>, log: LogClient) {
  const seen: FollowedRecord[] = []
  const apply = (record: FollowedRecord) => {
    if (record.value === 'bad') throw new Error('bad record')
    seen.push(record)
  }
  return { seen, follower: new TopicFollower({ ...bench, log, topic: topic.name, partitions: 2, apply }) }
}

const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ key: `k${from + i}`, value: `v${from + i}` }))

test('it reads what is there, then follows, and tells who listens', async () => {
  const bench = storeBench()
  await writeRaw(bench, topic, records(0, 10))
  const { seen, follower } = followerOn(bench, bench.log)
  await follower.open()
  expect(seen.map(({ value }) => String(value)).toSorted()).toEqual(records(0, 10).map(({ value }) => value))
  let told = 0
  const forget = follower.subscribe(() => told++)
  await writeRaw(bench, topic, records(10, 12))
  await follower.readToEnd()
  expect(seen).toHaveLength(12)
  expect(told).toBeGreaterThan(0)
  forget()
  const before = told
  await writeRaw(bench, topic, records(12, 13))
  await follower.readToEnd()
  expect(told).toBe(before)
  await follower.close()
})

test('a bad record costs one line', async () => {
  const bench = storeBench()
  await writeRaw(bench, topic, [{ key: 'a', value: 'bad' }, ...records(0, 3)])
  const { seen, follower } = followerOn(bench, bench.log)
  await follower.open()
  expect(seen).toHaveLength(3)
  expect(bench.lines).toMatchObject([{ level: 'warn', fields: { topic: 'state', error: 'bad record' } }])
  await follower.close()
})

test('an error that passes by itself is waited for, and nothing is applied twice', async () => {
  const bench = storeBench()
  await writeRaw(bench, topic, records(0, 5))
  let failures = 3
  let reads = 0
  const away = new MillraceError('log.io', 'Away.', { disposition: 'retry' })
  const log = failingReads(bench.log, () => (++reads > 1 && failures-- > 0 ? away : undefined))
  const { seen, follower } = followerOn(bench, log)
  await follower.open()
  await writeRaw(bench, topic, records(5, 8))
  const caughtUp = follower.readToEnd()
  await bench.clock.advance(10_000)
  await caughtUp
  expect(seen.map(({ value }) => String(value)).toSorted()).toEqual(records(0, 8).map(({ value }) => value))
  await follower.close()
})

test('any other error ends it, and fails who waits and who asks', async () => {
  const bench = storeBench()
  await writeRaw(bench, topic, records(0, 5))
  const log = failingReads(bench.log, () => new MillraceError('log.corrupt', 'Broken.'))
  const { follower } = followerOn(bench, log)
  await expect(follower.open()).rejects.toMatchObject({ code: 'log.corrupt' })
  await expect(follower.readToEnd()).rejects.toMatchObject({ code: 'log.corrupt' })
  expect(bench.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  await follower.close()
})

test('a partition whose records are all gone counts as read', async () => {
  const bench = storeBench()
  await bench.log.topics.create({ name: topic.name, partitions: 2 })
  const log = {
    ...failingReads(bench.log, () => undefined),
    topics: { ...bench.log.topics, bounds: async () => ({ start: 7, end: 7 }) },
  }
  const { follower } = followerOn(bench, log)
  await follower.open()
  await follower.close()
})

test('where writers use transactions, what was undone is never applied, and what somebody holds open holds up nobody else', async () => {
  const clock = new ManualClock()
  const log = createMemoryLog({ clock, atomic: false }).connect()
  await log.topics.create({ name: 'tx', partitions: 1 })
  const logger: Logger = { log: () => {}, child: () => logger }
  const applied: (string | null)[] = []
  const follower = new TopicFollower({
    log,
    clock,
    logger,
    topic: 'tx',
    partitions: 1,
    isolation: 'read_committed',
    apply: ({ value }) => void applied.push(value),
  })
  await follower.open()
  const unit = (value: string, continues: boolean) => {
    const builder = new BatchBuilder()
    builder.append(0, `key of ${value}`, value, undefined)
    return { batches: [{ topic: 'tx', partition: 0, bytes: builder.finish() }], continues }
  }
  const writer = (id: string) => log.openWriter({ id, transactionalId: id })
  const other = writer('other')
  await other.append(unit('late', true))
  await writer('own').append(unit('undone', true))
  await writer('own').append(unit('done', false))
  await follower.readToEnd()
  expect(applied).toEqual(['done'])
  await other.append(unit('later', false))
  await follower.readToEnd()
  expect(applied).toEqual(['done', 'late', 'later'])
  await follower.close()
})

import { expect, test } from 'vitest'
import { batchOf, contents, eventually, codeOf, fresh, useLog, type LogUnderTest } from './log-fixture.js'

export function logTopicsContract(makeAdapter: () => Promise<LogUnderTest>): void {
  const log = useLog(makeAdapter)

  test('a topic that was made is listed and described with its partitions and settings', async () => {
    const config = { 'cleanup.policy': 'compact', 'min.insync.replicas': '1' }
    const name = await log.topic(3, config)
    await eventually(async () => expect(await log.client.topics.list()).toContain(name))
    const description = await log.client.topics.describe(name)
    expect(description).toMatchObject({ name, partitions: 3, config })
    expect(await log.client.topics.bounds({ topic: name, partition: 2 })).toEqual({ start: 0, end: 0 })
  })

  test('a topic that does not exist is described as undefined', async () => {
    expect(await log.client.topics.describe(fresh('missing'))).toBeUndefined()
  })

  test('a topic is not made twice', async () => {
    const name = await log.topic(2)
    expect(await codeOf(log.client.topics.create({ name, partitions: 1, replicationFactor: 1 }))).toBe(
      'log.topic_exists',
    )
    expect(await log.client.topics.describe(name)).toMatchObject({ partitions: 2 })
  })

  test.each(['', '.', '..', 'a/b', 'a b', 'ä', '../up', `x${'y'.repeat(249)}`])(
    'the name %j is refused',
    async name => {
      expect(await codeOf(log.client.topics.create({ name, partitions: 1, replicationFactor: 1 }))).toBe(
        'log.topic_name_invalid',
      )
    },
  )

  test('a name of 249 characters is good', async () => {
    const name = fresh('A.z_0').padEnd(249, '-')
    await log.client.topics.create({ name, partitions: 1, replicationFactor: 1 })
    const writer = log.client.openWriter({ id: 'long-name' })
    await writer.append({ batches: [{ topic: name, partition: 0, bytes: batchOf('kept') }] })
    expect(await contents(log.client, { topic: name, partition: 0 })).toEqual([{ offset: 0, value: 'kept' }])
  })

  test.each([
    { 'cleanup.policy': 'burn' },
    { 'retention.ms': 'soon' },
    { 'retention.ms': '-2' },
    { 'segment.bytes': '1.5' },
    { 'segment.ms': '0' },
    { 'max.message.bytes': '' },
    { 'delete.retention.ms': '-1' },
  ])('the settings %j are refused', async config => {
    const name = fresh('refused')
    expect(await codeOf(log.client.topics.create({ name, partitions: 1, replicationFactor: 1, config }))).toBe(
      'log.topic_config_invalid',
    )
    expect(await log.client.topics.describe(name)).toBeUndefined()
  })

  test('a topic needs a partition', async () => {
    expect(await codeOf(log.client.topics.create({ name: fresh('none'), partitions: 0, replicationFactor: 1 }))).toBe(
      'log.topic_config_invalid',
    )
  })

  test('bounds move with appends, for each partition alone', async () => {
    const topic = await log.topic(2)
    const writer = log.client.openWriter({ id: 'bounds' })
    await writer.append({ batches: [{ topic, partition: 1, bytes: batchOf('a', 'b', 'c') }] })
    expect(await log.client.topics.bounds({ topic, partition: 0 })).toEqual({ start: 0, end: 0 })
    expect(await log.client.topics.bounds({ topic, partition: 1 })).toEqual({ start: 0, end: 3 })
    const both = [1, 0].map(partition => ({ topic, partition }))
    expect(await log.client.topics.allBounds(both)).toEqual([
      { start: 0, end: 3 },
      { start: 0, end: 0 },
    ])
  })

  test('bounds of what does not exist fail', async () => {
    const topic = await log.topic(2)
    expect(await codeOf(log.client.topics.bounds({ topic: fresh('missing'), partition: 0 }))).toBe('log.topic_unknown')
    expect(await codeOf(log.client.topics.bounds({ topic, partition: 2 }))).toBe('log.topic_unknown')
    const some = [0, 2].map(partition => ({ topic, partition }))
    expect(await codeOf(log.client.topics.allBounds(some))).toBe('log.topic_unknown')
  })

  test('a deleted topic is gone with its records and the offsets that groups committed for it', async () => {
    const topic = await log.topic()
    const kept = await log.topic()
    const group = fresh('group')
    const writer = log.client.openWriter({ id: 'deleted' })
    await writer.append({ batches: [{ topic, partition: 0, bytes: batchOf('a') }] })
    await log.client.groups.commit(group, [
      { topic, partition: 0, offset: 1, metadata: '' },
      { topic: kept, partition: 0, offset: 0, metadata: '' },
    ])
    await log.client.topics.delete(topic)
    await eventually(async () => {
      expect(await log.client.topics.describe(topic)).toBeUndefined()
      expect(await log.client.topics.list()).not.toContain(topic)
      expect(await log.client.groups.fetch(group)).toEqual([{ topic: kept, partition: 0, offset: 0, metadata: '' }])
      expect(await codeOf(log.client.topics.bounds({ topic, partition: 0 }))).toBe('log.topic_unknown')
    })
  })

  test('a topic made again under the name of a deleted one begins empty', async () => {
    const topic = await log.topic()
    const writer = log.client.openWriter({ id: 'again' })
    await writer.append({ batches: [{ topic, partition: 0, bytes: batchOf('old', 'old') }] })
    await log.client.topics.delete(topic)
    await eventually(() => log.client.topics.create({ name: topic, partitions: 1, replicationFactor: 1 }))
    await writer.append({ batches: [{ topic, partition: 0, bytes: batchOf('new') }] })
    expect(await contents(log.client, { topic, partition: 0 })).toEqual([{ offset: 0, value: 'new' }])
  })

  test('deleting a topic that does not exist fails', async () => {
    expect(await codeOf(log.client.topics.delete(fresh('missing')))).toBe('log.topic_unknown')
  })
}

import { expect, test } from 'vitest'
import type { GroupOffset } from '../../src/core/offset.js'
import { eventually, codeOf, fresh, useLog, type LogUnderTest } from './log-fixture.js'

const byPartition = (a: GroupOffset, b: GroupOffset): number => a.partition - b.partition

export function logGroupsContract(makeAdapter: () => Promise<LogUnderTest>): void {
  const log = useLog(makeAdapter)
  const fetch = async (group: string): Promise<GroupOffset[]> =>
    [...(await log.client.groups.fetch(group))].sort(byPartition)

  test('a group that committed nothing has no offsets', async () => {
    expect(await log.client.groups.fetch(fresh('nobody'))).toEqual([])
  })

  test('committed offsets come back with their notes, those not named stay', async () => {
    const topic = await log.topic(3)
    const group = fresh('group')
    const first = [
      { topic, partition: 0, offset: 5, metadata: '{"e":1,"n":"ü"}' },
      { topic, partition: 2, offset: 7, metadata: '' },
    ]
    await log.client.groups.commit(group, first)
    expect(await fetch(group)).toEqual(first)
    await log.client.groups.commit(group, [{ topic, partition: 2, offset: 8, metadata: 'n' }])
    expect(await fetch(group)).toEqual([first[0], { topic, partition: 2, offset: 8, metadata: 'n' }])
    expect(await (await log.another()).groups.fetch(group)).toHaveLength(2)
  })

  test('offsets are set as given, also backwards', async () => {
    const topic = await log.topic()
    const group = fresh('group')
    await log.client.groups.commit(group, [{ topic, partition: 0, offset: 9, metadata: '' }])
    await log.client.groups.commit(group, [{ topic, partition: 0, offset: 3, metadata: '' }])
    expect(await fetch(group)).toEqual([{ topic, partition: 0, offset: 3, metadata: '' }])
  })

  test('groups are listed while they have offsets, and are apart from each other', async () => {
    const topic = await log.topic()
    const [one, two] = [fresh('group'), fresh('group')]
    await log.client.groups.commit(one, [{ topic, partition: 0, offset: 1, metadata: '' }])
    await log.client.groups.commit(two, [{ topic, partition: 0, offset: 2, metadata: '' }])
    expect(await log.client.groups.list()).toEqual(expect.arrayContaining([one, two]))
    await log.client.groups.delete(one)
    await eventually(async () => expect(await log.client.groups.list()).not.toContain(one))
    expect(await log.client.groups.list()).toContain(two)
    expect(await fetch(one)).toEqual([])
    expect(await fetch(two)).toHaveLength(1)
  })

  test('single partitions of a group are forgotten', async () => {
    const topic = await log.topic(2)
    const group = fresh('group')
    await log.client.groups.commit(group, [
      { topic, partition: 0, offset: 1, metadata: '' },
      { topic, partition: 1, offset: 2, metadata: '' },
    ])
    await log.client.groups.delete(group, [{ topic, partition: 0 }])
    await eventually(async () => expect(await fetch(group)).toEqual([{ topic, partition: 1, offset: 2, metadata: '' }]))
  })

  test('deleting an unknown group, or partitions that it did not commit, succeeds', async () => {
    const topic = await log.topic(2)
    const group = fresh('group')
    await log.client.groups.delete(fresh('nobody'))
    await log.client.groups.commit(group, [{ topic, partition: 0, offset: 1, metadata: '' }])
    await log.client.groups.delete(group, [{ topic, partition: 1 }])
    expect(await fetch(group)).toHaveLength(1)
  })

  test('a note may have 4,096 bytes and no more; a commit with one that has is refused as a whole', async () => {
    const topic = await log.topic(2)
    const group = fresh('group')
    const longest = { topic, partition: 0, offset: 1, metadata: 'x'.repeat(4096) }
    await log.client.groups.commit(group, [longest])
    expect(
      await codeOf(
        log.client.groups.commit(group, [
          { topic, partition: 1, offset: 1, metadata: '' },
          { topic, partition: 0, offset: 2, metadata: 'x'.repeat(4097) },
        ]),
      ),
    ).toBe('log.offset_invalid')
    expect(await fetch(group)).toEqual([longest])
  })

  test('offsets of partitions that do not exist are refused', async () => {
    const topic = await log.topic()
    const group = fresh('group')
    const offset = { offset: 1, metadata: '' }
    expect(await codeOf(log.client.groups.commit(group, [{ topic, partition: 1, ...offset }]))).toBe(
      'log.topic_unknown',
    )
    expect(await codeOf(log.client.groups.commit(group, [{ topic: fresh('missing'), partition: 0, ...offset }]))).toBe(
      'log.topic_unknown',
    )
    expect(await fetch(group)).toEqual([])
  })
}

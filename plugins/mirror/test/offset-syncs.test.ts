import { describe, expect, test } from 'vitest'
import { parseFields } from '../../../src/core/config/parse.js'
import { config } from '../src/config.js'
import { offsetSyncsTopic } from '../src/offset-sync-topic.js'
import { keyOf, OffsetSyncs, valueOf, type OffsetSync } from '../src/offset-syncs.js'

const sync = (upstreamOffset: number, downstreamOffset: number, partition = 0): OffsetSync => ({
  topic: 'orders',
  partition,
  upstreamOffset,
  downstreamOffset,
})

describe('a pair of offsets is due', () => {
  test.each<[string, [up: number, down: number][], [up: number, down: number][]]>([
    ['for the first record of a life', [[5, 0]], [[5, 0]]],
    [
      'not for one that follows in step',
      [
        [5, 0],
        [6, 1],
        [9, 4],
      ],
      [[5, 0]],
    ],
    [
      'once one past the last would be offset.lag.max behind',
      [
        [5, 0],
        [105, 100],
        [106, 101],
      ],
      [
        [5, 0],
        [106, 101],
      ],
    ],
    [
      'where the source has skipped',
      [
        [5, 0],
        [6, 1],
        [9, 2],
      ],
      [
        [5, 0],
        [9, 2],
      ],
    ],
    [
      'where the target has skipped',
      [
        [5, 0],
        [6, 3],
      ],
      [
        [5, 0],
        [6, 3],
      ],
    ],
    [
      'where the target was cut',
      [
        [5, 50],
        [6, 10],
      ],
      [
        [5, 50],
        [6, 10],
      ],
    ],
    [
      'where the source was read again',
      [
        [5, 0],
        [6, 1],
        [5, 2],
      ],
      [
        [5, 0],
        [5, 2],
      ],
    ],
  ])('%s', (_, noted, due) => {
    const syncs = new OffsetSyncs(100)
    const found = noted.flatMap(([up, down]) => {
      syncs.note(sync(up, down))
      return syncs.take()
    })
    expect(found).toEqual(due.map(([up, down]) => sync(up, down)))
  })

  test('with the next commit where it was not before, the newest of each partition, once', () => {
    const syncs = new OffsetSyncs(100)
    for (const partition of [0, 1]) for (const offset of [0, 1, 2]) syncs.note(sync(offset, offset, partition))
    expect(syncs.take()).toEqual([sync(0, 0, 0), sync(0, 0, 1)])
    syncs.committed()
    expect(syncs.take()).toEqual([sync(2, 2, 0), sync(2, 2, 1)])
    syncs.committed()
    expect(syncs.take()).toEqual([])
  })

  test('and only the newest is kept of what nobody takes', () => {
    const syncs = new OffsetSyncs(1)
    for (let offset = 0; offset < 1_000; offset++) syncs.note(sync(offset, offset))
    expect(syncs.take()).toHaveLength(1)
  })
})

test('keys and values have the bytes that MirrorMaker writes', () => {
  const of = { topic: 'é', partition: 3, upstreamOffset: 2 ** 40, downstreamOffset: 7 }
  expect(keyOf(of).toString('hex')).toBe('0002c3a900000003')
  expect(valueOf(of).toString('hex')).toBe('00000100000000000000000000000007')
})

test.each([
  [{}, 'mm2-offset-syncs.us.internal'],
  [{ 'offset-syncs.topic.location': 'target' }, 'mm2-offset-syncs.eu.internal'],
  [{ 'replication.policy.separator': '_' }, 'mm2-offset-syncs_us_internal'],
  [
    { 'replication.policy.separator': '_', 'replication.policy.internal.topic.separator.enabled': 'false' },
    'mm2-offset-syncs.us.internal',
  ],
])('the topic for %j is %s', (more, topic) => {
  const aliases = { 'source.cluster.alias': 'eu', 'target.cluster.alias': 'us' }
  expect(offsetSyncsTopic(parseFields(config, { ...aliases, ...more }).values)).toBe(topic)
})

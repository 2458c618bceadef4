import { describe, expect, test } from 'vitest'
import { parseFields } from '../../../src/core/config/parse.js'
import { dealPartitions, policyOf, topicChooser } from '../src/chosen-topics.js'
import { config, type MirrorConfig } from '../src/config.js'
import { configChanges } from '../src/target-topics.js'

const configOf = (raw: Readonly<Record<string, string>> = {}): MirrorConfig => {
  const { values, issues } = parseFields(config, { 'source.cluster.alias': 'a', 'target.cluster.alias': 'b', ...raw })
  expect(issues).toEqual([])
  return values
}
const chosen = (names: readonly string[], raw?: Readonly<Record<string, string>>): string[] =>
  names.filter(topicChooser(configOf(raw)))

const identity = { 'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy' }

describe('topics that are copied', () => {
  test('by default all but internal ones and those that came from the target', () => {
    const names = [
      'orders',
      'a.b',
      'c.orders',
      'x.replica',
      '__consumer_offsets',
      '.hidden',
      'x-internal',
      'y.internal',
    ]
    const cyclic = ['b.orders', 'c.b.orders', 'b.heartbeats']
    expect(chosen([...names, ...cyclic])).toEqual(['orders', 'a.b', 'c.orders'])
  })

  test('those that match a pattern as a whole, and none that is excluded', () => {
    const raw = { topics: 'orders.*, clicks', 'topics.exclude': '.*-old' }
    expect(chosen(['orders', 'orders-eu', 'orders-old', 'clicks', 'clicks2'], raw)).toEqual([
      'orders',
      'orders-eu',
      'clicks',
    ])
  })

  test('heartbeats even where no pattern names them, unless that is switched off', () => {
    const raw = { topics: 'orders' }
    expect(chosen(['heartbeats', 'c.heartbeats', 'b.heartbeats'], raw)).toEqual(['heartbeats', 'c.heartbeats'])
    expect(chosen(['heartbeats'], { ...raw, 'heartbeats.replication.enabled': 'false' })).toEqual([])
  })

  test('another separator tells another alias', () => {
    expect(chosen(['b_orders', 'b.orders'], { 'replication.policy.separator': '_' })).toEqual(['b.orders'])
  })

  test('names that stay say nothing of where a topic came from', () => {
    expect(chosen(['b.orders', 'orders'], identity)).toEqual(['b.orders', 'orders'])
  })
})

test('a topic is called by its source, or as it was', () => {
  expect(policyOf(configOf()).remoteTopic('orders')).toBe('a.orders')
  expect(policyOf(configOf({ 'replication.policy.separator': '-' })).remoteTopic('orders')).toBe('a-orders')
  expect(policyOf(configOf(identity)).remoteTopic('orders')).toBe('orders')
  expect(policyOf(configOf(identity)).remoteTopic('heartbeats')).toBe('a.heartbeats')
})

test('partitions are dealt one by one, to no more tasks than there are', () => {
  const topics = [
    { topic: 'x', partitions: 3 },
    { topic: 'y', partitions: 2 },
  ]
  expect(dealPartitions(topics, 2)).toEqual([
    [
      ['x', 0],
      ['x', 2],
      ['y', 1],
    ],
    [
      ['x', 1],
      ['y', 0],
    ],
  ])
  expect(dealPartitions(topics, 10)).toHaveLength(5)
  expect(dealPartitions([], 10)).toEqual([])
})

test('settings follow the source, also back to the default; excluded ones are left alone', () => {
  const excluded = (key: string): boolean => key === 'min.insync.replicas'
  expect(
    configChanges(
      { 'retention.ms': '5', 'cleanup.policy': 'compact' },
      { 'retention.ms': '4', 'cleanup.policy': 'compact', 'segment.bytes': '9', 'min.insync.replicas': '2' },
      excluded,
    ),
  ).toEqual({ 'retention.ms': '5', 'segment.bytes': null })
})

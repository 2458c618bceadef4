import { expect, it } from 'vitest'
import { workerDefaults } from '../../../src/pipeline/assemble/worker-defaults.js'

const least = { 'key.converter': 'Json', 'value.converter': 'String' }

it('reads the least of a worker file with the defaults of the contract', () => {
  expect(workerDefaults(least)).toEqual({
    issues: [],
    defaults: {
      keyConverter: { class: 'Json', config: {} },
      valueConverter: { class: 'String', config: {} },
      headerConverter: { class: 'org.apache.kafka.connect.storage.SimpleHeaderConverter', config: {} },
      producer: {},
      consumer: {},
      admin: {},
      overridePolicy: { policy: 'All' },
      topicCreation: true,
      topicTracking: { enabled: true, allowReset: true },
      offsetFlushIntervalMs: 60_000,
      offsetFlushTimeoutMs: 5_000,
      exactlyOnce: false,
    },
  })
})

it('hands on prefixed keys without their prefix', () => {
  const { defaults } = workerDefaults({
    ...least,
    'key.converter.schemas.enable': 'false',
    'producer.acks': '1',
    'consumer.max.poll.records': '5',
    'admin.retries': '1',
    'connector.client.config.override.policy': 'Allowlist',
    'connector.client.config.override.allowlist': 'acks, linger.ms',
    'exactly.once.source.support': 'Enabled',
    'group.id': 'cluster',
  })
  expect(defaults).toMatchObject({
    keyConverter: { class: 'Json', config: { 'schemas.enable': 'false' } },
    producer: { acks: '1' },
    consumer: { 'max.poll.records': '5' },
    admin: { retries: '1' },
    overridePolicy: { policy: 'Allowlist', allowed: ['acks', 'linger.ms'] },
    exactlyOnce: true,
    group: 'cluster',
  })
})

it('reports everything wrong at once', () => {
  const { issues } = workerDefaults({
    'offset.flush.interval.ms': '-1',
    'topic.creation.enable': 'maybe',
    'connector.client.config.override.policy': 'Some',
    'exactly.once.source.support': 'often',
  })
  expect(issues.map(({ key }) => key)).toEqual([
    'key.converter',
    'value.converter',
    'connector.client.config.override.policy',
    'topic.creation.enable',
    'offset.flush.interval.ms',
    'exactly.once.source.support',
  ])
})

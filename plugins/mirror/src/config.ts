import { field } from 'millrace/plugin'
import type { ConfigOf } from 'millrace/plugin'
import { checkPatterns } from './name-filter.js'
import { defaultPolicy, identityPolicy } from './replication-policy.js'

const mirror = 'org.apache.kafka.connect.mirror.'

/** A filter's class: the default ones are built in, others are Java. */
const filterClass = (name: string) =>
  field.string({
    doc: `Only ${mirror}${name} is there; its patterns are keys of their own.`,
    importance: 'low',
    default: mirror + name,
    oneOf: [mirror + name],
  })

const every = (seconds: number, what: string) =>
  field.int({ doc: `How often ${what}, seconds.`, importance: 'low', default: seconds, min: 1 })

export const config = {
  'source.cluster.alias': field.string({
    doc: 'Name of the cluster that is read; it stands in front of the names of topics on the other one.',
    importance: 'high',
    nonEmpty: true,
  }),
  'target.cluster.alias': field.string({
    doc: 'Name of the cluster that is written to; topics that have come from there are not copied back.',
    importance: 'high',
    default: 'target',
  }),
  topics: field.list({
    doc: 'Topics to copy: names and regular expressions.',
    importance: 'high',
    default: ['.*'],
    check: checkPatterns,
  }),
  'topics.exclude': field.list({
    doc: 'Topics to leave out; this takes precedence.',
    importance: 'high',
    default: ['mm2.*\\.internal', '.*\\.replica', '__.*'],
    check: checkPatterns,
  }),
  enabled: field.boolean({ doc: 'Whether anything is copied at all.', importance: 'low', default: true }),
  'replication.policy.class': field.string({
    doc: 'How topics are called on the target: with the alias of the source in front, or as they are.',
    importance: 'low',
    default: defaultPolicy,
    oneOf: [defaultPolicy, identityPolicy],
  }),
  'replication.policy.separator': field.string({
    doc: 'What stands between alias and topic.',
    importance: 'low',
    default: '.',
    nonEmpty: true,
  }),
  'replication.factor': field.int({
    doc: 'Of topics that are made on the target; -1: what its brokers say.',
    importance: 'low',
    default: 2,
    min: -1,
  }),
  'heartbeats.replication.enabled': field.boolean({
    doc: 'Whether topics with heartbeats are copied even where `topics` does not name them.',
    importance: 'low',
    default: true,
  }),
  'refresh.topics.enabled': field.boolean({
    doc: 'Whether to look for new topics and partitions.',
    importance: 'low',
    default: true,
  }),
  'refresh.topics.interval.seconds': every(600, 'to look for them'),
  'sync.topic.configs.enabled': field.boolean({
    doc: "Whether topics on the target get the source's settings, now and later.",
    importance: 'low',
    default: true,
  }),
  'sync.topic.configs.interval.seconds': every(600, 'to do so'),
  'config.properties.exclude': field.list({
    doc: 'Settings that are not copied: names and regular expressions.',
    importance: 'high',
    default: [
      'follower\\.replication\\.throttled\\.replicas',
      'leader\\.replication\\.throttled\\.replicas',
      'message\\.timestamp\\.difference\\.max\\.ms',
      'message\\.timestamp\\.type',
      'unclean\\.leader\\.election\\.enable',
      'min\\.insync\\.replicas',
    ],
    check: checkPatterns,
  }),
  'topic.filter.class': filterClass('DefaultTopicFilter'),
  'config.property.filter.class': filterClass('DefaultConfigPropertyFilter'),
  'consumer.poll.timeout.ms': field.int({
    doc: 'How long to wait for records before looking at what else there is to do, milliseconds.',
    importance: 'low',
    default: 1_000,
    min: 1,
  }),
  'admin.timeout.ms': field.int({
    doc: 'How long administration may take, milliseconds.',
    importance: 'low',
    default: 60_000,
    min: 1,
  }),
  'sync.topic.acls.enabled': field.boolean({
    doc: 'Access rules are not copied yet: a warning says so unless this is false.',
    importance: 'low',
    default: true,
  }),
  'emit.offset-syncs.enabled': field.boolean({
    doc: 'Whether to write where records stand on the target, by which a checkpoint connector translates offsets of groups.',
    importance: 'low',
    default: true,
  }),
  'offset-syncs.topic.location': field.string({
    doc: 'On which cluster that is written.',
    importance: 'low',
    default: 'source',
    oneOf: ['source', 'target'],
  }),
  'offset-syncs.topic.replication.factor': field.int({
    doc: 'Of the topic that it is written to.',
    importance: 'low',
    default: 3,
    min: -1,
  }),
  'offset.lag.max': field.long({
    doc: 'How many records those who translate offsets may be behind before more is written.',
    importance: 'low',
    default: 100,
    min: 0,
  }),
  'replication.policy.internal.topic.separator.enabled': field.boolean({
    doc: 'Whether the separator stands in the names of internal topics too; else a dot.',
    importance: 'low',
    default: true,
  }),
} as const

export type MirrorConfig = ConfigOf<typeof config>

import { field, type ConfigFields } from '../../core/config/field.js'
import { topicNameProblem } from '../../core/topic.js'
import { commonFields, deadLetterFields, duplicateAlias } from './common-keys.js'
import { oneOfIgnoringCase } from './worker-defaults.js'

const exactlyOnce = { group: 'Exactly Once Support' } as const

/** The common keys of sources, in Connect's order (SourceConnectorConfig), with the dead letter keys, which it lacks. */
export const sourceFields = {
  ...commonFields,
  ...deadLetterFields,
  'topic.creation.groups': field.list({
    doc: 'Groups of topics whose creation has settings of its own, tested in order; "default" is always the last.',
    importance: 'low',
    default: [],
    group: 'Topic Creation',
    order: 1,
    width: 'long',
    displayName: 'Topic Creation Groups',
    check: duplicateAlias,
  }),
  'exactly.once.support': field.string({
    doc: 'With "required" a configuration that cannot run exactly once is refused; with "requested" it runs as it can.',
    default: 'requested',
    ...exactlyOnce,
    order: 2,
    width: 'short',
    displayName: 'Exactly once support',
    check: oneOfIgnoringCase('REQUIRED', 'REQUESTED'),
  }),
  'transaction.boundary': field.string({
    doc: 'When a transaction ends under exactly once: with each batch read (poll), after an interval, or where the connector says.',
    default: 'poll',
    ...exactlyOnce,
    order: 3,
    width: 'short',
    displayName: 'Transaction Boundary',
    check: oneOfIgnoringCase('INTERVAL', 'POLL', 'CONNECTOR'),
  }),
  'transaction.boundary.interval.ms': field.long({
    doc: 'Milliseconds between transaction ends under transaction.boundary=interval; default: offset.flush.interval.ms of the worker.',
    importance: 'low',
    optional: true,
    min: 0,
    ...exactlyOnce,
    order: 4,
    width: 'short',
    displayName: 'Transaction boundary interval',
  }),
  'offsets.storage.topic': field.string({
    doc: "Topic for this connector's offsets; default: the worker's.",
    importance: 'low',
    optional: true,
    nonEmpty: true,
    group: 'offsets.topic',
    order: 1,
    width: 'long',
    displayName: 'Offsets topic',
    check: topic => {
      const problem = topicNameProblem(topic.trim())
      return problem === undefined ? undefined : `The topic name ${problem}`
    },
  }),
} as const satisfies ConfigFields

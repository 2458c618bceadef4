import { checkGroupName, checkGroupOffset } from '../../core/offset.js'
import { topicUnknown } from '../../ports/log-rules.js'
import type { Appender } from './appender.js'
import type { EndsStore } from './ends-store.js'
import type { Call, Calls } from './protocol.js'
import type { SegmentStore } from './segment-store.js'
import type { TopicOperations } from './topic-operations.js'
import type { TopicRegistry } from './topic-registry.js'

/** What requests are served with. */
export interface CallServices {
  readonly appender: Appender
  readonly ends: EndsStore
  readonly registry: TopicRegistry
  readonly segments: SegmentStore
  readonly topics: TopicOperations
}

type Answers = {
  readonly [K in keyof Calls]: (
    args: Calls[K]['args'],
    services: CallServices,
  ) => Calls[K]['result'] | Promise<Calls[K]['result']>
}

/** One for each request, which the types hold. */
const answers: Answers = {
  'topic-list': (_, { registry }) => registry.names(),
  'topic-describe': ({ name }, { topics }) => topics.describe(name) ?? null,
  'topic-create': ({ spec }, { topics }) => topics.create(spec),
  'topic-delete': ({ name }, { topics }) => topics.delete(name),
  'group-list': (_, { ends }) => ends.groups(),
  'group-fetch': ({ group }, { ends }) => ends.offsets(group),
  'group-commit': ({ group, offsets }, { topics }) => {
    checkGroupName(group)
    for (const offset of offsets) {
      topics.partition(offset)
      checkGroupOffset(offset)
    }
    return topics.commitOffsets(offsets.map(offset => ({ kind: 'offset', group, offset })))
  },
  'group-delete': ({ group, partitions }, { ends, topics }) =>
    topics.commitOffsets(
      (partitions ?? ends.offsets(group)).map(({ topic, partition }) => ({
        kind: 'offset-gone',
        group,
        topic,
        partition,
      })),
    ),
  settled: async (_, { appender }) => {
    await appender.settled()
    return undefined
  },
  attach: ({ of }, { topics }) => {
    const { number, counters } = topics.partition(of)
    return { partition: number, counters: counters.shared }
  },
  locate: ({ partition, offset }, { registry, segments }) => {
    const log = registry.byNumber(partition)
    if (log === undefined) throw topicUnknown(`with partition number ${partition}`)
    return segments.locate(log, offset)
  },
}

/** Serves one request; fails with what its client is to fail with. */
export function answer(call: Call, services: CallServices): unknown {
  const serve = answers[call.type] as (args: Call, services: CallServices) => unknown
  return serve(call, services)
}

import type { MirrorConfig } from './config.js'
import { nameFilter } from './name-filter.js'
import { identity, identityPolicy, isCycle, isHeartbeatsTopic, isInternal, prefixing } from './replication-policy.js'
import type { ReplicationPolicy } from './replication-policy.js'

export function policyOf(config: MirrorConfig): ReplicationPolicy {
  const make = config['replication.policy.class'] === identityPolicy ? identity : prefixing
  return make(config['source.cluster.alias'], config['replication.policy.separator'])
}

/** Whether a topic of the source is to be copied. */
export function topicChooser(config: MirrorConfig): (topic: string) => boolean {
  const policy = policyOf(config)
  const wanted = nameFilter(config.topics, config['topics.exclude'])
  const withHeartbeats = config['heartbeats.replication.enabled']
  return topic =>
    !isInternal(topic) &&
    (wanted(topic) || (withHeartbeats && isHeartbeatsTopic(policy, topic))) &&
    !isCycle(policy, topic, config['target.cluster.alias'])
}

/** A topic of the source with all its partitions. */
export interface SourceTopic {
  readonly topic: string
  readonly partitions: number
}

/** One after the other to each task, so that the partitions of a topic are spread. */
export function dealPartitions(
  topics: readonly SourceTopic[],
  maxTasks: number,
): [topic: string, partition: number][][] {
  const all = topics.flatMap(({ topic, partitions }) =>
    Array.from({ length: partitions }, (_, partition): [string, number] => [topic, partition]),
  )
  const tasks = Math.min(maxTasks, all.length)
  return Array.from({ length: tasks }, (_, task) => all.filter((_, at) => at % tasks === task))
}

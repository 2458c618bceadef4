/** How topics are called on the target, and where a topic there has come from (MirrorMaker 2's ReplicationPolicy). */
export interface ReplicationPolicy {
  remoteTopic(topic: string): string
  /** The alias of the cluster that a topic was copied from; undefined where its name does not say. */
  sourceOf(topic: string): string | undefined
  /** Its name there. */
  upstreamTopic(topic: string): string
}

const policies = 'org.apache.kafka.connect.mirror.'
export const defaultPolicy = `${policies}DefaultReplicationPolicy`
export const identityPolicy = `${policies}IdentityReplicationPolicy`

/** `orders` of the cluster `a` is `a.orders`. */
export function prefixing(alias: string, separator: string): ReplicationPolicy {
  return {
    remoteTopic: topic => alias + separator + topic,
    sourceOf: topic => (topic.includes(separator) ? topic.slice(0, topic.indexOf(separator)) : undefined),
    upstreamTopic: topic => topic.slice(topic.indexOf(separator) + separator.length),
  }
}

/** Names stay, so that nothing tells a copy; only heartbeats get the alias, as in MirrorMaker. */
export function identity(alias: string, separator: string): ReplicationPolicy {
  const prefixed = prefixing(alias, separator)
  const isHeartbeats = (topic: string): boolean => topic === heartbeats || topic.endsWith(separator + heartbeats)
  return {
    remoteTopic: topic => (isHeartbeats(topic) ? prefixed.remoteTopic(topic) : topic),
    sourceOf: topic => (isHeartbeats(topic) ? prefixed.sourceOf(topic) : undefined),
    upstreamTopic: topic => (isHeartbeats(topic) ? prefixed.upstreamTopic(topic) : topic),
  }
}

export const heartbeats = 'heartbeats'

/** Topics of Kafka, of Connect and of MirrorMaker itself are never copied. */
export function isInternal(topic: string): boolean {
  return /^(__|\.)|[.-]internal$/.test(topic)
}

/** Whether a topic has come from the target before, perhaps over other clusters: copied back it would go round for ever. */
export function isCycle(policy: ReplicationPolicy, topic: string, target: string): boolean {
  const source = policy.sourceOf(topic)
  if (source === undefined) return false
  return source === target || isCycle(policy, policy.upstreamTopic(topic), target)
}

/** The heartbeats of a cluster, or those of another that were copied there. */
export function isHeartbeatsTopic(policy: ReplicationPolicy, topic: string): boolean {
  if (topic === heartbeats) return true
  return policy.sourceOf(topic) !== undefined && isHeartbeatsTopic(policy, policy.upstreamTopic(topic))
}

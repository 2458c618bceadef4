import { MillraceError, errorCode } from '../core/error.js'
import type { LogClient, TopicDescription, TopicSpec } from '../ports/log.js'

/** One of the topics that hold the runtime's own state: `config.storage.topic` and its like. */
export interface InternalTopic extends Omit<TopicSpec, 'config'> {
  /** Settings beside the clean-up policy, for its creation. */
  readonly config?: Readonly<Record<string, string>>
  /** The order of all its records matters, so one partition is all it may have. */
  readonly onePartition?: true
}

/**
 * Creates the topic where it is missing and returns how many partitions it has. Fails with `stores.topic_not_compact`
 * (retention would forget state) and `stores.topic_partitions`.
 */
export async function openInternalTopic(log: LogClient, topic: InternalTopic): Promise<number> {
  const { onePartition, ...spec } = topic
  const found = (await log.topics.describe(topic.name)) ?? (await create(log, spec))
  const policy = found.config['cleanup.policy'] ?? 'delete'
  if (policy !== 'compact')
    throw new MillraceError(
      'stores.topic_not_compact',
      `The internal topic ${topic.name} has cleanup.policy=${policy}, and would lose state.`,
      { hint: `Set cleanup.policy=compact on topic ${topic.name}.` },
    )
  if (onePartition && found.partitions !== 1)
    throw new MillraceError(
      'stores.topic_partitions',
      `The internal topic ${topic.name} has ${found.partitions} partitions and must have exactly one.`,
      { hint: 'Name another topic, or make this one anew.' },
    )
  return found.partitions
}

async function create(log: LogClient, topic: TopicSpec): Promise<TopicDescription> {
  const spec = { ...topic, config: { ...topic.config, 'cleanup.policy': 'compact' } }
  try {
    await log.topics.create(spec)
  } catch (error) {
    if (errorCode(error) !== 'log.topic_exists') throw error
    // Another node was faster; what it made is what counts.
    const found = await log.topics.describe(topic.name)
    if (found) return found
  }
  return spec
}

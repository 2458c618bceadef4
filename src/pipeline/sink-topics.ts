import { sinkPartitions, type AssignableTopic } from '../cluster/sink-assignment.js'
import { murmur2 } from '../core/murmur2.js'
import type { TopicPartition } from '../core/offset.js'
import type { LogClient } from '../ports/log.js'
import type { SinkDefinition } from './task-definition.js'

/** How often to look again: for a topic that does not exist yet, for new ones that fit a pattern, for added partitions. */
const missingMs = 1_000
const patternMs = 5_000
const grownMs = 30_000

export interface SinkTopics {
  readonly partitions: readonly TopicPartition[]
  /** When to look again, in milliseconds. */
  readonly lookAgainMs: number
}

/**
 * The partitions that are this task's now. Named topics count by their place in the configuration. Those that a pattern
 * finds count by a hash of their name: their place in a list would change with every new topic.
 */
export async function findSinkTopics(log: LogClient, definition: SinkDefinition): Promise<SinkTopics> {
  const { topics, id, taskCount } = definition
  const wanted =
    'names' in topics
      ? topics.names.map((topic, index) => ({ topic, index }))
      : (await log.topics.list())
          .filter(name => topics.matches(name))
          .map(topic => ({ topic, index: murmur2(Buffer.from(topic)) & 0x7fffffff }))
  const found: AssignableTopic[] = []
  for (const { topic, index } of wanted) {
    const description = await log.topics.describe(topic)
    if (description) found.push({ topic, index, partitions: description.partitions })
  }
  return {
    partitions: sinkPartitions(found, id.task, taskCount),
    lookAgainMs: found.length < wanted.length ? missingMs : 'names' in topics ? grownMs : patternMs,
  }
}

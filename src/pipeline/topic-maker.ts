import { errorCode } from '../core/error.js'
import type { LogClient, TopicDescription, TopicSpec } from '../ports/log.js'
import type { TopicCreationRule } from './task-definition.js'

export interface KnownTopic {
  readonly partitions: number
  /** The largest batch that the topic takes, in bytes; undefined where it does not say. */
  readonly maxBatchBytes: number | undefined
}

/** What a topic that does not exist is made like: by the first rule that matches it, else with one partition. */
export function topicSpec(name: string, rules: readonly TopicCreationRule[]): TopicSpec {
  const rule = rules.find(rule => rule.matches(name))
  if (!rule) return { name, partitions: 1 }
  const { partitions, replicationFactor, config } = rule
  // -1 leaves it to the broker.
  return {
    name,
    partitions: partitions > 0 ? partitions : 1,
    ...(replicationFactor > 0 && { replicationFactor }),
    config,
  }
}

/** Finds the topic, or makes it. Fails as `TopicAdmin.create` does. */
export async function ensureTopic(log: LogClient, spec: TopicSpec): Promise<KnownTopic> {
  return known((await log.topics.describe(spec.name)) ?? (await makeTopic(log, spec)))
}

async function makeTopic(log: LogClient, spec: TopicSpec): Promise<Pick<TopicDescription, 'partitions' | 'config'>> {
  try {
    await log.topics.create(spec)
  } catch (error) {
    if (errorCode(error) !== 'log.topic_exists') throw error
    // Another task was faster; what it made is what counts.
    const found = await log.topics.describe(spec.name)
    if (found) return found
  }
  return { partitions: spec.partitions, config: spec.config ?? {} }
}

function known({ partitions, config }: Pick<TopicDescription, 'partitions' | 'config'>): KnownTopic {
  const limit = Number(config['max.message.bytes'])
  return { partitions, maxBatchBytes: limit > 0 ? limit : undefined }
}

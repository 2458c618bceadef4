import { errorCode } from 'millrace/plugin'
import type { KafkaTopicAdmin } from 'millrace/kafka'
import type { SourceTopic } from './chosen-topics.js'
import type { MirrorConfig } from './config.js'
import { nameFilter } from './name-filter.js'
import type { ReplicationPolicy } from './replication-policy.js'

/** Makes the topics on the target what those on the source are. */
export class TargetTopics {
  readonly #config: MirrorConfig
  readonly #policy: ReplicationPolicy
  readonly #source: KafkaTopicAdmin
  readonly #target: KafkaTopicAdmin
  readonly #excluded: (name: string) => boolean

  constructor(config: MirrorConfig, policy: ReplicationPolicy, source: KafkaTopicAdmin, target: KafkaTopicAdmin) {
    this.#config = config
    this.#policy = policy
    this.#source = source
    this.#target = target
    this.#excluded = nameFilter(config['config.properties.exclude'], [])
  }

  /** As many partitions as the source has, at the least: a record keeps its partition. */
  async ensure({ topic, partitions }: SourceTopic): Promise<void> {
    const name = this.#policy.remoteTopic(topic)
    const found = await this.#target.describe(name)
    if (found === undefined) await this.#create(name, topic, partitions)
    else if (found.partitions < partitions) await this.#target.addPartitions(name, partitions)
  }

  /** Gives a topic the source's own settings; what is set back there is set back here. */
  async syncConfig(topic: string): Promise<void> {
    const name = this.#policy.remoteTopic(topic)
    const [wanted, present] = await Promise.all([this.#configOf(topic), this.#target.ownConfig(name)])
    if (wanted === undefined || present === undefined) return
    const changes = configChanges(wanted, present, this.#excluded)
    if (Object.keys(changes).length > 0) await this.#target.alterConfig(name, changes)
  }

  async #create(name: string, topic: string, partitions: number): Promise<void> {
    const replicationFactor = this.#config['replication.factor']
    const config = (await this.#configOf(topic)) ?? {}
    try {
      await this.#target.create({ name, partitions, ...(replicationFactor > 0 && { replicationFactor }), config })
    } catch (error) {
      // Somebody else was faster.
      if (errorCode(error) !== 'log.topic_exists') throw error
      await this.#target.addPartitions(name, partitions)
    }
  }

  async #configOf(topic: string): Promise<Readonly<Record<string, string>> | undefined> {
    const own = await this.#source.ownConfig(topic)
    return own && Object.fromEntries(Object.entries(own).filter(([key]) => !this.#excluded(key)))
  }
}

/** Null for what is to be set back to its default; excluded settings are left as they are. */
export function configChanges(
  wanted: Readonly<Record<string, string>>,
  present: Readonly<Record<string, string>>,
  excluded: (key: string) => boolean,
): Readonly<Record<string, string | null>> {
  const changes: Record<string, string | null> = {}
  for (const [key, value] of Object.entries(wanted)) if (present[key] !== value) changes[key] = value
  for (const key of Object.keys(present)) if (!(key in wanted) && !excluded(key)) changes[key] = null
  return changes
}

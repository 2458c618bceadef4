import type { TopicPartition } from '../../core/offset.js'
import { brokerError } from './broker-error-table.js'
import type { MetadataResponse } from './protocol/metadata.js'

export interface Leader {
  /** The broker's id; -1 while the partition has no leader. */
  readonly node: number
  readonly epoch: number
}

export interface TopicInfo {
  readonly id: Buffer
  readonly leaders: readonly Leader[]
}

/** What the brokers said of topics last. */
export class TopicMetadata {
  readonly #topics = new Map<string, TopicInfo>()
  readonly #refused = new Map<string, number>()
  /** When a topic was first said not to exist, milliseconds of the clock, while nothing else was said since. */
  readonly #missingSince = new Map<string, number>()

  topic(name: string): TopicInfo | undefined {
    return this.#topics.get(name)
  }

  leader({ topic, partition }: TopicPartition): Leader | undefined {
    return this.#topics.get(topic)?.leaders[partition]
  }

  /** Why the brokers say nothing of a topic: an error code, such as TOPIC_AUTHORIZATION_FAILED. */
  refusal(name: string): number | undefined {
    return this.#refused.get(name)
  }

  /** How long, in milliseconds, a topic has been said not to exist; undefined where it was never said, or taken back. */
  missingFor(name: string, now: number): number | undefined {
    const since = this.#missingSince.get(name)
    return since === undefined ? undefined : now - since
  }

  forget(name: string): void {
    this.#topics.delete(name)
    this.#missingSince.delete(name)
  }

  apply(topics: MetadataResponse['topics'], now: number): void {
    for (const { name, error, id, partitions } of topics) {
      this.#refused.delete(name)
      if (error === brokerError.UNKNOWN_TOPIC_OR_PARTITION || error === brokerError.INVALID_TOPIC_EXCEPTION) {
        this.#topics.delete(name)
        if (!this.#missingSince.has(name)) this.#missingSince.set(name, now)
        continue
      }
      this.#missingSince.delete(name)
      if (error !== brokerError.NONE && error !== brokerError.LEADER_NOT_AVAILABLE) {
        this.#refused.set(name, error)
        continue
      }
      const known = this.#topics.get(name)
      const leaders: Leader[] = []
      for (const { partition, leader, leaderEpoch } of partitions) {
        const before = known?.id.equals(id) ? known.leaders[partition] : undefined
        // Brokers learn of a new leader one after the other: who is behind must not send us back.
        leaders[partition] =
          before !== undefined && before.epoch > leaderEpoch ? before : { node: leader, epoch: leaderEpoch }
      }
      this.#topics.set(name, { id, leaders })
    }
  }
}

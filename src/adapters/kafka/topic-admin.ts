import type { TopicPartition } from '../../core/offset.js'
import { checkTopic } from '../../core/topic.js'
import { sleep } from '../../ports/clock.js'
import { topicExists, topicUnknown } from '../../ports/log-rules.js'
import type { Bounds, TopicAdmin, TopicDescription, TopicSpec } from '../../ports/log.js'
import { brokerError } from './broker-error-table.js'
import { refused, timedOut } from './broker-errors.js'
import type { Cluster } from './cluster.js'
import { askOffsets } from './offset-lookup.js'
import { endOf } from './protocol/list-offsets.js'
import { metadataApi, type MetadataResponse } from './protocol/metadata.js'
import {
  alterTopicConfigApi,
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeConfigsApi,
} from './protocol/topics.js'
import { retrying } from './retrying.js'

type TopicAnswer = MetadataResponse['topics'][number]

export class KafkaTopics implements TopicAdmin {
  readonly #cluster: Cluster
  readonly #timeoutMs: number

  constructor(cluster: Cluster, timeoutMs: number) {
    this.#cluster = cluster
    this.#timeoutMs = timeoutMs
  }

  /** Without Kafka's own (`__consumer_offsets`). */
  list(): Promise<readonly string[]> {
    return this.#retrying('Listing topics', async () =>
      (await this.#cluster.listTopics()).filter(({ internal }) => !internal).map(({ name }) => name),
    )
  }

  /** The settings are those in effect, the broker's and Kafka's defaults included. */
  describe(name: string): Promise<TopicDescription | undefined> {
    const what = `Describing topic ${name}`
    return this.#retrying(what, async () => {
      const link = await this.#cluster.anyLink()
      const topic = (await link.call(metadataApi, { topics: [name] })).topics[0]
      if (topic === undefined || isMissing(topic)) return undefined
      if (topic.error !== brokerError.NONE) throw refused(topic.error, what)
      const { error, message, entries } = await link.call(describeConfigsApi, { topic: name })
      if (error === brokerError.UNKNOWN_TOPIC_OR_PARTITION) return undefined
      if (error !== brokerError.NONE) throw refused(error, what, message)
      const config = Object.fromEntries(entries.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])))
      return { name, partitions: topic.partitions.length, config }
    })
  }

  /** Those that were set for the topic itself; undefined where it does not exist. */
  ownConfig(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const what = `Describing topic ${name}`
    return this.#retrying(what, async () => {
      const link = await this.#cluster.anyLink()
      const { error, message, entries } = await link.call(describeConfigsApi, { topic: name })
      if (error === brokerError.UNKNOWN_TOPIC_OR_PARTITION) return undefined
      if (error !== brokerError.NONE) throw refused(error, what, message)
      return Object.fromEntries(
        entries.flatMap(({ name, value, own }) => (own && value !== null ? [[name, value]] : [])),
      )
    })
  }

  /** Null sets a setting back to its default. Fails with `log.topic_unknown`, `log.topic_config_invalid`. */
  async alterConfig(name: string, changes: Readonly<Record<string, string | null>>): Promise<void> {
    const what = `Changing the settings of topic ${name}`
    await this.#retrying(what, async () => {
      const link = await this.#cluster.controllerLink()
      const { error, message } = await link.call(alterTopicConfigApi, { topic: name, changes })
      if (error === brokerError.UNKNOWN_TOPIC_OR_PARTITION) throw topicUnknown(name)
      if (error === brokerError.NOT_CONTROLLER) await this.#cluster.refresh([])
      if (error !== brokerError.NONE) throw refused(error, what, message)
    })
  }

  /** Until the topic has so many in all; nothing happens where it has. Resolves when every broker knows of them. */
  async addPartitions(name: string, total: number): Promise<void> {
    const what = `Adding partitions to topic ${name}`
    await this.#retrying(what, async () => {
      const link = await this.#cluster.controllerLink()
      const request = { name, partitions: total, timeoutMs: this.#timeoutMs }
      const { error, message } = await link.call(createPartitionsApi, request)
      if (error === brokerError.UNKNOWN_TOPIC_OR_PARTITION) throw topicUnknown(name)
      if (error === brokerError.NOT_CONTROLLER) await this.#cluster.refresh([])
      // It has as many already, or more.
      if (error !== brokerError.NONE && error !== brokerError.INVALID_PARTITIONS) throw refused(error, what, message)
    })
    await this.#everywhere(
      what,
      name,
      topic => topic.partitions.length >= total && topic.partitions.every(({ leader }) => leader >= 0),
    )
    this.#cluster.topics.forget(name)
  }

  /** Resolves when every broker knows the topic and all its partitions have leaders. */
  async create(spec: TopicSpec): Promise<void> {
    checkTopic(spec)
    const { name, partitions, replicationFactor = -1, config = {} } = spec
    const what = `Creating topic ${name}`
    /** Whether a try before may have succeeded without our hearing of it. */
    let sent = false
    await this.#retrying(what, async () => {
      const link = await this.#cluster.controllerLink()
      const request = { name, partitions, replicationFactor, config, timeoutMs: this.#timeoutMs }
      const again = sent
      sent = true
      const { error, message } = await link.call(createTopicsApi, request)
      if (error === brokerError.TOPIC_ALREADY_EXISTS) {
        if (again) return
        throw topicExists(name)
      }
      sent = false
      if (error === brokerError.NOT_CONTROLLER) await this.#cluster.refresh([])
      if (error !== brokerError.NONE) throw refused(error, what, message)
    })
    await this.#everywhere(
      what,
      name,
      topic => topic.error === 0 && topic.partitions.every(({ leader }) => leader >= 0),
    )
    this.#cluster.topics.forget(name)
  }

  /** Resolves when no broker knows the topic any more. */
  async delete(name: string): Promise<void> {
    const what = `Deleting topic ${name}`
    let sent = false
    await this.#retrying(what, async () => {
      const link = await this.#cluster.controllerLink()
      const again = sent
      sent = true
      const { error } = await link.call(deleteTopicsApi, { name, timeoutMs: this.#timeoutMs })
      if (error === brokerError.UNKNOWN_TOPIC_OR_PARTITION) {
        if (again) return
        throw topicUnknown(name)
      }
      sent = false
      if (error === brokerError.NOT_CONTROLLER) await this.#cluster.refresh([])
      if (error !== brokerError.NONE) throw refused(error, what)
    })
    await this.#everywhere(what, name, isMissing)
    this.#cluster.topics.forget(name)
  }

  async bounds(partition: TopicPartition): Promise<Bounds> {
    return (await this.allBounds([partition]))[0]!
  }

  /** Two requests to each broker that leads any of them. */
  async allBounds(partitions: readonly TopicPartition[]): Promise<readonly Bounds[]> {
    const [starts, ends] = await Promise.all(
      [endOf.start, endOf.log].map(timestamp =>
        askOffsets(this.#cluster, partitions, { timestamp, readCommitted: false, timeoutMs: this.#timeoutMs }),
      ),
    )
    return partitions.map((_, index) => ({ start: starts![index]!, end: ends![index]! }))
  }

  /** Waits until all brokers that can be reached say of a topic what `check` wants. */
  async #everywhere(what: string, name: string, check: (topic: TopicAnswer) => boolean): Promise<void> {
    const { clock, backoffMs, signal } = this.#cluster.retry
    const deadline = clock.now() + this.#timeoutMs
    const answers = async (node: number): Promise<boolean> => {
      try {
        const link = await this.#cluster.link(node)
        const topic = (await link.call(metadataApi, { topics: [name] })).topics[0]
        return topic !== undefined && check(topic)
      } catch {
        return true // A broker that is down learns of it before it serves again.
      }
    }
    for (;;) {
      const done = await Promise.all(this.#cluster.nodes.map(answers))
      if (done.every(Boolean)) return
      if (clock.now() >= deadline) throw timedOut(`${what} was accepted, but telling all brokers`, this.#timeoutMs)
      await sleep(clock, Math.min(backoffMs, 50), signal)
      if (signal.aborted) return
    }
  }

  #retrying<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    return retrying(what, this.#timeoutMs, this.#cluster.retry, attempt)
  }
}

function isMissing({ error }: TopicAnswer): boolean {
  return (
    error === brokerError.UNKNOWN_TOPIC_OR_PARTITION ||
    error === brokerError.INVALID_TOPIC_EXCEPTION ||
    error === brokerError.UNKNOWN_TOPIC_ID
  )
}

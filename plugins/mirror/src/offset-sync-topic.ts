import { errorCode, errorMessage } from 'millrace/plugin'
import type { Appended, PluginLogger, RawConfig } from 'millrace/plugin'
import { BatchBuilder, type KafkaLogClient, type LogWriter } from 'millrace/kafka'
import { policyOf } from './chosen-topics.js'
import { openClient } from './clusters.js'
import type { MirrorConfig } from './config.js'
import type { Copied, CopiedChunks, Place } from './copied-chunks.js'
import { keyOf, OffsetSyncs, valueOf } from './offset-syncs.js'

/** The topic stands on the one cluster and is named after the other. */
export function offsetSyncsTopic(config: MirrorConfig): string {
  const other = config['source.cluster.alias']
  const alias = config['offset-syncs.topic.location'] === 'source' ? config['target.cluster.alias'] : other
  const separator = config['replication.policy.internal.topic.separator.enabled']
    ? config['replication.policy.separator']
    : '.'
  return `mm2-offset-syncs${separator}${alias}${separator}internal`
}

/** Makes the topic where it is missing. */
export async function ensureOffsetSyncsTopic(
  config: MirrorConfig,
  raw: RawConfig,
  logger: PluginLogger,
): Promise<void> {
  const client = openClient(
    config['offset-syncs.topic.location'] === 'source' ? 'sourceAdmin' : 'targetAdmin',
    raw,
    logger,
  )
  const name = offsetSyncsTopic(config)
  const replicationFactor = config['offset-syncs.topic.replication.factor']
  try {
    if ((await client.topics.describe(name)) !== undefined) return
    await client.topics.create({ name, partitions: 1, replicationFactor, config: { 'cleanup.policy': 'compact' } })
  } catch (error) {
    // Somebody else was faster.
    if (errorCode(error) !== 'log.topic_exists') throw error
  } finally {
    await client.close()
  }
}

/** Writes where records of the source stand on the target, by which a checkpoint connector translates offsets of groups. */
export class OffsetSyncTopic {
  readonly #topic: string
  readonly #logger: PluginLogger
  readonly #client: KafkaLogClient
  readonly #remoteTopic: (topic: string) => string
  readonly #copied: Pick<CopiedChunks, 'firstOffset'>
  readonly #syncs: OffsetSyncs
  readonly #builder = new BatchBuilder()
  /** Partitions of which the first record of this task's life was noted. */
  readonly #begun = new Set<Place>()
  #writer: LogWriter | undefined
  #sending: Promise<void> | undefined

  constructor(config: MirrorConfig, raw: RawConfig, logger: PluginLogger, copied: Pick<CopiedChunks, 'firstOffset'>) {
    const location = config['offset-syncs.topic.location']
    this.#topic = offsetSyncsTopic(config)
    this.#logger = logger
    this.#client = openClient(location === 'source' ? 'sourceProducer' : 'targetProducer', raw, logger)
    this.#remoteTopic = topic => policyOf(config).remoteTopic(topic)
    this.#copied = copied
    this.#syncs = new OffsetSyncs(config['offset.lag.max'])
  }

  /** What a transform has sent to another topic is not found here, and not told of. */
  appended({ positions, ranges }: Appended<Place, Copied>): void {
    for (const { partition: place, offset } of positions) {
      const remote = this.#remoteTopic(place.topic)
      const range = ranges.find(({ topic, partition }) => topic === remote && partition === place.partition)
      if (range === undefined) continue
      const { topic, partition } = place
      // Groups that are far behind are translated by it.
      const first = this.#begun.has(place) ? undefined : this.#copied.firstOffset(place)
      this.#begun.add(place)
      if (first !== undefined) {
        this.#syncs.note({ topic, partition, upstreamOffset: first, downstreamOffset: range.first })
        this.#send()
      }
      this.#syncs.note({ topic, partition, upstreamOffset: offset.offset, downstreamOffset: range.last })
    }
    this.#send()
  }

  committed(): void {
    this.#syncs.committed()
    this.#send()
  }

  /** What is under way is waited for; the rest is told by the next commit of another life. */
  async close(): Promise<void> {
    await this.#sending
    await this.#writer?.close()
    await this.#client.close()
  }

  #send(): void {
    this.#sending ??= this.#sendDue().finally(() => (this.#sending = undefined))
  }

  /** As in MirrorMaker, what cannot be written is logged and left: newer ones follow. */
  async #sendDue(): Promise<void> {
    for (let due = this.#syncs.take(); due.length > 0; due = this.#syncs.take()) {
      const now = Date.now()
      for (const sync of due) this.#builder.append(now, keyOf(sync), valueOf(sync), undefined)
      const writer = (this.#writer ??= this.#client.openWriter({ id: this.#topic }))
      try {
        await writer.append({ batches: [{ topic: this.#topic, partition: 0, bytes: this.#builder.finish() }] })
      } catch (error) {
        this.#writer = undefined
        this.#logger.error('Offset syncs could not be written', { topic: this.#topic, error: errorMessage(error) })
      }
    }
  }
}

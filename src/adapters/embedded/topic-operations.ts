import { MillraceError } from '../../core/error.js'
import type { TopicPartition } from '../../core/offset.js'
import { checkTopic } from '../../core/topic.js'
import type { TopicDescription, TopicSpec } from '../../ports/log.js'
import { topicExists, topicUnknown } from '../../ports/log-rules.js'
import { isDiskFull, writeFailure } from './append-failure.js'
import type { Disposal } from './disposal.js'
import type { EndsChange, EndsStore } from './ends-store.js'
import { partitionFolder } from './layout.js'
import type { PartitionLog } from './partition-log.js'
import type { SegmentStore } from './segment-store.js'
import type { Topic, TopicRegistry } from './topic-registry.js'

export interface TopicOperationsOptions {
  readonly ends: EndsStore
  readonly registry: TopicRegistry
  readonly segments: SegmentStore
  readonly disposal: Disposal
  /** Resolves when all appends that were accepted so far are done. */
  readonly barrier: () => Promise<void>
  /** Readers that wait for these are to look again. */
  readonly onChanged: (logs: readonly PartitionLog[]) => void
}

/** Creating and deleting topics: the transaction first, the files after it. */
export class TopicOperations {
  readonly #options: TopicOperationsOptions

  constructor(options: TopicOperationsOptions) {
    this.#options = options
  }

  describe(name: string): TopicDescription | undefined {
    const topic = this.#options.registry.topic(name)
    return topic === undefined ? undefined : { name, partitions: topic.partitions, config: topic.config }
  }

  async create(spec: TopicSpec): Promise<null> {
    const { registry, disposal } = this.#options
    checkTopic(spec)
    const folders = Array.from({ length: spec.partitions }, (_, partition) =>
      partitionFolder({ topic: spec.name, partition }),
    )
    if (registry.topic(spec.name) === undefined && !(await disposal.free(folders)))
      throw new MillraceError('log.io', `Files of an earlier topic ${spec.name} cannot be removed.`, {
        hint: `Look at ${folders[0]} and the others in the data directory.`,
      })
    if (registry.topic(spec.name) !== undefined) throw topicExists(spec.name)
    const topic = { partitions: spec.partitions, config: { ...spec.config } }
    this.#commit([{ kind: 'topic', name: spec.name, topic }])
    registry.add(spec.name, topic)
    return null
  }

  async delete(name: string): Promise<null> {
    const { registry, ends, disposal, barrier, segments, onChanged } = this.#options
    const topic = registry.topic(name)
    if (topic === undefined || topic.closing) throw topicUnknown(name)
    topic.closing = true
    const folders = topic.logs.map(log => partitionFolder(log))
    try {
      // A group under way must not name segments of a topic that is gone.
      await barrier()
      const offsets = ends.offsetsOfTopic(name).map(offset => ({ kind: 'offset-gone' as const, ...offset }))
      this.#commit([...topicGone(topic), ...offsets, ...disposal.doom(folders)])
    } catch (error) {
      topic.closing = false
      throw error
    }
    registry.remove(topic)
    onChanged(topic.logs)
    for (const log of topic.logs) await segments.openFiles.forgetFolder(log)
    await disposal.remove(folders)
    return null
  }

  commitOffsets(changes: readonly EndsChange[]): null {
    this.#commit(changes)
    return null
  }

  /** Throws `log.topic_unknown`. */
  partition(of: TopicPartition): PartitionLog {
    const log = this.#options.registry.find(of)
    if (log === undefined) throw topicUnknown(of)
    return log
  }

  #commit(changes: readonly EndsChange[]): void {
    try {
      this.#options.ends.commit(changes)
    } catch (error) {
      if (isDiskFull(error)) throw writeFailure(error)
      throw error
    }
  }
}

function topicGone(topic: Topic): EndsChange[] {
  const changes: EndsChange[] = [{ kind: 'topic-gone', name: topic.name }]
  for (const { topic: name, partition, segments } of topic.logs) {
    changes.push({ kind: 'start-gone', topic: name, partition })
    for (const { base } of segments) changes.push({ kind: 'segment-gone', topic: name, partition, base })
  }
  return changes
}

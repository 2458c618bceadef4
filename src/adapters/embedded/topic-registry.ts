import type { TopicPartition } from '../../core/offset.js'
import { readTopicSettings } from '../../core/topic.js'
import type { EndsContent, SegmentRecord, TopicRecord } from './ends-store.js'
import { PartitionLog } from './partition-log.js'

export interface Topic extends TopicRecord {
  readonly name: string
  /** It is being deleted: appends and commits do not find it any more. */
  closing: boolean
  readonly logs: readonly PartitionLog[]
}

/** The topics and partitions there are, as the ends store has them. */
export class TopicRegistry {
  readonly #topics = new Map<string, Topic>()
  readonly #byNumber = new Map<number, PartitionLog>()
  #numbers = 0

  static from(content: EndsContent): TopicRegistry {
    const registry = new TopicRegistry()
    const segments = new Map<string, SegmentRecord[]>()
    for (const { topic, partition, segment } of content.segments) {
      const key = `${topic}/${partition}`
      const list = segments.get(key)
      if (list === undefined) segments.set(key, [segment])
      else list.push(segment)
    }
    const starts = new Map(content.starts.map(({ topic, partition, start }) => [`${topic}/${partition}`, start]))
    for (const [name, topic] of content.topics)
      registry.add(name, topic, partition => ({
        start: starts.get(`${name}/${partition}`) ?? 0,
        segments: (segments.get(`${name}/${partition}`) ?? []).sort((a, b) => a.base - b.base),
      }))
    return registry
  }

  add(
    name: string,
    record: TopicRecord,
    content: (partition: number) => { readonly start: number; readonly segments: readonly SegmentRecord[] } = () => ({
      start: 0,
      segments: [],
    }),
  ): void {
    const { settings } = readTopicSettings(record.config)
    const logs = Array.from({ length: record.partitions }, (_, partition) => {
      const { start, segments } = content(partition)
      const log = new PartitionLog({ topic: name, partition, number: this.#numbers++, settings }, start, segments)
      this.#byNumber.set(log.number, log)
      return log
    })
    this.#topics.set(name, { name, ...record, closing: false, logs })
  }

  /** Its readers see at once that it is gone. */
  remove(topic: Topic): void {
    this.#topics.delete(topic.name)
    for (const log of topic.logs) {
      log.markDeleted()
      this.#byNumber.delete(log.number)
    }
  }

  names(): string[] {
    return [...this.#topics.keys()]
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  find({ topic, partition }: TopicPartition): PartitionLog | undefined {
    const found = this.#topics.get(topic)
    return found?.closing === false ? found.logs[partition] : undefined
  }

  byNumber(number: number): PartitionLog | undefined {
    return this.#byNumber.get(number)
  }

  *logs(): Generator<PartitionLog> {
    for (const topic of this.#topics.values()) yield* topic.logs
  }
}

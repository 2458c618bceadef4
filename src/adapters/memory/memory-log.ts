import {
  checkGroupName,
  checkGroupOffset,
  partitionKey,
  type GroupOffset,
  type TopicPartition,
} from '../../core/offset.js'
import { checkTopic, type TopicSettings } from '../../core/topic.js'
import { patchBaseOffset, patchProducer, readBatchHeader } from '../../codec/index.js'
import type { AppendResult, AppendUnit, BatchAppend, TopicDescription, TopicSpec } from '../../ports/log.js'
import { checkBatch, checkBatchSize, topicExists, topicUnknown, writerFenced } from '../../ports/log-rules.js'
import { endMarker, newTransaction, type Producer, type Transaction } from './memory-transactions.js'

export interface StoredBatch {
  readonly base: number
  /** The offset after its last record. */
  readonly next: number
  readonly bytes: Buffer
  readonly transaction: Transaction | undefined
}

export interface Partition extends TopicPartition {
  readonly batches: StoredBatch[]
  end: number
  /** Transactions that have records here and no end yet. */
  readonly open: Set<Transaction>
  deleted: boolean
}

interface Topic {
  readonly description: TopicDescription
  readonly settings: TopicSettings
  readonly partitions: readonly Partition[]
}

/**
 * The state that the clients of one memory log share. Every operation is one synchronous step, so an append unit is
 * atomic by construction, unless `atomic` is false: then only a transaction is, as on Kafka. It grows until it is
 * dropped: retention and compaction are the embedded log's.
 */
export class MemoryLog {
  readonly atomic: boolean
  readonly #topics = new Map<string, Topic>()
  readonly #groups = new Map<string, Map<string, GroupOffset>>()
  readonly #producers = new Map<string, Producer>()
  #producerIds = 0
  readonly #listeners = new Set<() => void>()

  constructor(atomic: boolean) {
    this.atomic = atomic
  }

  topicNames(): string[] {
    return [...this.#topics.keys()]
  }

  describe(name: string): TopicDescription | undefined {
    return this.#topics.get(name)?.description
  }

  createTopic(spec: TopicSpec): void {
    const settings = checkTopic(spec)
    if (this.#topics.has(spec.name)) throw topicExists(spec.name)
    const { name, partitions: count } = spec
    this.#topics.set(name, {
      description: { name, partitions: count, config: { ...spec.config } },
      settings,
      partitions: Array.from({ length: count }, (_, partition) => ({
        topic: name,
        partition,
        batches: [],
        end: 0,
        open: new Set(),
        deleted: false,
      })),
    })
  }

  /** Offsets that groups committed for the topic go with it: they would point into whatever is made under its name next. */
  deleteTopic(name: string): void {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw topicUnknown(name)
    for (const partition of topic.partitions) partition.deleted = true
    this.#topics.delete(name)
    for (const group of this.#groups.keys()) this.deleteOffsets(group, topic.partitions)
    this.#changed()
  }

  partition(of: TopicPartition): Partition {
    const partition = this.#topics.get(of.topic)?.partitions[of.partition]
    if (partition === undefined) throw topicUnknown(of)
    return partition
  }

  /** Where it is atomic, checks the whole unit before any of it takes effect. */
  append(unit: AppendUnit): AppendResult {
    if (this.atomic) this.#checkUnit(unit)
    const baseOffsets = unit.batches.map(batch => {
      this.#checkAppend(batch)
      return this.#store(this.partition(batch), batch.bytes)
    })
    for (const { group, offsets } of unit.groups ?? []) this.commitOffsets(group, offsets)
    this.#changed()
    return { baseOffsets }
  }

  /** Takes the id: who had it before can append no more, and what it left open is undone. */
  produce(transactionalId: string): Producer {
    const before = this.#producers.get(transactionalId)
    if (before !== undefined) {
      before.fenced = true
      this.endTransaction(before, 'aborted')
    }
    const producer = { id: ++this.#producerIds, transactionalId, fenced: false, transaction: undefined }
    this.#producers.set(transactionalId, producer)
    return producer
  }

  /** Appends within the producer's transaction, and ends it unless the unit `continues`. What fails undoes all of it. */
  appendIn(producer: Producer, unit: AppendUnit): AppendResult {
    if (producer.fenced) throw writerFenced(producer.transactionalId)
    try {
      this.#checkUnit(unit)
    } catch (error) {
      this.endTransaction(producer, 'aborted')
      throw error
    }
    const transaction = (producer.transaction ??= newTransaction(producer.id))
    const baseOffsets = unit.batches.map(batch => this.#store(this.partition(batch), batch.bytes, transaction))
    transaction.groups.push(...(unit.groups ?? []))
    if (unit.continues !== true) this.endTransaction(producer, 'committed')
    this.#changed()
    return { baseOffsets }
  }

  endTransaction(producer: Producer, outcome: 'committed' | 'aborted'): void {
    const { transaction } = producer
    producer.transaction = undefined
    if (transaction === undefined) return
    transaction.state = outcome
    for (const partition of transaction.partitions.keys()) {
      partition.open.delete(transaction)
      this.#store(partition, endMarker(producer.id, outcome))
    }
    if (outcome === 'committed') for (const { group, offsets } of transaction.groups) this.#setOffsets(group, offsets)
    this.#changed()
  }

  groupNames(): string[] {
    return [...this.#groups.keys()]
  }

  offsets(group: string): GroupOffset[] {
    return [...(this.#groups.get(group)?.values() ?? [])]
  }

  commitOffsets(group: string, offsets: readonly GroupOffset[]): void {
    this.#checkCommit(group, offsets)
    this.#setOffsets(group, offsets)
  }

  deleteOffsets(group: string, partitions?: readonly TopicPartition[]): void {
    const offsets = this.#groups.get(group)
    for (const partition of partitions ?? []) offsets?.delete(partitionKey(partition))
    if (partitions === undefined || offsets?.size === 0) this.#groups.delete(group)
  }

  /** Calls `listener` after every append and deletion, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  #store(partition: Partition, batch: Uint8Array<ArrayBuffer>, transaction?: Transaction): number {
    const bytes = Buffer.from(batch)
    if (transaction !== undefined)
      patchProducer(bytes, {
        producerId: transaction.producerId,
        producerEpoch: 0,
        baseSequence: 0,
        transactional: true,
      })
    const base = partition.end
    patchBaseOffset(bytes, 0, base, 0)
    partition.end = base + readBatchHeader(bytes, 0).lastOffsetDelta + 1
    partition.batches.push({ base, next: partition.end, bytes, transaction })
    if (transaction !== undefined && !transaction.partitions.has(partition)) {
      transaction.partitions.set(partition, base)
      partition.open.add(transaction)
    }
    return base
  }

  #checkUnit(unit: AppendUnit): void {
    for (const batch of unit.batches) this.#checkAppend(batch)
    for (const { group, offsets } of unit.groups ?? []) this.#checkCommit(group, offsets)
  }

  #checkAppend(batch: BatchAppend): void {
    this.partition(batch)
    checkBatch(batch, batch.bytes)
    checkBatchSize(batch, batch.bytes.byteLength, this.#topics.get(batch.topic)!.settings.maxMessageBytes)
  }

  #checkCommit(group: string, offsets: readonly GroupOffset[]): void {
    checkGroupName(group)
    for (const offset of offsets) {
      this.partition(offset)
      checkGroupOffset(offset)
    }
  }

  #setOffsets(group: string, offsets: readonly GroupOffset[]): void {
    if (offsets.length === 0) return
    const known = this.#groups.get(group) ?? new Map<string, GroupOffset>()
    this.#groups.set(group, known)
    for (const { topic, partition, offset, metadata } of offsets)
      known.set(partitionKey({ topic, partition }), { topic, partition, offset, metadata })
  }
}

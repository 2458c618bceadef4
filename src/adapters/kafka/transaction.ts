import { partitionKey, type GroupOffset, type TopicPartition } from '../../core/offset.js'
import type { Cluster } from './cluster.js'
import { firstError } from './partition-errors.js'
import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  endTxnApi,
  initProducerIdApi,
  txnOffsetCommitApi,
  type Producer,
} from './protocol/transactions.js'

export interface TransactionOptions {
  readonly timeoutMs: number
  readonly apiTimeoutMs: number
}

/** The broker may still write the last transaction's markers when the next one begins; that takes milliseconds. */
const concurrentBackoffMs = 2

/** The transactions of one transactional id, one after the other, as its coordinator sees them. */
export class Transaction {
  readonly id: string
  readonly #cluster: Cluster
  readonly #options: TransactionOptions
  #producer: Promise<Producer> | undefined
  readonly #partitions = new Set<string>()
  /** Offsets to commit with it, by group and partition. They are sent at its end, the last of each partition only. */
  readonly #offsets = new Map<string, Map<string, GroupOffset>>()

  constructor(id: string, cluster: Cluster, options: TransactionOptions) {
    this.id = id
    this.#cluster = cluster
    this.#options = options
  }

  /** Whether something was added that is neither committed nor undone. */
  get isOpen(): boolean {
    return this.#partitions.size > 0 || this.#offsets.size > 0
  }

  /** Fences every earlier producer of the id and undoes what it left open (I4), once. */
  producer(): Promise<Producer> {
    return (this.#producer ??= this.#initialise())
  }

  /** Whether it may be written to already. */
  has(partition: TopicPartition): boolean {
    return this.#partitions.has(partitionKey(partition))
  }

  /** Partitions that it has not. */
  async addPartitions(added: readonly TopicPartition[]): Promise<void> {
    if (added.length === 0) return
    const producer = await this.producer()
    // From now on there may be something to undo, whatever the answer.
    for (const partition of added) this.#partitions.add(partitionKey(partition))
    await this.#call('Adding partitions to', async link =>
      firstError(await link.call(addPartitionsToTxnApi, { transactionalId: this.id, producer, partitions: added })),
    )
  }

  addOffsets(group: string, offsets: readonly GroupOffset[]): void {
    const known = this.#offsets.get(group) ?? new Map<string, GroupOffset>()
    this.#offsets.set(group, known)
    for (const offset of offsets) known.set(partitionKey(offset), offset)
  }

  async commit(): Promise<void> {
    for (const [group, offsets] of this.#offsets) await this.#commitOffsets(group, [...offsets.values()])
    await this.#end(true)
  }

  async undo(): Promise<void> {
    await this.#end(false)
  }

  async #commitOffsets(group: string, offsets: readonly GroupOffset[]): Promise<void> {
    const producer = await this.producer()
    const transactionalId = this.id
    await this.#call('Adding a group to', async link => {
      return (await link.call(addOffsetsToTxnApi, { transactionalId, producer, group })).error
    })
    await this.#cluster.atCoordinator(
      { kind: 'group', key: group },
      `Committing offsets of group ${group}`,
      this.#options.apiTimeoutMs,
      async link => firstError(await link.call(txnOffsetCommitApi, { transactionalId, producer, group, offsets })),
    )
  }

  async #end(commit: boolean): Promise<void> {
    const producer = await this.producer()
    await this.#call(commit ? 'Committing' : 'Undoing', async link => {
      return (await link.call(endTxnApi, { transactionalId: this.id, producer, commit })).error
    })
    this.#partitions.clear()
    this.#offsets.clear()
  }

  async #initialise(): Promise<Producer> {
    let producer: Producer = { id: -1, epoch: -1 }
    await this.#call('Beginning', async link => {
      const request = { transactionalId: this.id, timeoutMs: this.#options.timeoutMs }
      const answer = await link.call(initProducerIdApi, request)
      producer = answer.producer
      return answer.error
    })
    return producer
  }

  async #call(what: string, call: Parameters<Cluster['atCoordinator']>[3]): Promise<void> {
    await this.#cluster.atCoordinator(
      { kind: 'transaction', key: this.id },
      `${what} the transaction of ${this.id}`,
      this.#options.apiTimeoutMs,
      call,
      { backoffMs: concurrentBackoffMs },
    )
  }
}

import { errorMessage } from '../../core/error.js'
import { checkGroupName, checkGroupOffset, partitionKey, type GroupOffset } from '../../core/offset.js'
import { readBatchHeader } from '../../codec/index.js'
import type { Clock } from '../../ports/clock.js'
import { checkFrame, logClosed, writerFailed } from '../../ports/log-rules.js'
import type { AppendResult, AppendUnit, BatchAppend, LogWriter, WriterOptions } from '../../ports/log.js'
import type { Logger } from '../../ports/logger.js'
import type { ByteBudget } from './byte-budget.js'
import type { ProducerOptions } from './client-options.js'
import type { Cluster } from './cluster.js'
import { Lane } from './lane.js'
import { refused } from './broker-errors.js'
import { initProducerIdApi, type Producer } from './protocol/transactions.js'
import { retrying } from './retrying.js'
import type { Sender, SenderLane } from './sender.js'
import { Transaction } from './transaction.js'

export interface WriterParts {
  readonly cluster: Cluster
  readonly sender: Sender
  readonly budget: ByteBudget
  readonly clock: Clock
  readonly logger: Logger
  readonly producer: ProducerOptions
  readonly apiTimeoutMs: number
  commit(group: string, offsets: readonly GroupOffset[]): Promise<void>
  onClose(writer: KafkaWriter): void
}

interface Failure {
  readonly unit: number
  readonly error: unknown
}

/**
 * Appends in order: a unit is given to the sender when every unit before it was, and resolves when every unit before
 * it has. After a failure nothing later is sent or sent again, and all of it is reported as failed (I1).
 */
export class KafkaWriter implements LogWriter {
  readonly #id: string
  readonly #parts: WriterParts
  readonly #transaction: Transaction | undefined
  readonly #lanes = new Map<string, SenderLane>()
  #producer: Producer | undefined
  #units = 0
  #failure: Failure | undefined
  #closed = false
  /** Settles when the last unit was given to the sender, and when it is done; never rejects. */
  #dispatched: Promise<unknown> = Promise.resolve()
  #done: Promise<unknown> = Promise.resolve()
  /** Settles when the last transaction that an append has asked to end is over; never rejects. */
  #ended: Promise<unknown> = Promise.resolve()
  /** Of the batches that the sender has. */
  readonly #underWay = new Set<Promise<number>>()

  constructor({ id, transactionalId }: WriterOptions, parts: WriterParts) {
    this.#id = id
    this.#parts = parts
    const { producer, apiTimeoutMs } = parts
    if (transactionalId !== undefined)
      this.#transaction = new Transaction(transactionalId, parts.cluster, {
        timeoutMs: producer.transactionTimeoutMs,
        apiTimeoutMs,
      })
  }

  async append(unit: AppendUnit): Promise<AppendResult> {
    if (this.#closed) throw logClosed(`Writer ${this.#id}`)
    const number = this.#units++
    this.#checkFailure(number)
    const bytes = this.#check(number, unit)
    const dispatched = this.#dispatch(number, unit, bytes, this.#dispatched, this.#ended)
    const done = this.#complete(number, unit, dispatched, this.#done)
    this.#dispatched = settled(dispatched)
    this.#done = settled(done)
    if (this.#transaction !== undefined && unit.continues !== true) this.#ended = this.#done
    return done
  }

  async fence(): Promise<void> {
    if (this.#closed) throw logClosed(`Writer ${this.#id}`)
    await this.#transaction?.producer()
  }

  async close(): Promise<void> {
    const first = !this.#closed
    this.#closed = true
    await this.#done
    if (first && this.#transaction?.isOpen === true) await this.#undo()
    this.#parts.onClose(this)
  }

  /** Resolves when all that was appended so far is there or has failed. */
  async settled(): Promise<void> {
    await this.#done
  }

  /** Checks the batches, but for their CRCs, which brokers do, and returns how many bytes they have. What fails is a failed append. */
  #check(number: number, unit: AppendUnit): number {
    try {
      let bytes = 0
      for (const batch of unit.batches) {
        checkFrame(batch, batch.bytes)
        bytes += batch.bytes.byteLength
      }
      return bytes
    } catch (error) {
      this.#fail(number, error)
      throw error
    }
  }

  /** Gives the unit's batches to the sender; returns their acknowledgements. */
  async #dispatch(
    number: number,
    unit: AppendUnit,
    bytes: number,
    previous: Promise<unknown>,
    transactionBefore: Promise<unknown>,
  ): Promise<readonly Promise<number>[]> {
    await previous
    // Units of one transaction are under way together; transactions follow one another.
    await transactionBefore
    this.#checkFailure(number)
    try {
      await this.#prepare(unit)
      await this.#parts.budget.take(bytes)
    } catch (error) {
      this.#fail(number, error)
      throw error
    }
    const failure = this.#failureBefore(number)
    if (failure !== undefined) {
      this.#parts.budget.release(bytes)
      throw failure
    }
    if (this.#transaction === undefined) return unit.batches.map(batch => this.#enqueue(number, batch))
    return this.#enqueueIn(this.#transaction, number, unit)
  }

  /** Batches of partitions that are new in the transaction wait for its coordinator; the others need not. */
  async #enqueueIn(
    transaction: Transaction,
    number: number,
    { batches }: AppendUnit,
  ): Promise<readonly Promise<number>[]> {
    const acknowledged = new Map<BatchAppend, Promise<number>>()
    for (const batch of batches) if (transaction.has(batch)) acknowledged.set(batch, this.#enqueue(number, batch))
    const added = batches.filter(batch => !acknowledged.has(batch))
    try {
      await transaction.addPartitions(added)
      this.#checkFailure(number)
    } catch (error) {
      this.#fail(number, error)
      this.#parts.budget.release(added.reduce((sum, { bytes }) => sum + bytes.byteLength, 0))
      throw error
    }
    return batches.map(batch => acknowledged.get(batch) ?? this.#enqueue(number, batch))
  }

  async #complete(
    number: number,
    unit: AppendUnit,
    dispatched: Promise<readonly Promise<number>[]>,
    previous: Promise<unknown>,
  ): Promise<AppendResult> {
    try {
      const baseOffsets = await Promise.all(await dispatched)
      await previous
      this.#checkFailure(number)
      await this.#finish(unit)
      return { baseOffsets }
    } catch (error) {
      this.#fail(number, error)
      await previous
      // Should an earlier one have failed meanwhile, this is only what followed from it.
      this.#checkFailure(number)
      if (this.#transaction?.isOpen === true) {
        // What came to a broker after the transaction's end would begin another that its coordinator knows nothing of.
        await Promise.allSettled(this.#underWay)
        await this.#undo()
      }
      throw error
    }
  }

  async #prepare(unit: AppendUnit): Promise<void> {
    const { cluster, producer } = this.#parts
    for (const { group, offsets } of unit.groups ?? []) {
      checkGroupName(group)
      for (const offset of offsets) checkGroupOffset(offset)
    }
    for (const batch of unit.batches) {
      const leader = cluster.topics.leader(batch)
      if (leader === undefined || leader.node < 0) await cluster.leader(batch, producer.deliveryTimeoutMs)
    }
    if (this.#transaction !== undefined) {
      this.#producer = await this.#transaction.producer()
    } else if (producer.idempotent && unit.batches.length > 0) {
      this.#producer ??= await this.#newProducer()
    }
  }

  async #finish(unit: AppendUnit): Promise<void> {
    for (const { group, offsets } of unit.groups ?? []) {
      if (this.#transaction === undefined) await this.#parts.commit(group, offsets)
      else this.#transaction.addOffsets(group, offsets)
    }
    if (this.#transaction?.isOpen === true && unit.continues !== true) await this.#transaction.commit()
  }

  async #newProducer(): Promise<Producer> {
    const { cluster, apiTimeoutMs } = this.#parts
    return retrying(`Asking for a producer id`, apiTimeoutMs, cluster.retry, async () => {
      const link = await cluster.anyLink()
      const { error, producer } = await link.call(initProducerIdApi, { transactionalId: null, timeoutMs: 0 })
      if (error !== 0) throw refused(error, 'Asking for a producer id')
      return producer
    })
  }

  #enqueue(unit: number, batch: BatchAppend): Promise<number> {
    const { clock, budget, producer, sender } = this.#parts
    const from = this.#lane(batch)
    const acknowledged = new Promise<number>((resolve, reject) => {
      from.lane.add({
        unit,
        bytes: batch.bytes,
        span: readBatchHeader(batch.bytes).lastOffsetDelta + 1,
        deadline: clock.now() + producer.deliveryTimeoutMs,
        state: 'waiting',
        sequence: -1,
        lastFailure: undefined,
        resolve: baseOffset => {
          budget.release(batch.bytes.byteLength)
          resolve(baseOffset)
        },
        reject: error => {
          budget.release(batch.bytes.byteLength)
          reject(error)
          this.#fail(unit, error)
        },
      })
      sender.wake(from)
    })
    this.#underWay.add(acknowledged)
    const over = () => this.#underWay.delete(acknowledged)
    acknowledged.then(over, over)
    return acknowledged
  }

  #lane(batch: BatchAppend): SenderLane {
    const key = partitionKey(batch)
    const existing = this.#lanes.get(key)
    if (existing !== undefined) return existing
    const { topic, partition } = batch
    const limit = this.#producer === undefined ? 1 : this.#parts.producer.maxInFlight
    const lane: SenderLane = {
      lane: new Lane({ topic, partition }, limit),
      producer: this.#producer,
      transactionalId: this.#transaction?.id ?? null,
      failureBefore: unit => this.#failureBefore(unit),
    }
    this.#lanes.set(key, lane)
    return lane
  }

  /** Remembers the earliest failure, and takes back what waits behind it. */
  #fail(unit: number, error: unknown): void {
    if (this.#failure !== undefined && this.#failure.unit <= unit) return
    this.#failure = { unit, error }
    for (const { lane } of this.#lanes.values())
      for (const entry of lane.waiting()) {
        if (entry.unit <= unit) continue
        lane.dropped(entry)
        entry.reject(writerFailed(this.#id, error))
      }
  }

  #failureBefore(unit: number): Error | undefined {
    const failure = this.#failure
    return failure !== undefined && failure.unit < unit ? writerFailed(this.#id, failure.error) : undefined
  }

  #checkFailure(unit: number): void {
    const failure = this.#failureBefore(unit)
    if (failure !== undefined) throw failure
  }

  /** If it does not succeed, the next owner's fence does it, or the broker after `transaction.timeout.ms`. */
  async #undo(): Promise<void> {
    try {
      await this.#transaction?.undo()
    } catch (error) {
      this.#parts.logger.log('warn', 'A transaction could not be undone', {
        writer: this.#id,
        error: errorMessage(error),
      })
    }
  }
}

function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch(() => undefined)
}

import { MillraceError } from '../../core/error.js'
import { partitionKey } from '../../core/offset.js'
import { patchProducer, readBatchHeader, verifyCrc } from '../../codec/index.js'
import type { Clock, TimerHandle } from '../../ports/clock.js'
import { brokerError, isPassing, isStale } from './broker-error-table.js'
import { refused, timedOut } from './broker-errors.js'
import type { ProducerOptions } from './client-options.js'
import type { Cluster } from './cluster.js'
import type { Lane, LaneEntry } from './lane.js'
import { produceApi, type ProduceResponse } from './protocol/produce.js'
import type { Producer } from './protocol/transactions.js'
import { backoffMs } from './retrying.js'

/** A lane, and on whose behalf it sends. */
export interface SenderLane {
  readonly lane: Lane
  /** Undefined for a producer that brokers do not number. */
  readonly producer: Producer | undefined
  readonly transactionalId: string | null
  /** Set when an earlier append of the writer failed, so that this one must not go again. */
  failureBefore(unit: number): unknown
}

interface Sent {
  readonly from: SenderLane
  readonly entry: LaneEntry
}

interface Draft {
  readonly node: number
  readonly transactionalId: string | null
  readonly sent: Map<string, Sent>
  bytes: number
}

/**
 * Sends the batches of all writers of a client: those for one broker together in one request, several requests under
 * way per broker. What fails and passes by itself goes again, in the order that its lane keeps.
 */
export class Sender {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #options: ProducerOptions
  /** Lanes with batches, in the order in which they have their turn. */
  readonly #active = new Set<SenderLane>()
  /** Requests under way, by broker. */
  readonly #inFlight = new Map<number, number>()
  #timer: TimerHandle | undefined
  #pumping = false
  /** Tries since the last success, by partition. */
  readonly #tries = new Map<string, number>()

  constructor(cluster: Cluster, clock: Clock, options: ProducerOptions) {
    this.#cluster = cluster
    this.#clock = clock
    this.#options = options
  }

  /** To be called when a lane has got a batch. What is added in one turn goes together. */
  wake(lane: SenderLane): void {
    this.#active.add(lane)
    this.#pumpSoon()
  }

  #pumpSoon(): void {
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      this.#pump()
    })
  }

  #pump(): void {
    const now = this.#clock.now()
    for (const from of this.#active) {
      for (const entry of from.lane.overdue(now)) this.#giveUp(from, entry)
      if (from.lane.isEmpty) this.#active.delete(from)
    }
    for (;;) {
      const drafts = this.#draft(now)
      if (drafts.length === 0) break
      for (const draft of drafts) void this.#send(draft)
    }
    this.#setTimer(now)
  }

  /** At most one request for each broker and transaction, of lanes that have something to send now. */
  #draft(now: number): Draft[] {
    const drafts = new Map<string, Draft>()
    for (const from of this.#active) {
      const entry = from.lane.next(now)
      if (entry === undefined) continue
      const { partition } = from.lane
      const leader = this.#cluster.topics.leader(partition)
      if (leader === undefined || leader.node < 0) {
        this.#seek(from, now)
        continue
      }
      if ((this.#inFlight.get(leader.node) ?? 0) >= this.#options.maxInFlight) continue
      const key = `${leader.node} ${from.transactionalId ?? ''}`
      const draft = drafts.get(key) ?? {
        node: leader.node,
        transactionalId: from.transactionalId,
        sent: new Map<string, Sent>(),
        bytes: 0,
      }
      // A broker takes one batch of a partition in a request.
      if (draft.sent.has(partitionKey(partition))) continue
      if (draft.bytes > 0 && draft.bytes + entry.bytes.byteLength > this.#options.maxRequestBytes) continue
      if (draft.sent.size === 0) {
        drafts.set(key, draft)
        this.#inFlight.set(leader.node, (this.#inFlight.get(leader.node) ?? 0) + 1)
      }
      this.#stamp(from, entry)
      draft.sent.set(partitionKey(partition), { from, entry })
      draft.bytes += entry.bytes.byteLength
    }
    // Who had its turn is behind the others next time.
    for (const { sent } of drafts.values())
      for (const { from } of sent.values()) {
        this.#active.delete(from)
        this.#active.add(from)
      }
    return [...drafts.values()]
  }

  #stamp({ lane, producer, transactionalId }: SenderLane, entry: LaneEntry): void {
    const again = entry.sequence >= 0
    lane.sent(entry)
    if (again || producer === undefined) return
    patchProducer(entry.bytes, {
      producerId: producer.id,
      producerEpoch: producer.epoch,
      baseSequence: entry.sequence,
      transactional: transactionalId !== null,
    })
  }

  async #send({ node, transactionalId, sent }: Draft): Promise<void> {
    const { acks, requestTimeoutMs } = this.#options
    try {
      const link = await this.#cluster.link(node)
      const batches = [...sent.values()].map(({ from, entry }) => ({ ...from.lane.partition, bytes: entry.bytes }))
      const request = { transactionalId, acks, timeoutMs: requestTimeoutMs, batches }
      if (acks === 0) {
        await link.call(produceApi, request, { expectResponse: false })
        for (const { from, entry } of sent.values()) this.#acknowledged(from, entry, -1)
      } else {
        const response = await link.call(produceApi, request, { timeoutMs: requestTimeoutMs })
        if (response.throttleMs > 0) link.throttle(response.throttleMs)
        this.#answered(sent, response)
      }
    } catch (error) {
      // What became of the batches is not known. Sent again, they keep their sequence numbers, by which a broker that has them knows them.
      this.#refreshMetadata([...sent.values()].map(({ from }) => from))
      for (const { from, entry } of sent.values()) this.#again(from, entry, error)
    } finally {
      this.#inFlight.set(node, (this.#inFlight.get(node) ?? 1) - 1)
      this.#pumpSoon()
    }
  }

  #answered(sent: ReadonlyMap<string, Sent>, response: ProduceResponse): void {
    const answers = new Map(response.partitions.map(answer => [partitionKey(answer), answer]))
    const stale: SenderLane[] = []
    for (const [key, { from, entry }] of sent) {
      const answer = answers.get(key)
      const code = answer?.error ?? brokerError.NETWORK_EXCEPTION
      if (isStale(code)) stale.push(from)
      this.#handle(from, entry, code, answer?.baseOffset ?? -1, answer?.message ?? null)
    }
    if (stale.length > 0) this.#refreshMetadata(stale)
  }

  #handle(from: SenderLane, entry: LaneEntry, code: number, baseOffset: number, message: string | null): void {
    const what = `Appending to ${partitionKey(from.lane.partition)}`
    switch (code) {
      case brokerError.NONE:
        return this.#acknowledged(from, entry, baseOffset)
      case brokerError.DUPLICATE_SEQUENCE_NUMBER:
        // It is there, so long that the broker has forgotten where.
        return this.#acknowledged(from, entry, -1)
      case brokerError.OUT_OF_ORDER_SEQUENCE_NUMBER:
        // One before it was refused or lost on the way, and goes again first.
        if (!from.lane.isFirst(entry)) return this.#again(from, entry, refused(code, what, message))
        return this.#fail(from, entry, producerLost(what, code))
      case brokerError.UNKNOWN_PRODUCER_ID:
        return this.#fail(from, entry, producerLost(what, code))
      case brokerError.INVALID_PRODUCER_EPOCH:
        // A writer without a transactional id cannot be fenced: the broker has lost its number.
        if (from.transactionalId === null) return this.#fail(from, entry, producerLost(what, code))
        return this.#fail(from, entry, refused(code, what, message))
      case brokerError.CORRUPT_MESSAGE:
        // It was damaged on the way, unless it was before.
        if (isIntact(entry.bytes)) return this.#again(from, entry, refused(code, what, message))
        return this.#fail(from, entry, refused(code, what, message))
      default:
        if (isPassing(code)) return this.#again(from, entry, refused(code, what, message))
        return this.#fail(from, entry, refused(code, what, message))
    }
  }

  #acknowledged(from: SenderLane, entry: LaneEntry, baseOffset: number): void {
    this.#tries.delete(partitionKey(from.lane.partition))
    from.lane.acknowledged(entry, this.#clock.now())
    entry.resolve(baseOffset)
  }

  #again(from: SenderLane, entry: LaneEntry, error: unknown): void {
    const failure = from.failureBefore(entry.unit)
    if (failure === undefined) from.lane.failed(entry, error, this.#backOff(from))
    else this.#fail(from, entry, failure)
  }

  #fail(from: SenderLane, entry: LaneEntry, error: unknown): void {
    from.lane.dropped(entry)
    entry.reject(error)
  }

  #giveUp(from: SenderLane, entry: LaneEntry): void {
    const what = `Appending to ${partitionKey(from.lane.partition)}`
    this.#fail(from, entry, timedOut(what, this.#options.deliveryTimeoutMs, entry.lastFailure))
  }

  /** Nobody is known to lead the partition: asks, and fails the batches if it is said not to exist. */
  #seek(from: SenderLane, now: number): void {
    try {
      this.#cluster.checkTopic(from.lane.partition)
    } catch (error) {
      for (const entry of from.lane.waiting()) this.#fail(from, entry, error)
      return
    }
    from.lane.hold(refused(brokerError.LEADER_NOT_AVAILABLE, 'The partition'), Math.max(this.#backOff(from), now))
    this.#refreshMetadata([from])
  }

  #backOff(from: SenderLane): number {
    const key = partitionKey(from.lane.partition)
    const tries = (this.#tries.get(key) ?? 0) + 1
    this.#tries.set(key, tries)
    return this.#clock.now() + backoffMs(tries, this.#cluster.retry)
  }

  #refreshMetadata(lanes: readonly SenderLane[]): void {
    const topics = new Set(lanes.map(({ lane }) => lane.partition.topic))
    this.#cluster.refresh([...topics]).then(
      () => this.#pumpSoon(),
      () => undefined, // The lanes ask again after their back-off.
    )
  }

  #setTimer(now: number): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    let at = Number.POSITIVE_INFINITY
    for (const { lane } of this.#active) at = Math.min(at, lane.wakeAt() ?? at)
    this.#timer =
      at === Number.POSITIVE_INFINITY
        ? undefined
        : this.#clock.setTimer(() => this.#pump(), Math.min(Math.max(1, at - now), 2 ** 31 - 1))
  }
}

/**
 * The broker's count of what this writer sent is not the writer's: it lost its state or acknowledged records. Under a
 * new number it would take a batch again that it may have, so this is left to who opens the writer anew.
 */
function producerLost(what: string, code: number): MillraceError {
  const cause = refused(code, what)
  return new MillraceError('log.producer_lost', `${what} failed: the broker has lost count of this writer's records.`, {
    hint: 'Nothing, if it happens once. Else see whether unclean.leader.election.enable is on.',
    disposition: 'retry',
    cause,
  })
}

function isIntact(batch: Uint8Array): boolean {
  try {
    verifyCrc(batch, readBatchHeader(batch))
    return true
  } catch {
    return false
  }
}

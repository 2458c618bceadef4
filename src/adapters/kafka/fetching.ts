import { dispositionOf, errorMessage, MillraceError } from '../../core/error.js'
import { partitionKey } from '../../core/offset.js'
import { sleep, type Clock } from '../../ports/clock.js'
import { logClosed, offsetOutOfRange, topicUnknown } from '../../ports/log-rules.js'
import type { Logger } from '../../ports/logger.js'
import type { AssignedPartition } from './assigned-partition.js'
import { brokerError, isPassing } from './broker-error-table.js'
import { refused } from './broker-errors.js'
import { BrokerFetcher } from './broker-fetcher.js'
import type { ConsumerOptions } from './client-options.js'
import type { Cluster } from './cluster.js'
import { FetchedBatches } from './fetched-batches.js'
import { askOffsets } from './offset-lookup.js'
import type { FetchedPartition } from './protocol/fetch.js'
import { endOf } from './protocol/list-offsets.js'
import { backoffMs } from './retrying.js'

export interface FetchingParts {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly logger: Logger
  readonly consumer: ConsumerOptions
  readonly requestMs: number
}

export interface FetchingRules {
  readonly readCommitted: boolean
  /** Whether the batches that end transactions are handed out too. */
  readonly markers: boolean
  readonly outOfRange: 'earliest' | 'latest' | 'fail'
}

/** The fetches of one reader: what they bring and what they fail with is left at its partitions. */
export class Fetching {
  readonly #rules: FetchingRules
  readonly #parts: FetchingParts
  readonly #onChange: () => void
  readonly #fetchers = new Map<number, BrokerFetcher>()
  readonly #busy = new Set<number>()
  readonly #ended = new AbortController()
  /** Fetches that failed in a row. */
  #failures = 0
  #seeking = false

  /** `onChange` is called when a partition may have got something. */
  constructor(rules: FetchingRules, parts: FetchingParts, onChange: () => void) {
    this.#rules = rules
    this.#parts = parts
    this.#onChange = onChange
  }

  /** Fetches what is hungry among `assigned`, in that order, from each broker that is not busy. */
  more(assigned: readonly AssignedPartition[], maxBytes: number): void {
    const { cluster, consumer } = this.#parts
    const byNode = new Map<number, AssignedPartition[]>()
    const homeless: AssignedPartition[] = []
    for (const one of assigned) {
      if (!one.isHungry) continue
      const leader = cluster.topics.leader(one)
      if (leader === undefined || leader.node < 0) homeless.push(one)
      else byNode.set(leader.node, [...(byNode.get(leader.node) ?? []), one])
    }
    if (homeless.length > 0) void this.#seekLeaders(homeless)
    const bytes = Math.min(consumer.fetchMaxBytes, Math.max(maxBytes, consumer.partitionMaxBytes))
    for (const [node, partitions] of byNode) if (!this.#busy.has(node)) void this.#fetch(node, partitions, bytes)
  }

  async #fetch(node: number, partitions: readonly AssignedPartition[], maxBytes: number): Promise<void> {
    const { cluster, consumer, requestMs } = this.#parts
    this.#busy.add(node)
    try {
      let fetcher = this.#fetchers.get(node)
      if (fetcher === undefined) {
        fetcher = new BrokerFetcher(node, cluster, consumer, { readCommitted: this.#rules.readCommitted, requestMs })
        this.#fetchers.set(node, fetcher)
      }
      const asked = partitions.map(assigned => ({ assigned, version: assigned.version, position: assigned.position }))
      const wanted = partitions.map(({ topicId, topic, partition, position, epoch }) => ({
        topicId,
        partition,
        leaderEpoch: cluster.topics.leader({ topic, partition })?.epoch ?? -1,
        offset: position,
        lastEpoch: epoch,
        maxBytes: consumer.partitionMaxBytes,
      }))
      const answers = await fetcher.fetch(wanted, maxBytes)
      let failure: unknown
      for (const answer of answers) {
        const found = asked.find(
          ({ assigned }) => assigned.partition === answer.partition && assigned.topicId.equals(answer.topicId),
        )
        if (found === undefined || found.assigned.version !== found.version) continue
        failure = this.#receive(found.assigned, found.position, answer) ?? failure
      }
      if (failure === undefined) this.#failures = 0
      else await this.#setBack(failure, partitions)
    } catch (error) {
      await this.#setBack(error, partitions)
    } finally {
      this.#busy.delete(node)
      this.#onChange()
    }
  }

  /** Takes what came of one partition. Returns an error that passes by itself. */
  #receive(assigned: AssignedPartition, position: number, answer: FetchedPartition): unknown {
    const what = `Fetching ${partitionKey(assigned)}`
    if (answer.error === brokerError.OFFSET_OUT_OF_RANGE) {
      void this.#settle(assigned)
      return undefined
    }
    if (answer.error !== brokerError.NONE) {
      const error = refused(answer.error, what)
      if (isPassing(answer.error)) return error
      assigned.failure = error
      return undefined
    }
    if (answer.diverged !== undefined) {
      this.#diverged(assigned, answer.diverged.endOffset)
      return undefined
    }
    assigned.end = this.#rules.readCommitted ? answer.lastStableOffset : answer.highWatermark
    if (answer.bytes.byteLength === 0) return undefined
    const aborted = this.#rules.readCommitted ? answer.aborted : []
    const { checkCrcs } = this.#parts.consumer
    const fetched = {
      bytes: answer.bytes,
      position,
      end: assigned.end,
      aborted,
      checkCrcs,
      markers: this.#rules.markers,
    }
    const buffered = new FetchedBatches(assigned, fetched)
    if (!buffered.isEmpty) assigned.buffered = buffered
    return undefined
  }

  /** Records up to the position were lost (an unclean leader election), and others may stand in their place. */
  #diverged(assigned: AssignedPartition, end: number): void {
    const key = partitionKey(assigned)
    if (this.#rules.outOfRange === 'fail') {
      assigned.failure = diverged(assigned, `from offset ${end} on`)
      return
    }
    this.#parts.logger.log('warn', 'Records that were read are lost; reading goes on where the log parts from them', {
      partition: key,
      position: assigned.position,
      to: end,
    })
    assigned.moveTo(Math.min(end, assigned.position))
  }

  /** The position is not in the log: moves it as the policy says. */
  async #settle(assigned: AssignedPartition): Promise<void> {
    const { cluster, consumer, logger } = this.#parts
    const { version } = assigned
    assigned.settling = true
    try {
      const [starts, ends] = await Promise.all(
        [endOf.start, endOf.log].map(timestamp =>
          askOffsets(cluster, [assigned], {
            timestamp,
            readCommitted: this.#rules.readCommitted,
            timeoutMs: consumer.apiTimeoutMs,
          }),
        ),
      )
      if (assigned.version !== version) return
      const [start, end] = [starts![0]!, ends![0]!]
      if (this.#rules.outOfRange === 'fail') assigned.failure = outside(assigned, start, end)
      else {
        const to = this.#rules.outOfRange === 'earliest' ? start : end
        logger.log('warn', 'A position is not in the log; reading goes on elsewhere', {
          partition: partitionKey(assigned),
          position: assigned.position,
          to,
        })
        assigned.moveTo(to)
      }
    } catch (error) {
      if (assigned.version === version && dispositionOf(error) !== 'retry') assigned.failure = error
    } finally {
      if (assigned.version === version) assigned.settling = false
      this.#onChange()
    }
  }

  async #seekLeaders(partitions: readonly AssignedPartition[]): Promise<void> {
    if (this.#seeking) return
    this.#seeking = true
    try {
      await this.#setBack(refused(brokerError.LEADER_NOT_AVAILABLE, 'Fetching'), partitions)
    } finally {
      this.#seeking = false
      this.#onChange()
    }
  }

  /** A fetch failed: asks who leads the partitions now, and waits before it is tried again. */
  async #setBack(error: unknown, partitions: readonly AssignedPartition[]): Promise<void> {
    const { cluster, clock, logger } = this.#parts
    if (this.#ended.signal.aborted) return
    if (this.#failures++ === 3)
      logger.log('warn', 'Reading waits and is tried again', { error: errorMessage(error), tries: this.#failures })
    try {
      if (dispositionOf(error) !== 'retry') throw error
      await cluster.refresh([...new Set(partitions.map(({ topic }) => topic))])
      for (const assigned of partitions) this.#checkTopic(assigned)
    } catch (cause) {
      if (dispositionOf(cause) !== 'retry') for (const assigned of partitions) assigned.failure ??= cause
    }
    await sleep(clock, backoffMs(this.#failures, cluster.retry), this.#ended.signal)
  }

  #checkTopic(assigned: AssignedPartition): void {
    const { cluster } = this.#parts
    try {
      cluster.checkTopic(assigned)
      const topic = cluster.topics.topic(assigned.topic)
      if (topic !== undefined && !topic.id.equals(assigned.topicId)) throw topicUnknown(assigned)
    } catch (error) {
      if (dispositionOf(error) !== 'retry') assigned.failure = error
    }
  }

  close(): void {
    this.#ended.abort()
    for (const fetcher of this.#fetchers.values()) fetcher.close(logClosed('The reader'))
  }
}

function diverged(assigned: AssignedPartition, where: string): MillraceError {
  return new MillraceError(
    'log.diverged',
    `${partitionKey(assigned)} was read up to offset ${assigned.position}, and has lost records of that ${where}.`,
    { hint: 'Start over from a position before that, and set unclean.leader.election.enable=false.' },
  )
}

/**
 * Why a broker says that a position is not in the log. Where it is, the broker does not know the leader epoch that was
 * read last: those records are lost, and nobody can say from where on.
 */
function outside(assigned: AssignedPartition, start: number, end: number): MillraceError {
  const { position, epoch } = assigned
  if (epoch >= 0 && position >= start && position <= end) return diverged(assigned, `of leader epoch ${epoch}`)
  return offsetOutOfRange(assigned, position, start, end)
}

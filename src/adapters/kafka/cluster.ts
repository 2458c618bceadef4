import { dispositionOf, errorMessage, MillraceError } from '../../core/error.js'
import type { TopicPartition } from '../../core/offset.js'
import type { Clock } from '../../ports/clock.js'
import { sleep } from '../../ports/clock.js'
import { logClosed, topicUnknown } from '../../ports/log-rules.js'
import type { Logger } from '../../ports/logger.js'
import { formatBrokerAddress, parseBrokerAddress, type BrokerAddress } from './broker-address.js'
import { isMovedCoordinator } from './broker-error-table.js'
import { refused, timedOut } from './broker-errors.js'
import { BrokerLink } from './broker-link.js'
import type { ConnectionSettings } from './connection.js'
import { findCoordinatorApi, type CoordinatorRequest } from './protocol/groups.js'
import { metadataApi, type MetadataResponse } from './protocol/metadata.js'
import { backoffMs, retrying, type RetryRules } from './retrying.js'
import { TopicMetadata, type Leader } from './topic-metadata.js'

/** How long a topic may be unknown before that is believed: another client may have made it a moment ago. */
export const missingGraceMs = 1_000

export interface CoordinatorOptions {
  /** Error codes that are an answer, not a failure. */
  readonly accepted?: readonly number[]
  readonly backoffMs?: number
}

/** The brokers behind one set of connection settings: links to them, who leads what, and who coordinates whom. */
export class Cluster {
  readonly topics = new TopicMetadata()
  readonly retry: RetryRules
  readonly #settings: ConnectionSettings
  readonly #parts: { readonly clock: Clock; readonly logger: Logger }
  readonly #seeds: readonly BrokerAddress[]
  readonly #links = new Map<string, Promise<BrokerLink>>()
  readonly #coordinators = new Map<string, number>()
  readonly #ended = new AbortController()
  /** For what any broker can answer from memory: who does not is left soon for another one. */
  readonly #quick: { readonly timeoutMs: number }
  #nodes = new Map<number, BrokerAddress>()
  #controller = -1
  #clusterId: string | null = null
  #wanted = new Set<string>()
  #refresh: Promise<void> | undefined
  #nextRefresh: Promise<void> | undefined

  constructor(settings: ConnectionSettings, parts: { readonly clock: Clock; readonly logger: Logger }) {
    this.#settings = settings
    this.#parts = parts
    this.#seeds = settings.brokers.map(parseBrokerAddress)
    const { connectMs, requestMs, retryBackoffMs, retryBackoffMaxMs } = settings.timeouts
    this.#quick = { timeoutMs: Math.min(connectMs, requestMs) }
    this.retry = {
      clock: parts.clock,
      backoffMs: retryBackoffMs,
      backoffMaxMs: Math.max(retryBackoffMs, retryBackoffMaxMs),
      signal: this.#ended.signal,
    }
  }

  get nodes(): readonly number[] {
    return [...this.#nodes.keys()]
  }

  get clusterId(): string | null {
    return this.#clusterId
  }

  get closed(): boolean {
    return this.#ended.signal.aborted
  }

  /** The shared link to a broker that the metadata names. Requests on it are answered in order. */
  async link(node: number): Promise<BrokerLink> {
    return this.#linkTo(this.#address(node))
  }

  /** A link of the caller's own, to be closed by it: for requests that the broker sits on. */
  async ownLink(node: number): Promise<BrokerLink> {
    this.#checkOpen()
    return BrokerLink.open(this.#address(node), this.#settings, this.#parts)
  }

  /** A link to any broker: one that is connected, else whichever can be reached. Fails when none can, naming all. */
  async anyLink(): Promise<BrokerLink> {
    const failures: unknown[] = []
    const known = shuffled([...this.#nodes.values()])
    for (const address of known) {
      const link = await this.#links.get(formatBrokerAddress(address))?.catch(() => undefined)
      if (link?.isOpen) return link
    }
    for (const address of [...known, ...shuffled(this.#seeds)]) {
      try {
        return await this.#linkTo(address)
      } catch (error) {
        if (dispositionOf(error) !== 'retry') throw error
        failures.push(error)
      }
    }
    throw noBroker([...new Set(failures.map(errorMessage))], failures.at(-1))
  }

  /** The broker to ask for changes of topics. */
  async controllerLink(): Promise<BrokerLink> {
    if (!this.#nodes.has(this.#controller)) await this.refresh([])
    return this.#nodes.has(this.#controller) ? this.link(this.#controller) : this.anyLink()
  }

  /** Asks for metadata of these topics, in one request with all that others ask for until the one under way is over. */
  refresh(topics: readonly string[]): Promise<void> {
    for (const topic of topics) this.#wanted.add(topic)
    return (this.#nextRefresh ??= this.#refreshNext())
  }

  /** All topics, as one broker knows them. */
  async listTopics(): Promise<MetadataResponse['topics']> {
    const response = await (await this.anyLink()).call(metadataApi, { topics: null }, this.#quick)
    this.#apply(response)
    return response.topics
  }

  /**
   * The leader of a partition, asked for where it is not known. Fails with `log.topic_unknown`, `log.unauthorized`, and
   * with `log.timed_out` when there is no leader for `timeoutMs`.
   */
  async leader(partition: TopicPartition, timeoutMs: number): Promise<Leader> {
    const { clock } = this.#parts
    const deadline = clock.now() + timeoutMs
    for (let tries = 1; ; tries++) {
      const leader = this.topics.leader(partition)
      if (leader !== undefined && leader.node >= 0) return leader
      let failure: unknown
      try {
        await this.refresh([partition.topic])
        this.checkTopic(partition)
      } catch (error) {
        if (dispositionOf(error) !== 'retry') throw error
        failure = error
      }
      const found = this.topics.leader(partition)
      if (found !== undefined && found.node >= 0) return found
      const wait = backoffMs(tries, this.retry)
      if (clock.now() + wait >= deadline)
        throw timedOut(`Finding the leader of ${partition.topic}-${partition.partition}`, timeoutMs, failure)
      await sleep(clock, wait, this.retry.signal)
      this.#checkOpen()
    }
  }

  /** Throws what the brokers said of a partition for good: `log.topic_unknown`, `log.unauthorized`. */
  checkTopic(partition: TopicPartition): void {
    const { topic } = partition
    const refusal = this.topics.refusal(topic)
    if (refusal !== undefined) throw refused(refusal, `Reading about topic ${topic}`)
    const missing = this.topics.missingFor(topic, this.#parts.clock.now())
    if (missing !== undefined && missing >= missingGraceMs) throw topicUnknown(partition)
    const info = this.topics.topic(topic)
    if (info !== undefined && partition.partition >= info.leaders.length) throw topicUnknown(partition)
  }

  /**
   * Calls the coordinator of a group or a transactional id, again and elsewhere while that passes by itself. `call`
   * returns the first error code of its answer, which is thrown where it is none of `accepted`.
   */
  async atCoordinator(
    of: CoordinatorRequest,
    what: string,
    timeoutMs: number,
    call: (link: BrokerLink) => Promise<number>,
    { accepted = [], backoffMs = this.retry.backoffMs }: CoordinatorOptions = {},
  ): Promise<number> {
    return retrying(what, timeoutMs, { ...this.retry, backoffMs }, async () => {
      const key = `${of.kind}:${of.key}`
      try {
        const code = await call(await this.#coordinator(key, of, what))
        if (isMovedCoordinator(code)) this.#coordinators.delete(key)
        if (code !== 0 && !accepted.includes(code)) throw refused(code, what)
        return code
      } catch (error) {
        // Who was coordinator may be gone with its connection.
        if (isConnectionError(error)) this.#coordinators.delete(key)
        throw error
      }
    })
  }

  async close(): Promise<void> {
    this.#ended.abort()
    const links = [...this.#links.values()]
    this.#links.clear()
    for (const link of links) (await link.catch(() => undefined))?.close(logClosed('The log client'))
  }

  async #coordinator(key: string, of: CoordinatorRequest, what: string): Promise<BrokerLink> {
    let node = this.#coordinators.get(key)
    if (node === undefined || !this.#nodes.has(node)) {
      const found = await (await this.anyLink()).call(findCoordinatorApi, of, this.#quick)
      if (found.error !== 0) throw refused(found.error, what, found.message)
      node = found.node
      if (!this.#nodes.has(node)) await this.refresh([])
      this.#coordinators.set(key, node)
    }
    return this.link(node)
  }

  async #refreshNext(): Promise<void> {
    await this.#refresh?.catch(() => undefined)
    this.#refresh = this.#nextRefresh
    this.#nextRefresh = undefined
    const topics = [...this.#wanted]
    this.#wanted.clear()
    const link = await this.anyLink()
    this.#apply(await link.call(metadataApi, { topics }, this.#quick))
  }

  #apply({ brokers, clusterId, controller, topics }: MetadataResponse): void {
    // A broker that is just starting may not know of anybody yet.
    if (brokers.length > 0) this.#nodes = new Map(brokers.map(({ node, host, port }) => [node, { host, port }]))
    this.#controller = controller
    this.#clusterId = clusterId
    this.topics.apply(topics, this.#parts.clock.now())
  }

  #address(node: number): BrokerAddress {
    const address = this.#nodes.get(node)
    if (address !== undefined) return address
    throw new MillraceError('log.unreachable', `Broker ${node} is not in the cluster now.`, {
      hint: 'Wait: it is tried again.',
      disposition: 'retry',
    })
  }

  async #linkTo(address: BrokerAddress): Promise<BrokerLink> {
    this.#checkOpen()
    const key = formatBrokerAddress(address)
    const existing = this.#links.get(key)
    if (existing !== undefined) {
      const link = await existing
      if (link.isOpen) return link
      if (this.#links.get(key) !== existing) return this.#linkTo(address)
    }
    const opening = BrokerLink.open(address, this.#settings, this.#parts)
    this.#links.set(key, opening)
    try {
      const link = await opening
      if (this.closed) link.close(logClosed('The log client'))
      this.#checkOpen()
      return link
    } catch (error) {
      if (this.#links.get(key) === opening) this.#links.delete(key)
      throw error
    }
  }

  #checkOpen(): void {
    if (this.closed) throw logClosed('The log client')
  }
}

function isConnectionError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return code === 'log.unreachable' || code === 'log.timed_out'
}

function noBroker(failures: readonly string[], cause: unknown): MillraceError {
  return new MillraceError('log.unreachable', `No Kafka broker can be reached. ${failures.join(' ')}`, {
    hint: 'Start the brokers, or correct bootstrap.servers and security.protocol.',
    disposition: 'retry',
    cause,
  })
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map(item => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

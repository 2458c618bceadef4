import { brokerError } from './broker-error-table.js'
import { refused } from './broker-errors.js'
import type { BrokerLink } from './broker-link.js'
import type { ConsumerOptions } from './client-options.js'
import type { Cluster } from './cluster.js'
import { FetchSession, type SessionPartition } from './fetch-session.js'
import { fetchApi, type FetchedPartition } from './protocol/fetch.js'

const sessionErrors = new Set<number>([
  brokerError.FETCH_SESSION_ID_NOT_FOUND,
  brokerError.INVALID_FETCH_SESSION_EPOCH,
  brokerError.FETCH_SESSION_TOPIC_ID_ERROR,
])

/**
 * Fetches from one broker for one reader, one request at a time, over a connection of its own: the broker holds a fetch
 * until there is something, and answers nothing else on that connection meanwhile.
 */
export class BrokerFetcher {
  readonly node: number
  readonly #cluster: Cluster
  readonly #options: ConsumerOptions
  readonly #readCommitted: boolean
  readonly #requestMs: number
  readonly #session = new FetchSession()
  #link: BrokerLink | undefined
  #closed: Error | undefined

  constructor(
    node: number,
    cluster: Cluster,
    options: ConsumerOptions,
    { readCommitted, requestMs }: { readonly readCommitted: boolean; readonly requestMs: number },
  ) {
    this.node = node
    this.#cluster = cluster
    this.#options = options
    this.#readCommitted = readCommitted
    this.#requestMs = requestMs
  }

  /** What there is of `wanted`, after `fetch.max.wait.ms` at the latest. Fails as a call does. */
  async fetch(wanted: readonly SessionPartition[], maxBytes: number): Promise<readonly FetchedPartition[]> {
    const { fetchMaxWaitMs: maxWaitMs, fetchMinBytes: minBytes } = this.#options
    const link = await this.#open()
    const fields = this.#session.next(wanted)
    const readCommitted = this.#readCommitted
    try {
      const answer = await link.call(
        fetchApi,
        { maxWaitMs, minBytes, maxBytes, readCommitted, ...fields },
        { timeoutMs: maxWaitMs + this.#requestMs },
      )
      if (answer.throttleMs > 0) link.throttle(answer.throttleMs)
      if (sessionErrors.has(answer.error)) {
        this.#session.reset()
        return []
      }
      if (answer.error !== 0) throw refused(answer.error, 'Fetching')
      this.#session.answered(answer.sessionId)
      return answer.partitions
    } catch (error) {
      this.#session.reset()
      throw error
    }
  }

  close(reason: Error): void {
    this.#closed = reason
    this.#link?.close(reason)
  }

  async #open(): Promise<BrokerLink> {
    if (this.#link?.isOpen === true) return this.#link
    this.#session.reset()
    const link = await this.#cluster.ownLink(this.node)
    this.#link = link
    if (this.#closed !== undefined) {
      link.close(this.#closed)
      throw this.#closed
    }
    return link
  }
}

import { connectKafka, type KafkaLogClient } from '../../src/adapters/kafka/index.js'
import { readWorkerClients } from '../../src/adapters/kafka/worker-clients.js'
import { nodeClock } from '../../src/adapters/node/clock.js'
import { RecordCursor, batches } from '../../src/codec/index.js'
import { silent } from '../silent.js'
import { until } from './nodes.js'

/** When records arrive in topics of one partition each, as somebody who reads them sees it. */
export class Arrivals {
  readonly #log: KafkaLogClient
  readonly #last = new Map<string, number>()
  readonly #gap = new Map<string, number>()
  readonly #stop = new AbortController()
  #records = 0
  #reading: Promise<void> = Promise.resolve()

  constructor(bootstrap: string) {
    const { clients } = readWorkerClients({ 'bootstrap.servers': bootstrap })
    this.#log = connectKafka(clients.own, { clock: nodeClock, logger: silent })
  }

  /** Since the start, all topics together. */
  get records(): number {
    return this.#records
  }

  /** Follows the topics from their ends on, once they are all there. */
  async follow(topics: readonly string[]): Promise<void> {
    await until('the topics', async () => {
      const known = new Set(await this.#log.topics.list())
      return topics.every(topic => known.has(topic))
    })
    const reader = this.#log.openReader()
    await reader.assign(topics.map(topic => ({ topic, partition: 0, offset: 'latest' })))
    this.#reading = (async () => {
      const { signal } = this.#stop
      const cursor = new RecordCursor()
      while (!signal.aborted) {
        for (const { topic, bytes } of await reader.read({ maxBytes: 1 << 22, maxWaitMs: 100, signal })) {
          const now = performance.now()
          const last = this.#last.get(topic)
          if (last !== undefined) this.#gap.set(topic, Math.max(this.#gap.get(topic) ?? 0, now - last))
          this.#last.set(topic, now)
          for (const batch of batches(bytes)) {
            cursor.open(bytes, batch)
            while (cursor.next()) this.#records++
          }
        }
      }
      await reader.close()
    })()
  }

  /** Gaps count from now on. */
  reset(): void {
    this.#gap.clear()
  }

  /** The longest time without a record in any of the topics, ms; one that goes on still counts. */
  longestGap(topics: readonly string[]): number {
    const now = performance.now()
    return Math.max(...topics.map(topic => Math.max(this.#gap.get(topic) ?? 0, now - (this.#last.get(topic) ?? now))))
  }

  /** Resolves when each of the topics has had a record after `moment`, with the time from there to the last of the first ones, ms. */
  async allAfter(topics: readonly string[], moment: number): Promise<number> {
    const first = new Map<string, number>()
    await until('records in all topics', async () => {
      for (const topic of topics) {
        const last = this.#last.get(topic) ?? 0
        if (last > moment && !first.has(topic)) first.set(topic, last)
      }
      return first.size === topics.length
    })
    return Math.max(...first.values()) - moment
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#reading
    await this.#log.close()
  }
}

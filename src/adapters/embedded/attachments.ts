import { partitionKey, type TopicPartition } from '../../core/offset.js'
import type { Connection } from './connection.js'
import { Counters } from './counters.js'

/** A partition as a client knows it: its number in the log thread, and its shared counters. */
export interface Attached extends TopicPartition {
  readonly number: number
  readonly counters: Counters
}

/** The partitions that this client has asked for, each once. */
export class Attachments {
  readonly #connection: Connection
  readonly #known = new Map<string, Attached>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Fails with `log.topic_unknown`. */
  async of({ topic, partition }: TopicPartition): Promise<Attached> {
    const key = partitionKey({ topic, partition })
    const known = this.#known.get(key)
    if (known !== undefined && known.counters.end >= 0) return known
    this.#known.delete(key)
    const answer = await this.#connection.call('attach', { of: { topic, partition } })
    const attached = { topic, partition, number: answer.partition, counters: new Counters(answer.counters) }
    this.#known.set(key, attached)
    return attached
  }
}

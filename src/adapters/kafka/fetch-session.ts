import type { FetchPartition, FetchRequest } from './protocol/fetch.js'

export interface SessionPartition extends FetchPartition {
  readonly topicId: Buffer
}

type SessionFields = Pick<FetchRequest, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgotten'>

interface Held {
  readonly topicId: Buffer
  readonly partition: number
  readonly fields: string
}

/**
 * An incremental fetch session with one broker (KIP-227): the broker remembers the partitions and where they are read,
 * and a request names only what changed. It answers to one request at a time.
 */
export class FetchSession {
  #id = 0
  /** 0 asks for a new session. */
  #epoch = 0
  readonly #held = new Map<string, Held>()
  #asked = new Map<string, SessionPartition>()

  /** The fields of the next request, which is to fetch `wanted`. */
  next(wanted: readonly SessionPartition[]): SessionFields {
    this.#asked = new Map(wanted.map(partition => [keyOf(partition), partition]))
    const forgotten = [...this.#held].filter(([key]) => !this.#asked.has(key)).map(([, held]) => held)
    const changed = [...this.#asked].filter(([key, partition]) => this.#held.get(key)?.fields !== fieldsOf(partition))
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: grouped(changed.map(([, partition]) => partition)).map(({ id, items }) => ({ id, partitions: items })),
      forgotten: grouped(forgotten).map(({ id, items }) => ({
        id,
        partitions: items.map(({ partition }) => partition),
      })),
    }
  }

  /** The request was answered: the broker holds what was asked for under `id`, or holds no session where that is 0. */
  answered(id: number): void {
    if (id === 0) return this.reset()
    this.#id = id
    this.#epoch = this.#epoch === 2 ** 31 - 1 ? 1 : this.#epoch + 1
    this.#held.clear()
    for (const [key, partition] of this.#asked)
      this.#held.set(key, { topicId: partition.topicId, partition: partition.partition, fields: fieldsOf(partition) })
  }

  /** The broker knows nothing of it, or may not: the next request begins a new one. */
  reset(): void {
    this.#id = 0
    this.#epoch = 0
    this.#held.clear()
  }
}

function keyOf({ topicId, partition }: { readonly topicId: Buffer; readonly partition: number }): string {
  return `${topicId.toString('hex')}-${partition}`
}

function fieldsOf({ leaderEpoch, offset, lastEpoch, maxBytes }: SessionPartition): string {
  return `${leaderEpoch} ${offset} ${lastEpoch} ${maxBytes}`
}

/** Groups by topic, keeping the order: a broker serves partitions in that order. */
function grouped<T extends { readonly topicId: Buffer }>(items: readonly T[]): { id: Buffer; items: T[] }[] {
  const groups: { id: Buffer; items: T[] }[] = []
  const byId = new Map<string, { id: Buffer; items: T[] }>()
  for (const item of items) {
    const key = item.topicId.toString('hex')
    let group = byId.get(key)
    if (group === undefined) {
      group = { id: item.topicId, items: [] }
      byId.set(key, group)
      groups.push(group)
    }
    group.items.push(item)
  }
  return groups
}

import type { BatchHeader } from '../codec/index.js'
import type { FollowedRecord } from './topic-follower.js'

/**
 * The records of transactions that have neither been committed nor undone. A reader of `read_committed` stands before the
 * first of them, whoever's it is; a store must not: where its task's own predecessor is fenced all that it committed is
 * decided, and a transaction that somebody else holds open has no say in that. What is decided late counts by its mark.
 */
export class UndecidedRecords {
  /** By partition and producer id. */
  readonly #open = new Map<string, FollowedRecord[]>()

  add({ producerId }: BatchHeader, record: FollowedRecord): void {
    const key = `${record.partition}/${producerId}`
    const records = this.#open.get(key)
    if (records === undefined) this.#open.set(key, [record])
    else records.push(record)
  }

  /** What a producer's transaction had in the partition, once it has ended there. */
  take(partition: number, { producerId }: BatchHeader): readonly FollowedRecord[] {
    const key = `${partition}/${producerId}`
    const records = this.#open.get(key) ?? []
    this.#open.delete(key)
    return records
  }
}

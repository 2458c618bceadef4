import type { BatchHeader } from '../codec/index.js'
import type { FollowedRecord } from './topic-follower.js'

/**
 * The records of transactions that have neither been committed nor undone. A reader of `read_committed` stands before the
 * first of them, whoever's it is; a store must not: where its task's own predecessor is fenced all that it committed is
 * decided, and a transaction that somebody else holds open has no say in that. What is decided late counts by its mark.
 *
 * I6: of each transaction only the newest record of a key is kept, as compaction would: so one that is never decided holds
 * no more than the store itself does, however much its producer writes.
 */
export class UndecidedRecords {
  /** By partition and producer id, and then by key, in the order of the log. */
  readonly #open = new Map<string, Map<string | null, FollowedRecord>>()

  add({ producerId }: BatchHeader, record: FollowedRecord): void {
    const of = `${record.partition}/${producerId}`
    let records = this.#open.get(of)
    if (records === undefined) this.#open.set(of, (records = new Map()))
    records.delete(record.key)
    records.set(record.key, record)
  }

  /** What a producer's transaction had in the partition, once it has ended there. */
  take(partition: number, { producerId }: BatchHeader): readonly FollowedRecord[] {
    const of = `${partition}/${producerId}`
    const records = this.#open.get(of)
    this.#open.delete(of)
    return [...(records?.values() ?? [])]
  }
}

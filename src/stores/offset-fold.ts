import { parseFenceKey, TaskFence, type FencedTask, type StaleKey } from '../core/fence.js'
import { parseJson } from '../core/json/parse.js'
import type { OffsetMap } from '../core/offset.js'
import { decodeTaskMark, type Stamp } from '../core/record-mark.js'
import type { SourceOffset } from '../ports/source-offsets.js'
import {
  decodeOffsetRecord,
  encodeOffsetRecord,
  offsetKey,
  partitionIdentity,
  type OffsetEntry,
} from './offset-record.js'
import type { FollowedRecord } from './topic-follower.js'

type Read = Omit<FollowedRecord, 'offset'>

/**
 * The newest record of each key that counts (R23 to R25), tombstones included: a reset must hide what stands under another
 * spelling of the key.
 */
export class OffsetFold {
  readonly #byKey = new Map<string, OffsetEntry>()
  /** The newest key for a partition whatever the order of its fields. */
  readonly #spellings = new Map<string, string>()
  readonly #fence = new TaskFence()

  get highestTerm(): number {
    return this.#fence.highestTerm
  }

  /** Throws for what is no offset record. */
  apply(record: Read): void {
    const { partition, key, value } = record
    const mark = record.mark === null ? undefined : decodeTaskMark(record.mark)
    const fence = mark && parseFenceKey(parseJson(key ?? ''))
    if (fence) return void this.#fence.raise(partition, fence.connector, mark, fence.task)
    const entry = decodeOffsetRecord({ key: key ?? '', value })
    const verdict = this.#fence.judge({ partition, key: key ?? '', connector: entry.connector, mark })
    switch (verdict) {
      case 'accepted':
        this.#byKey.set(key ?? '', entry)
        this.#spellings.set(partitionIdentity(entry.connector, entry.partition), key ?? '')
        break
      case 'repeated':
        if (this.#goodValue(key ?? '') !== value) this.#fence.distrust(key ?? '')
        break
      case 'stale':
        break
    }
  }

  /** The stamp that the task's last run began with; undefined where it was never fenced. */
  floor(connector: string, task: FencedTask): Stamp | undefined {
    return this.#fence.floor(connector, task)
  }

  /** Keys to be written again (R26), each with the value that counts. */
  stale(): readonly (StaleKey & { readonly value: string | null })[] {
    return this.#fence
      .stale()
      .map(of => ({ ...of, value: of.fence === undefined ? this.#goodValue(of.key) : fenceValue }))
  }

  /**
   * The offset under this very key; where there was never one, under the same fields in another order, so that a
   * connector that moves here from Java, which writes them in hash order, goes on where it was.
   */
  last(connector: string, partition: OffsetMap): OffsetMap | undefined {
    const exact = this.#byKey.get(offsetKey(connector, partition))
    const found = exact ?? this.#byKey.get(this.#spellings.get(partitionIdentity(connector, partition)) ?? '')
    return found?.offset ?? undefined
  }

  /** Every spelling of each partition that was ever written, tombstones included, by `partitionIdentity`. */
  spellings(connector: string): ReadonlyMap<string, readonly OffsetMap[]> {
    const spellings = new Map<string, OffsetMap[]>()
    for (const { connector: owner, partition } of this.#byKey.values()) {
      if (owner !== connector) continue
      const identity = partitionIdentity(connector, partition)
      const known = spellings.get(identity)
      if (known) known.push(partition)
      else spellings.set(identity, [partition])
    }
    return spellings
  }

  all(connector: string): SourceOffset[] {
    const found: SourceOffset[] = []
    for (const entry of this.#byKey.values())
      if (entry.connector === connector && entry.offset !== null)
        found.push({ partition: entry.partition, offset: entry.offset })
    return found
  }

  #goodValue(key: string): string | null {
    const known = this.#byKey.get(key)
    return known === undefined ? null : encodeOffsetRecord(known.connector, known.partition, known.offset).value
  }
}

/** A fence says all in its key and mark; a null would be a tombstone. */
export const fenceValue = '{}'

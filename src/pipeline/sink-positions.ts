import { partitionKey, type GroupOffset, type TopicPartition } from '../core/offset.js'
import type { Epoch } from '../core/epoch.js'
import type { AssignedPartition, SinkPosition } from '../plugin/index.js'
import { encodeNote } from './sink-note.js'

interface Tracked {
  readonly topic: string
  readonly partition: number
  /** The next offset to put; undefined until something was read or committed. */
  position: number | undefined
  /** Where counting begins while nothing is committed. */
  start: number
  committed: GroupOffset | undefined
  /** Commits below this would go backwards (I2). */
  floor: number
  paused: boolean
}

export interface CommitPlan {
  readonly commit: readonly GroupOffset[]
  /** What the plugin asked for and does not get, and why. */
  readonly ignored: readonly { readonly position: SinkPosition; readonly why: string }[]
}

/** Where a sink task stands in each of its partitions, and what of it may be committed. */
export class SinkPositions {
  readonly #partitions = new Map<string, Tracked>()
  readonly #epoch: Epoch | undefined

  /** `epoch`: the task's grant, which its commits name; absent without peers. */
  constructor(epoch?: Epoch) {
    this.#epoch = epoch
  }

  get partitions(): TopicPartition[] {
    return [...this.#partitions.values()].map(({ topic, partition }) => ({ topic, partition }))
  }

  has(partition: TopicPartition): boolean {
    return this.#partitions.has(partitionKey(partition))
  }

  assign({ topic, partition, committed: offset, note }: AssignedPartition): void {
    this.#partitions.set(partitionKey({ topic, partition }), {
      topic,
      partition,
      position: offset,
      start: offset ?? 0,
      committed:
        offset === undefined ? undefined : { topic, partition, offset, metadata: encodeNote(note, this.#epoch) },
      floor: offset ?? 0,
      paused: false,
    })
  }

  revoke(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#partitions.delete(partitionKey(partition))
  }

  /** The next offset to put. */
  get(partition: TopicPartition): number | undefined {
    return this.#partitions.get(partitionKey(partition))?.position
  }

  /** The first of what was read begins at `offset`. */
  begin(partition: TopicPartition, offset: number): void {
    const tracked = this.#partitions.get(partitionKey(partition))
    if (!tracked || tracked.position !== undefined) return
    tracked.position = offset
    tracked.start = offset
  }

  /** Everything before `offset` was put, dropped or set aside. */
  advance(partition: TopicPartition, offset: number): void {
    const tracked = this.#partitions.get(partitionKey(partition))
    if (tracked) tracked.position = offset
  }

  /** The plugin goes elsewhere: going back is its own wish, so that commits may follow it. */
  seek(partition: TopicPartition, offset: number): void {
    const tracked = this.#partitions.get(partitionKey(partition))
    if (!tracked) return
    tracked.position = offset
    tracked.floor = Math.min(tracked.floor, offset)
  }

  setPaused(partition: TopicPartition, paused: boolean): void {
    const tracked = this.#partitions.get(partitionKey(partition))
    if (tracked) tracked.paused = paused
  }

  get paused(): TopicPartition[] {
    return [...this.#partitions.values()].filter(({ paused }) => paused)
  }

  /** What was put so far, for the plugin. */
  positions(): SinkPosition[] {
    const known: SinkPosition[] = []
    for (const { topic, partition, position } of this.#partitions.values())
      if (position !== undefined) known.push({ topic, partition, offset: position })
    return known
  }

  /** Records put and not committed. */
  get uncommitted(): number {
    let records = 0
    for (const { position, start, committed } of this.#partitions.values())
      records += Math.max(0, (position ?? 0) - (committed?.offset ?? start))
    return records
  }

  /** What of the plugin's wish is committed: nothing beyond what was put (I1), nothing backwards (I2). Fails with `pipeline.note_too_long`. */
  plan(wanted: readonly SinkPosition[]): CommitPlan {
    const commit: GroupOffset[] = []
    const ignored: { position: SinkPosition; why: string }[] = []
    for (const position of wanted) {
      const { topic, partition, offset, note } = position
      const tracked = this.#partitions.get(partitionKey(position))
      const metadata = encodeNote(note ?? '', this.#epoch)
      if (!tracked) ignored.push({ position, why: 'the partition is not assigned' })
      else if (!Number.isSafeInteger(offset)) ignored.push({ position, why: 'it is no offset' })
      else if (offset > (tracked.position ?? -1)) ignored.push({ position, why: 'it is beyond what was put' })
      else if (offset < tracked.floor) ignored.push({ position, why: 'it is behind what is committed' })
      else if (tracked.committed?.offset !== offset || tracked.committed.metadata !== metadata)
        commit.push({ topic, partition, offset, metadata })
    }
    return { commit, ignored }
  }

  /** What is committed and not in `commit`, to be committed again. */
  unchanged(commit: readonly GroupOffset[]): GroupOffset[] {
    const changed = new Set(commit.map(partitionKey))
    return [...this.#partitions]
      .filter(([key, { committed }]) => committed !== undefined && !changed.has(key))
      .map(([, { committed }]) => committed!)
  }

  markCommitted(offsets: readonly GroupOffset[]): void {
    for (const committed of offsets) {
      const tracked = this.#partitions.get(partitionKey(committed))
      if (!tracked) continue
      tracked.committed = committed
      tracked.floor = committed.offset
    }
  }
}

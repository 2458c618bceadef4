/** A record that stands in both clusters (MirrorMaker's OffsetSync). */
export interface OffsetSync {
  /** The topic on the source, and its partition. */
  readonly topic: string
  readonly partition: number
  readonly upstreamOffset: number
  readonly downstreamOffset: number
}

interface Known {
  previous: OffsetSync
  /** Of the newest that was written. */
  syncedDownstream: number
}

/**
 * Which pairs of offsets are to be written, and when, as MirrorMaker decides it (OffsetSyncWriter): at once where those
 * who translate offsets would be `maxLag` records behind or more, and where the two logs have not gone on in step; else with
 * the next commit. Of each partition only the newest waits, so that little is held whatever becomes of the topic (I6).
 */
export class OffsetSyncs {
  readonly #maxLag: number
  readonly #known = new Map<string, Known>()
  #pending = new Map<string, OffsetSync>()
  readonly #delayed = new Map<string, OffsetSync>()

  constructor(maxLag: number) {
    this.#maxLag = maxLag
  }

  /** A record has become durable on the target. In the order of the partition. */
  note(sync: OffsetSync): void {
    const key = `${sync.topic}-${sync.partition}`
    const known = this.#known.get(key)
    const isDue = known === undefined || isStale(known, sync, this.#maxLag)
    this.#known.set(key, {
      previous: sync,
      syncedDownstream: isDue ? sync.downstreamOffset : known.syncedDownstream,
    })
    if (isDue) {
      this.#delayed.delete(key)
      this.#pending.set(key, sync)
    } else this.#delayed.set(key, sync)
  }

  /** Offsets were committed: what waited for that is due. */
  committed(): void {
    for (const [key, sync] of this.#delayed) this.#pending.set(key, sync)
    this.#delayed.clear()
  }

  /** What is due, which is forgotten. */
  take(): readonly OffsetSync[] {
    const due = [...this.#pending.values()]
    this.#pending = new Map()
    return due
  }
}

function isStale({ previous, syncedDownstream }: Known, sync: OffsetSync, maxLag: number): boolean {
  const inStep =
    sync.upstreamOffset - previous.upstreamOffset === sync.downstreamOffset - previous.downstreamOffset &&
    sync.downstreamOffset >= previous.downstreamOffset
  // What is behind the newest pair is translated to one past it.
  return !inStep || sync.downstreamOffset - (syncedDownstream + 1) >= maxLag
}

/** As MirrorMaker writes it: a string of Kafka's protocol, and a number of 32 bits. */
export function keyOf({ topic, partition }: OffsetSync): Buffer {
  const name = Buffer.from(topic)
  const key = Buffer.alloc(2 + name.length + 4)
  key.writeInt16BE(name.length, 0)
  name.copy(key, 2)
  key.writeInt32BE(partition, 2 + name.length)
  return key
}

export function valueOf({ upstreamOffset, downstreamOffset }: OffsetSync): Buffer {
  const value = Buffer.alloc(16)
  value.writeBigInt64BE(BigInt(upstreamOffset), 0)
  value.writeBigInt64BE(BigInt(downstreamOffset), 8)
  return value
}

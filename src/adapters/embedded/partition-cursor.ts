import { maxBatchBytes } from '../../codec/index.js'
import type { TopicPartition } from '../../core/offset.js'
import { chooseBatches, type ChosenBatches } from './chunk.js'
import type { Connection } from './connection.js'
import type { Counters } from './counters.js'
import type { FileLayer, LogFile } from './files.js'
import { logCorrupt } from './log-corrupt.js'
import type { SegmentLocation } from './protocol.js'

/** An open segment file, and where in it the next batch begins. */
interface Place {
  readonly file: LogFile
  readonly location: SegmentLocation
  position: number
  /** The offset after the last batch before `position`, as far as it was read; else the segment's first. */
  offset: number
}

/** Files that vanish between two questions: retention cannot be that fast for ever. */
const maxMoves = 20
const leastRead = 4096

/** Reads one partition's segments. The log thread is asked only where an offset is, once per segment. */
export class PartitionCursor {
  readonly #connection: Connection
  readonly #files: FileLayer
  readonly #of: TopicPartition & { readonly number: number; readonly counters: Counters }
  #place: Place | undefined
  #busy: Promise<unknown> = Promise.resolve()

  constructor(
    connection: Connection,
    files: FileLayer,
    of: TopicPartition & { readonly number: number; readonly counters: Counters },
  ) {
    this.#connection = connection
    this.#files = files
    this.#of = of
  }

  /**
   * Whole batches from the one with `offset` on, all of them before `end`; at most about `maxBytes`, one at the least.
   * Undefined where compaction left nothing between `offset` and `end`. One call at a time.
   */
  read(
    offset: number,
    end: number,
    maxBytes: number,
  ): Promise<{ readonly bytes: Buffer; readonly next: number } | undefined> {
    const reading = this.#read(offset, end, maxBytes)
    this.#busy = reading.catch(() => {})
    return reading
  }

  /** After the read under way: a descriptor must not be closed under it. */
  async close(): Promise<void> {
    await this.#busy
    await this.#leave()
  }

  async #read(
    offset: number,
    end: number,
    maxBytes: number,
  ): Promise<{ readonly bytes: Buffer; readonly next: number } | undefined> {
    if (this.#place?.offset !== offset) await this.#leave()
    let from = offset
    let least = leastRead
    let hasStalled = false
    while (from < end) {
      const place = this.#place ?? (await this.#locate(from))
      const left = this.#left(place)
      const size = Math.max(0, Math.min(left, Math.max(maxBytes, least)))
      const bytes = await this.#fetch(place, size)
      const chosen = this.#choose(place, bytes, { from, end, maxBytes })
      place.position += chosen.consumed
      place.offset = chosen.next
      if (chosen.bytes.length > 0) return { bytes: chosen.bytes, next: chosen.next }
      if (chosen.next >= end) return undefined
      if (chosen.consumed > 0) continue
      const { closed } = place.location
      if (closed !== undefined && place.position >= closed.length) {
        // All that is left of this segment lay before `from`, or compaction took it.
        from = Math.max(from, closed.end)
        hasStalled = false
        await this.#leave()
      } else if (bytes.length === size && chosen.needed > size && chosen.needed <= Math.min(left, maxBatchBytes)) {
        least = chosen.needed
      } else if (!hasStalled) {
        // The segment was closed since it was located; its end is known now.
        hasStalled = true
        await this.#leave()
      } else throw logCorrupt(this.#of, place.location.path, place.position, new Error('The file ends too early.'))
    }
    return undefined
  }

  /** Bytes behind the position that may be read. */
  #left({ location, position }: Place): number {
    const length = location.closed?.length ?? this.#of.counters.activeLength(location.base)
    return length === undefined ? Number.POSITIVE_INFINITY : length - position
  }

  async #fetch(place: Place, size: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(size)
    try {
      return buffer.subarray(0, await place.file.read(buffer, place.position))
    } catch (cause) {
      throw logCorrupt(this.#of, place.location.path, place.position, cause)
    }
  }

  #choose(
    place: Place,
    bytes: Buffer,
    wanted: { readonly from: number; readonly end: number; readonly maxBytes: number },
  ): ChosenBatches {
    return chooseBatches(bytes, { ...wanted, least: place.offset }, (at, cause) =>
      logCorrupt(this.#of, place.location.path, place.position + at, cause),
    )
  }

  /** Opens the segment that holds `offset`. */
  async #locate(offset: number): Promise<Place> {
    for (let moves = 0; ; moves++) {
      const location = await this.#connection.call('locate', { partition: this.#of.number, offset })
      try {
        const file = await this.#files.open(location.path, 'read')
        return (this.#place = { file, location, position: location.position, offset: location.base })
      } catch (cause) {
        const vanished = (cause as NodeJS.ErrnoException).code === 'ENOENT'
        if (!vanished || moves === maxMoves) throw logCorrupt(this.#of, location.path, location.position, cause)
      }
    }
  }

  async #leave(): Promise<void> {
    const place = this.#place
    this.#place = undefined
    await place?.file.close()
  }
}

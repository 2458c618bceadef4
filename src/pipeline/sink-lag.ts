import { batches } from '../codec/index.js'
import { partitionKey, type TopicPartition } from '../core/offset.js'
import type { Clock } from '../ports/clock.js'
import type { FetchedChunk, PartitionLag } from '../ports/log.js'
import type { Reached } from './sink-intake.js'
import { unknownLag, type Lag } from './task-metrics.js'

interface Place {
  /** The next offset to deliver, and the next to read: between them is what is at hand. */
  delivered: number
  read: number
  /** Records that were not read; NaN where nobody knows. */
  behind: number
  /** No record that was not delivered is older; -1 where nobody knows. */
  oldestAt: number
  paused: boolean
}

const nothing: Lag = { records: 0, oldestAt: 0, bytes: Number.NaN, due: false }

/** What a sink task has not delivered yet, by what its reader knows already: nothing is asked for it. */
export class SinkLag {
  readonly #clock: Clock
  readonly #places = new Map<string, Place>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** These are at hand now. */
  read(chunks: readonly FetchedChunk[]): void {
    for (const chunk of chunks) {
      const place = this.#placeOf(chunk)
      if (place.read === place.delivered) {
        place.delivered = chunk.position
        const firstAt = firstTimestamp(chunk.bytes)
        if (firstAt >= 0) place.oldestAt = firstAt
      }
      place.read = chunk.next
      place.behind = Math.max(0, chunk.end - chunk.next)
    }
  }

  delivered(reached: Iterable<Reached>): void {
    const now = this.#clock.wallTime()
    for (const to of reached) {
      const place = this.#placeOf(to)
      place.delivered = to.offset
      if (to.timestamp >= 0) place.oldestAt = to.timestamp
      this.#noteCaughtUp(place, now)
    }
  }

  /** What is at hand of it is not delivered: it is read again, or something else is. */
  discard(partition: TopicPartition): void {
    const place = this.#places.get(partitionKey(partition))
    if (place) place.read = place.delivered
  }

  /** What the reader says of all that is assigned; the rest is forgotten. */
  heard(lags: readonly PartitionLag[]): void {
    const now = this.#clock.wallTime()
    const assigned = new Set<string>()
    for (const lag of lags) {
      assigned.add(partitionKey(lag))
      const place = this.#placeOf(lag)
      place.behind = lag.records
      place.paused = lag.paused
      this.#noteCaughtUp(place, now)
    }
    for (const key of this.#places.keys()) if (!assigned.has(key)) this.#places.delete(key)
  }

  get current(): Lag {
    if (this.#places.size === 0) return nothing
    let records = 0
    let oldestAt = Infinity
    let known = false
    let due = false
    for (const { delivered, read, behind, oldestAt: at, paused } of this.#places.values()) {
      if (Number.isNaN(behind)) continue
      known = true
      const waiting = read - delivered + behind
      if (waiting === 0) continue
      records += waiting
      due ||= !paused
      if (at >= 0) oldestAt = Math.min(oldestAt, at)
    }
    if (!known) return unknownLag
    return records === 0
      ? nothing
      : { ...nothing, records, oldestAt: oldestAt === Infinity ? Number.NaN : oldestAt, due }
  }

  /** What comes after this moment is not older than it, whatever was delivered last. */
  #noteCaughtUp(place: Place, now: number): void {
    if (place.behind === 0 && place.read === place.delivered) place.oldestAt = now
  }

  #placeOf(partition: TopicPartition): Place {
    const key = partitionKey(partition)
    let place = this.#places.get(key)
    if (!place) {
      place = { delivered: 0, read: 0, behind: Number.NaN, oldestAt: -1, paused: false }
      this.#places.set(key, place)
    }
    return place
  }
}

/** Of the first record, or one before it in its batch; -1 where there is none. What is damaged is told by who reads it. */
function firstTimestamp(bytes: Buffer): number {
  try {
    for (const { control, timestampType, baseTimestamp, maxTimestamp } of batches(bytes))
      if (!control) return timestampType === 'append' ? maxTimestamp : baseTimestamp
  } catch {
    return -1
  }
  return -1
}

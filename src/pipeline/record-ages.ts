import type { SinkRecord } from '../core/record.js'
import { latencyBoundsMs, latencyBucket } from './latency.js'
import type { TaskMetrics } from './task-metrics.js'

/** How old a unit's records are. */
export interface UnitAges {
  readonly classes: readonly AgeClass[]
  /** Absent where there is no record. */
  readonly newest?: { readonly timestamp: number; readonly readAt: number }
}

/** Records of a unit that were about as old as each other when they were read. */
interface AgeClass {
  readonly records: number
  /** The mean of theirs. */
  readonly timestamp: number
}

/**
 * How old the records of a unit are, in as little as it takes to tell their latency once they are durable: by the bucket
 * that each would have counted in when it was read. Records with one timestamp, such as a yield's without any of their
 * own, cost an addition each.
 */
export class RecordAges {
  readonly #counts = new Float64Array(latencyBoundsMs.length + 1)
  /** Of timestamps, counted from the origin: sums of whole ones would not be exact. */
  readonly #sums = new Float64Array(latencyBoundsMs.length + 1)
  #origin = 0
  #newest: UnitAges['newest']
  #timestamp = 0
  #readAt = 0
  #run = 0

  add(timestamp: number, readAt: number, records = 1): void {
    if (timestamp !== this.#timestamp || readAt !== this.#readAt) {
      this.#endRun()
      this.#timestamp = timestamp
      this.#readAt = readAt
    }
    this.#run += records
  }

  /** What was added, which is forgotten. */
  take(): UnitAges {
    this.#endRun()
    const classes: AgeClass[] = []
    for (const [bucket, records] of this.#counts.entries())
      if (records > 0) classes.push({ records, timestamp: this.#origin + this.#sums[bucket]! / records })
    const newest = this.#newest
    this.drop()
    return { classes, ...(newest && { newest }) }
  }

  drop(): void {
    this.#run = 0
    this.#counts.fill(0)
    this.#sums.fill(0)
    this.#origin = 0
    this.#newest = undefined
  }

  #endRun(): void {
    if (this.#run === 0) return
    if (this.#origin === 0) this.#origin = this.#readAt
    const bucket = latencyBucket(this.#readAt - this.#timestamp)
    this.#counts[bucket]! += this.#run
    this.#sums[bucket]! += (this.#timestamp - this.#origin) * this.#run
    this.#run = 0
    if (!this.#newest || this.#timestamp > this.#newest.timestamp)
      this.#newest = { timestamp: this.#timestamp, readAt: this.#readAt }
  }
}

/** Counts how long after their timestamps records were delivered; those without one are left out. */
export function addLatencies(metrics: TaskMetrics, records: readonly SinkRecord[], now: number): void {
  let timestamp = Number.NaN
  let run = 0
  for (const record of records) {
    const at = record.timestamp
    if (at !== timestamp) {
      count(metrics, now - timestamp, run)
      timestamp = typeof at === 'number' ? at : Number.NaN
      run = 0
    }
    run++
  }
  count(metrics, now - timestamp, run)
}

function count(metrics: TaskMetrics, latency: number, run: number): void {
  if (run > 0 && Number.isFinite(latency)) metrics.addLatency(latency, run)
}

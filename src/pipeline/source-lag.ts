import type { LagAnswer } from '../plugin/index.js'
import type { UnitAges } from './record-ages.js'
import type { Lag } from './task-metrics.js'

/** Records younger than this when they are read may well have been stamped by the reading itself. */
const stampedMs = 1_000

/**
 * How far a source is behind, by its own word. How old what waits is, where it does not say: at most as old as the last
 * record that became durable, if that had a time of its own.
 */
export class SourceLagSense {
  #newestAt = 0

  /** What became durable last had this for its newest record; undefined: it had none. */
  appended(newest: UnitAges['newest']): void {
    if (newest) this.#newestAt = newest.readAt - newest.timestamp >= stampedMs ? newest.timestamp : 0
  }

  /** What the plugin said at `now`. */
  lagOf(answer: LagAnswer, now: number): Lag {
    const {
      records = Number.NaN,
      ms,
      bytes = Number.NaN,
    } = typeof answer === 'number' ? { records: answer } : (answer ?? {})
    return { records, oldestAt: this.#oldestAt(records, ms, now), bytes, due: records > 0 || (ms ?? 0) > 0 }
  }

  #oldestAt(records: number, ms: number | undefined, now: number): number {
    if (records === 0 || ms === 0) return 0
    if (ms !== undefined) return now - ms
    return records > 0 && this.#newestAt > 0 ? this.#newestAt : Number.NaN
  }
}

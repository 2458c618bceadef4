import {
  readCell,
  sampleCells,
  type Cell,
  type Counter,
  type LowSample,
  type Sample,
} from '../../src/pipeline/task-metrics.js'
import { windowSeconds } from '../figures-window.js'
import type { LiveFigures } from '../work-figures.js'

/** A life's figures as Connect's metrics are made of them: totals since it began, the rest over the last 30 to 60 seconds. */
export class TaskReadings {
  readonly #live: LiveFigures
  readonly #seconds: number

  /** `now` is on the monotonic clock. */
  constructor(live: LiveFigures, now: number) {
    this.#live = live
    this.#seconds = windowSeconds(live.past, now)
  }

  now(cell: Cell): number {
    return readCell(this.#live.cells, cell)
  }

  /** Per second. */
  rate(counter: Counter): number {
    return this.#gained(counter) / this.#seconds
  }

  /** NaN where there was none. */
  average(sample: Sample): number {
    const { sum, count } = sampleCells[sample]
    const gained = this.#gained(count)
    return gained > 0 ? this.#gained(sum) / gained : Number.NaN
  }

  /** NaN where there was none. */
  greatest(sample: Sample): number {
    const { count, max } = sampleCells[sample]
    return this.#gained(count) > 0 ? this.now(max) : Number.NaN
  }

  /** NaN where there was none. */
  least(sample: LowSample): number {
    return this.#gained(sampleCells[sample].count) > 0 ? this.now(`${sample}-min`) : Number.NaN
  }

  /** The share of `of` among both; 0 where there was neither, as in Connect. */
  share(of: Counter, other: Counter): number {
    const [some, others] = [this.#gained(of), this.#gained(other)]
    return some + others > 0 ? some / (some + others) : 0
  }

  #gained(cell: Cell): number {
    return this.now(cell) - readCell(this.#live.past.cells, cell)
  }
}

/** Connect's: a rate or an average is over the last one to two of these (2 × 30 s). */
const windowMs = 30_000

/** A task's figures as they stood some time ago. */
export interface PastFigures {
  /** On the monotonic clock. */
  readonly at: number
  readonly cells: Float64Array
}

/** Keeps of a task's figures those of 30 to 60 seconds ago, so that whoever reads can tell what has been since. */
export class FiguresWindow {
  #older: PastFigures
  #newer: PastFigures

  /** A life begins, with all its figures at 0. */
  constructor(cells: Float64Array, now: number) {
    this.#older = this.#newer = { at: now, cells: new Float64Array(cells.length) }
  }

  /** To be called more often than once in 30 seconds. */
  roll(cells: Float64Array, now: number): void {
    if (now - this.#newer.at < windowMs) return
    this.#older = this.#newer
    this.#newer = { at: now, cells: Float64Array.from(cells) }
  }

  get past(): PastFigures {
    return this.#older
  }
}

/** The time that rates are over: at least one window, as in Connect, so that a young task shows no peak. */
export function windowSeconds(past: PastFigures, now: number): number {
  return Math.max(windowMs, now - past.at) / 1_000
}

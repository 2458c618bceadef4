import type { Clock } from '../ports/clock.js'

/** How long a new owner commits its positions at each interval, changed or not. */
const takeoverMs = 60_000
/** A broker forgets a group without members 7 days after a partition's own last commit (offsets.retention.minutes). */
const keepMs = 3_600_000

/**
 * When a sink's positions are committed again although they have not changed (cluster protocol §8): a zombie's commit is
 * written over while there can be one, and no partition's offset is forgotten, be it idle or paused.
 */
export class RecommitTimer {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #keepMs: number
  readonly #takeoverUntil: number
  #last: number

  /** `peers`: another owner may have had the partitions before. `forgets`: the log lets go of what is not committed again. */
  constructor(
    clock: Clock,
    options: { readonly intervalMs: number; readonly peers: boolean; readonly forgets: boolean },
  ) {
    this.#clock = clock
    this.#intervalMs = options.intervalMs
    this.#keepMs = options.forgets ? keepMs : Infinity
    this.#last = clock.now()
    this.#takeoverUntil = options.peers ? this.#last + takeoverMs : -Infinity
  }

  /** Milliseconds until it is time; 0 when it is, and infinite where it never is. */
  get dueInMs(): number {
    const next = Math.min(this.#last + this.#intervalMs, this.#takeoverUntil)
    // The last within the first minute comes at its end, so that whatever landed until then is written over.
    const due = this.#last < this.#takeoverUntil ? next : this.#last + this.#keepMs
    return Math.max(0, due - this.#clock.now())
  }

  /** All positions were committed. */
  restart(): void {
    this.#last = this.#clock.now()
  }
}

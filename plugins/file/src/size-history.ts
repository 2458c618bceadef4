interface Sample {
  /** On a monotonic clock, ms. */
  readonly at: number
  readonly size: number
}

/** An hour and a half at one look every five seconds; of who is behind for longer every other one is kept. */
const mostSamples = 1_024

/** How large a file was when it was looked at: tells since when what stands at a position can have been waiting. */
export class SizeHistory {
  #samples: Sample[] = []
  /** The least time between two that are kept. */
  #spacingMs = 0

  /** The file is another one, or begins anew. */
  clear(): void {
    this.#samples = []
    this.#spacingMs = 0
  }

  note(size: number, now: number): void {
    if (size < (this.#samples.at(-1)?.size ?? 0)) this.clear()
    const last = this.#samples.at(-1)
    if (last && now - last.at < this.#spacingMs) return
    this.#samples.push({ at: now, size })
    if (this.#samples.length <= mostSamples) return
    this.#samples = this.#samples.filter((_, index) => index % 2 === 0)
    this.#spacingMs = (2 * (now - this.#samples[0]!.at)) / mostSamples
  }

  /**
   * For how long, at most, the byte at `position` has been there, ms: it came after the last look at a file that ended
   * there or before. Undefined where the file was longer already when it was first looked at.
   */
  waitedMs(position: number, now: number): number | undefined {
    const last = this.#samples.findLastIndex(({ size }) => size <= position)
    if (last < 0) return undefined
    // Nobody asks about what was read again.
    this.#samples = this.#samples.slice(last)
    if (this.#samples.length === 1) this.#spacingMs = 0
    return now - this.#samples[0]!.at
  }
}

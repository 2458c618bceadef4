/** Task `task` of `of` makes the indexes i with i mod `of` = `task`; it has made all of them below `next`. */
export interface Made {
  readonly task: number
  readonly of: number
  readonly next: number
}

/**
 * What a task has still to make, whatever number of tasks worked before: each left how far it came, and what it made is
 * not made again.
 */
export class Unmade {
  readonly #of: number
  readonly #others: readonly Made[]
  /** From here on no other has made anything. */
  readonly #clearFrom: number
  #next: number

  constructor(own: { readonly task: number; readonly of: number }, all: readonly Made[]) {
    const isOwn = (made: Made): boolean => made.task === own.task && made.of === own.of
    const from = Math.max(madeByAll(all), all.find(isOwn)?.next ?? 0)
    this.#of = own.of
    this.#next = from + ((((own.task - from) % own.of) + own.of) % own.of)
    this.#others = all.filter(made => !isOwn(made) && made.next > this.#next)
    this.#clearFrom = Math.max(0, ...this.#others.map(made => made.next))
  }

  /** The next indexes below `end`, at most `most`, looking at no more than `looks`; fewer does not mean the end. */
  take(most: number, end: number, looks = 100_000): number[] {
    const found: number[] = []
    for (let left = looks; left > 0 && found.length < most && this.#next < end; left--) {
      if (this.#next >= this.#clearFrom || !this.#isMade(this.#next)) found.push(this.#next)
      this.#next += this.#of
    }
    return found
  }

  isDone(end: number): boolean {
    return this.#next >= end
  }

  #isMade(index: number): boolean {
    return this.#others.some(({ task, of, next }) => index < next && index % of === task)
  }
}

/** All indexes below this are made: the furthest that any full set of tasks came together. */
function madeByAll(all: readonly Made[]): number {
  let reached = 0
  for (const of of new Set(all.map(made => made.of))) {
    const set = all.filter(made => made.of === of)
    if (set.length === of) reached = Math.max(reached, Math.min(...set.map(made => made.next)))
  }
  return reached
}

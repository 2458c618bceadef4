/** Virtual time: what is to happen when, in order; at the same time in the order in which it was planned. */
export class Timeline {
  /** Real time of the simulated world, ms. */
  now = 0
  #count = 0
  readonly #heap: { at: number; order: number; run: () => void }[] = []

  after(delay: number, run: () => void): void {
    this.at(this.now + Math.max(0, delay), run)
  }

  at(at: number, run: () => void): void {
    const heap = this.#heap
    heap.push({ at: Math.max(at, this.now), order: this.#count++, run })
    let child = heap.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#before(child, parent)) break
      this.#swap(child, parent)
      child = parent
    }
  }

  /** Runs all that happens up to `end`, or until `done`, which is asked every 50 ms of virtual time. */
  run(end: number, done: () => boolean = () => false): void {
    let asked = this.now
    while (this.#heap.length > 0 && this.#heap[0]!.at <= end) {
      const next = this.#take()
      this.now = next.at
      next.run()
      if (this.now - asked < 50) continue
      asked = this.now
      if (done()) return
    }
    this.now = Math.max(this.now, end)
  }

  #take(): { at: number; run: () => void } {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    heap[0] = last
    let parent = 0
    for (;;) {
      const left = parent * 2 + 1
      const right = left + 1
      let least = parent
      if (left < heap.length && this.#before(left, least)) least = left
      if (right < heap.length && this.#before(right, least)) least = right
      if (least === parent) return first
      this.#swap(parent, least)
      parent = least
    }
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.#heap[a]!, this.#heap[b]!]
    return left.at - right.at < 0 || (left.at === right.at && left.order < right.order)
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap
    const kept = heap[a]!
    heap[a] = heap[b]!
    heap[b] = kept
  }
}

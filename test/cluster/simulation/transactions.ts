/** Transactions of exactly-once sources: records and offsets are one step, and each initialisation fences the one before. */
export class Transactions {
  readonly #producers = new Map<string, number>()
  readonly #values = new Map<string, number>()
  fenced = 0
  committed = 0

  constructor(readonly violation: (what: string) => void) {}

  initialise(id: string): number {
    const epoch = (this.#producers.get(id) ?? 0) + 1
    this.#producers.set(id, epoch)
    return epoch
  }

  value(key: string): number {
    return this.#values.get(key) ?? 0
  }

  /** Records after `from` up to `to`. False where a later initialisation has fenced this one. */
  commit(id: string, epoch: number, key: string, from: number, to: number): boolean {
    if (this.#producers.get(id) !== epoch) {
      this.fenced++
      return false
    }
    if (from !== this.value(key))
      this.violation(`Exactly once: ${key} was at ${this.value(key)} and got ${from} to ${to}`)
    this.#values.set(key, to)
    this.committed++
    return true
  }
}

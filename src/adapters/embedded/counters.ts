/**
 * One partition's counters in shared memory: the log thread stores, readers load. The end is stored last and loaded
 * first, so the other two are never behind it.
 */
export class Counters {
  readonly shared: SharedArrayBuffer
  readonly #values: BigInt64Array

  constructor(shared = new SharedArrayBuffer(4 * 8)) {
    this.shared = shared
    this.#values = new BigInt64Array(shared)
  }

  /** The first readable offset. */
  get start(): number {
    return Number(Atomics.load(this.#values, 1))
  }

  /** The offset after the last committed record; -1 when the partition was deleted. */
  get end(): number {
    return Number(Atomics.load(this.#values, 0))
  }

  /** The committed length of the segment that begins at `base`, if that is the one being appended to. */
  activeLength(base: number): number | undefined {
    // Length before base: a roll between the two shows as another base.
    const length = Number(Atomics.load(this.#values, 3))
    return Number(Atomics.load(this.#values, 2)) === base ? length : undefined
  }

  publish(start: number, active: { readonly base: number; readonly length: number } | undefined, end: number): void {
    Atomics.store(this.#values, 1, BigInt(start))
    Atomics.store(this.#values, 2, BigInt(active?.base ?? -1))
    Atomics.store(this.#values, 3, BigInt(active?.length ?? 0))
    Atomics.store(this.#values, 0, BigInt(end))
  }

  publishDeleted(): void {
    Atomics.store(this.#values, 0, -1n)
  }
}

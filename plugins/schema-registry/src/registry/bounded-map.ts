/** A map that forgets what was not asked for the longest. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #size: number

  constructor(size: number) {
    this.#size = Math.max(1, size)
  }

  get(key: K): V | undefined {
    const found = this.#entries.get(key)
    if (found === undefined) return undefined
    // Moved to the end only when the map is getting full: else nothing is forgotten.
    if (this.#entries.size * 2 > this.#size) {
      this.#entries.delete(key)
      this.#entries.set(key, found)
    }
    return found
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    if (this.#entries.size >= this.#size) this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(key, value)
  }

  get size(): number {
    return this.#entries.size
  }
}

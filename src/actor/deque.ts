/** A double-ended queue on a ring that grows by doubling. Its users bound it. */
export class Deque<T> {
  #slots: (T | undefined)[] = Array.from({ length: 8 }, () => undefined)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: T): void {
    if (this.#size === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#size) & (this.#slots.length - 1)] = item
    this.#size++
  }

  unshift(item: T): void {
    if (this.#size === this.#slots.length) this.#grow()
    this.#head = (this.#head - 1) & (this.#slots.length - 1)
    this.#slots[this.#head] = item
    this.#size++
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#size--
    return item
  }

  pop(): T | undefined {
    if (this.#size === 0) return undefined
    const last = (this.#head + --this.#size) & (this.#slots.length - 1)
    const item = this.#slots[last]
    this.#slots[last] = undefined
    return item
  }

  peek(): T | undefined {
    return this.#slots[this.#head]
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#size; i++) yield this.#slots[(this.#head + i) & (this.#slots.length - 1)] as T
  }

  #grow(): void {
    const full = [...this]
    this.#slots = Array.from({ length: full.length * 2 }, (_, index) => full[index])
    this.#head = 0
  }
}

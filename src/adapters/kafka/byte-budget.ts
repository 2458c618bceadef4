/** Bytes that may be held at once; who finds no room waits its turn (I6). */
export class ByteBudget {
  readonly #limit: number
  #used = 0
  #waiting: { readonly bytes: number; readonly enter: () => void }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Undefined where there is room at once. What is larger than the budget is let in alone. */
  take(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#used += bytes
      return undefined
    }
    return new Promise(resolve => {
      this.#waiting.push({ bytes, enter: resolve })
    })
  }

  release(bytes: number): void {
    this.#used -= bytes
    for (let first = this.#waiting[0]; first !== undefined && this.#fits(first.bytes); first = this.#waiting[0]) {
      this.#waiting.shift()
      this.#used += first.bytes
      first.enter()
    }
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit
  }
}

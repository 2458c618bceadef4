/** What was lent, until it is given back. */
export interface Loan<T> {
  readonly value: T
  /** Once; what nobody has any more is closed. Never rejects. */
  readonly giveBack: () => Promise<void>
}

interface Lent<T> {
  users: number
  readonly value: Promise<T>
}

/**
 * Things that several share and that are worth keeping only as long as somebody has them, such as a connection: made for
 * the first who asks, closed when the last has given it back. What cannot be made is tried again for the next.
 */
export class Lending<T> {
  readonly #close: (value: T) => Promise<void>
  readonly #lent = new Map<string, Lent<T>>()

  /** `close` must not reject. */
  constructor(close: (value: T) => Promise<void>) {
    this.#close = close
  }

  /** Those with one key are one. Rejects as `make` does. */
  async borrow(key: string, make: () => Promise<T>): Promise<Loan<T>> {
    const lent = this.#lent.get(key) ?? { users: 0, value: make() }
    this.#lent.set(key, lent)
    lent.users++
    try {
      return { value: await lent.value, giveBack: () => this.#giveBack(key, lent) }
    } catch (error) {
      if (this.#lent.get(key) === lent) this.#lent.delete(key)
      throw error
    }
  }

  async #giveBack(key: string, lent: Lent<T>): Promise<void> {
    if (--lent.users > 0) return
    if (this.#lent.get(key) === lent) this.#lent.delete(key)
    await this.#close(await lent.value)
  }
}

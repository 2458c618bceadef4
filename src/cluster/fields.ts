/** Reads the fields of an unpacked array in order and checks each; those that follow are left alone, as a later release's. */
export class Fields {
  readonly #values: readonly unknown[]
  #at: number

  /** Throws `Malformed` unless it is an array. */
  constructor(values: unknown, from = 0) {
    if (!Array.isArray(values)) throw new Malformed()
    this.#values = values
    this.#at = from
  }

  get more(): boolean {
    return this.#at < this.#values.length
  }

  integer(min = 0): number {
    const value = this.#values[this.#at++]
    if (!Number.isSafeInteger(value) || (value as number) < min) throw new Malformed()
    return value as number
  }

  text(): string {
    const value = this.#values[this.#at++]
    if (typeof value !== 'string') throw new Malformed()
    return value
  }

  /** A copy: what was read is part of a larger buffer. */
  bytes(): Uint8Array {
    const value = this.#values[this.#at++]
    if (!(value instanceof Uint8Array)) throw new Malformed()
    return new Uint8Array(value)
  }

  list(): Fields {
    return new Fields(this.#values[this.#at++])
  }

  /** Undefined for null. */
  optional(): Fields | undefined {
    const value = this.#values[this.#at++]
    return value === null || value === undefined ? undefined : new Fields(value)
  }

  /** Reads with `one` until the end. */
  all<T>(one: (fields: this) => T): T[] {
    const all: T[] = []
    while (this.more) all.push(one(this))
    return all
  }
}

/** Not what any release writes. */
export class Malformed extends Error {}

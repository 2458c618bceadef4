/** Hands messages from a listener to one reader, each when the reader asks for it; the listener waits meanwhile (I6). */
export class HandOver<T> implements AsyncIterable<T> {
  readonly #given: { readonly message: T; readonly taken: () => void }[] = []
  #over: { readonly error?: unknown } | undefined
  #hasLeft = false
  #wake = (): void => undefined

  /** Resolves when the message has been taken and another is asked for, or the reader has left. */
  give(message: T): Promise<void> {
    if (this.#hasLeft) return Promise.resolve()
    return new Promise(taken => {
      this.#given.push({ message, taken })
      this.#wake()
    })
  }

  /** No more is given, save what is on its way already; with a failure the reader gets that in the end. */
  end(failure?: { readonly error: unknown }): void {
    this.#over ??= failure ?? {}
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const next = this.#given.shift()
        if (next !== undefined) {
          try {
            yield next.message
          } finally {
            next.taken()
          }
        } else if (this.#over === undefined) await new Promise<void>(resolve => (this.#wake = resolve))
        else {
          // What had arrived is delivered turn by turn.
          await new Promise(resolve => setImmediate(resolve))
          if (this.#given.length > 0) continue
          if ('error' in this.#over) throw this.#over.error
          return
        }
      }
    } finally {
      this.#hasLeft = true
      for (const { taken } of this.#given.splice(0)) taken()
    }
  }
}

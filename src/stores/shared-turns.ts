/** A question to the world that many ask: those who ask while an answer is under way, which may be too old for them, share the next. */
export class SharedTurns<T> {
  readonly #ask: () => Promise<T>
  #running: Promise<unknown> = Promise.resolve()
  #next: Promise<T> | undefined

  constructor(ask: () => Promise<T>) {
    this.#ask = ask
  }

  /** An answer to a question that was put after this call. Fails as it does. */
  take(): Promise<T> {
    return (this.#next ??= this.#afterRunning())
  }

  async #afterRunning(): Promise<T> {
    await this.#running
    this.#next = undefined
    const answer = this.#ask()
    this.#running = answer.catch(() => undefined)
    return answer
  }
}

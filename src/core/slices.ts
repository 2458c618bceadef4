/** How long one slice may hold the thread, ms. */
const sliceMs = 5

/**
 * Cuts what takes long into slices, between which whatever else waits for the thread has its turn: a thousand tasks'
 * metrics must not hold up the requests and messages of the main thread.
 */
export class Slices {
  #until = performance.now() + sliceMs

  /** Whether this slice has taken its time. */
  get isOver(): boolean {
    return performance.now() >= this.#until
  }

  /** Resolves when the next slice may begin. */
  async next(): Promise<void> {
    await new Promise<void>(resolve => {
      setImmediate(resolve)
    })
    this.#until = performance.now() + sliceMs
  }
}

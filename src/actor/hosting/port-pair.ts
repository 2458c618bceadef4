import type { Port } from './port.js'

/**
 * Two connected ports without a thread between them. Data is cloned as between threads, so that what cannot cross fails
 * in tests too; it arrives in a microtask, so that tests in virtual time need no event loop.
 */
export function createPortPair(): [Port, Port] {
  const a = new LocalPort()
  const b = new LocalPort()
  a.other = b
  b.other = a
  return [a, b]
}

class LocalPort implements Port {
  other: LocalPort | undefined
  readonly #listeners = new Set<(data: unknown) => void>()

  postMessage(data: unknown): void {
    const clone: unknown = structuredClone(data)
    queueMicrotask(() => this.other?.deliver(clone))
  }

  deliver(data: unknown): void {
    for (const listener of this.#listeners) listener(data)
  }

  on(_event: 'message', listener: (data: unknown) => void): this {
    this.#listeners.add(listener)
    return this
  }

  off(_event: 'message', listener: (data: unknown) => void): this {
    this.#listeners.delete(listener)
    return this
  }

  /** What is on its way still arrives, at both ends. */
  close(): void {
    queueMicrotask(() => {
      if (this.other) this.other.other = undefined
      this.other = undefined
    })
  }
}

import type { AnyRef } from './ref.js'
import { Terminated } from './signal.js'

interface Watch {
  unsubscribe: () => void
  signal: Terminated | undefined
}

/** Whom one life watches. The end of each goes to `deliver` once. */
export class Watches {
  readonly #deliver: (terminated: Terminated) => void
  readonly #watches = new Map<AnyRef, Watch>()

  constructor(deliver: (terminated: Terminated) => void) {
    this.#deliver = deliver
  }

  add(ref: AnyRef): void {
    if (this.#watches.has(ref)) return
    const watch: Watch = { unsubscribe: () => {}, signal: undefined }
    this.#watches.set(ref, watch)
    watch.unsubscribe = ref.onTerminated(outcome => {
      watch.signal = new Terminated(ref, outcome)
      this.#deliver(watch.signal)
    })
  }

  remove(ref: AnyRef): void {
    const watch = this.#watches.get(ref)
    if (watch === undefined) return
    this.#watches.delete(ref)
    watch.unsubscribe()
    if (watch.signal !== undefined) watch.signal.live = false
  }

  removeAll(): void {
    for (const ref of this.#watches.keys()) this.remove(ref)
  }
}

import type { Lease } from '../../src/ports/lease.js'

/** A lease that runs until the test says otherwise. */
export class ManualLease implements Lease {
  #held = true
  #waiting: (() => void)[] = []

  held(): boolean {
    return this.#held
  }

  whenHeld(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (this.#held || signal.aborted) return resolve()
      this.#waiting.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  lose(): void {
    this.#held = false
  }

  renew(): void {
    this.#held = true
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

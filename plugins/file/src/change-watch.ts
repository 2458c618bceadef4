import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'

/** Changes that come within so many ms of the first are answered together. */
const lingerMs = 5

/**
 * Wakes when the file system says that a file changed. Only a hint that saves time: some file systems say nothing, and
 * watches may be used up, so `wait` has a deadline after which its caller looks for itself.
 */
export class ChangeWatch {
  #watcher: FSWatcher | undefined
  #changed = false
  #wake: (() => void) | undefined

  /** Watches whatever has the name now, also after it is renamed. */
  constructor(path: string) {
    try {
      this.#watcher = watch(path, { persistent: false }, () => this.#notice())
      this.#watcher.on('error', () => this.close())
    } catch {
      this.#watcher = undefined
    }
  }

  /** Resolves a little after a change (also one since the last call), after `ms`, or at once when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#wake = undefined
        this.#changed = false
        resolve()
      }
      let timer = setTimeout(done, this.#changed ? lingerMs : ms)
      signal.addEventListener('abort', done, { once: true })
      this.#wake = () => {
        this.#wake = undefined
        clearTimeout(timer)
        timer = setTimeout(done, Math.min(lingerMs, ms))
      }
    })
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #notice(): void {
    this.#changed = true
    this.#wake?.()
  }
}

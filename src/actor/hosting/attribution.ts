import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import type { Gauges } from './gauges.js'
import type { MemorySense } from './memory-sense.js'

/**
 * Whose code runs in this thread. Every callback and continuation carries the number of the task that caused it; a hook
 * before each of them writes it to shared memory, so that the main thread can read who holds a loop that stands.
 * (Remembering who was entered last names the wrong task: another's continuation may have run since.)
 * Holds with Node 20's AsyncLocalStorage and with AsyncContextFrame (Node 24); a test shows it for both kinds of source.
 */
export class Attribution {
  readonly #tasks = new AsyncLocalStorage<number>()
  readonly #gauges: Gauges
  readonly #memory: MemorySense
  #holder = 0

  constructor(gauges: Gauges, memory: MemorySense) {
    this.#gauges = gauges
    this.#memory = memory
    createHook({ before: () => this.#hold(this.#tasks.getStore() ?? 0) }).enable()
  }

  /** Runs something as the task `task`. */
  within<T>(task: number, run: () => T): T {
    const outer = this.#holder
    this.#hold(task)
    try {
      return this.#tasks.run(task, run)
    } finally {
      this.#hold(outer)
    }
  }

  /** The task that caused what runs now; 0: none, or not known. */
  get owner(): number {
    return this.#tasks.getStore() ?? 0
  }

  /**
   * The same for an error that left a callback: Node 20 has left the context of a microtask when it reports its error,
   * but what the hook saw last is still that microtask.
   */
  get thrower(): number {
    return this.#tasks.getStore() ?? this.#holder
  }

  /** What comes now is nobody's, so that nobody is blamed for it. */
  release(): void {
    this.#hold(0)
  }

  #hold(task: number): void {
    if (task === this.#holder) return
    this.#memory.leave(this.#holder)
    this.#holder = task
    this.#gauges.holder = task
  }
}

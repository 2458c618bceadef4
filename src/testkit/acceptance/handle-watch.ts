import { AsyncLocalStorage, createHook, type AsyncHook } from 'node:async_hooks'

/** What may keep a process alive, by the names of Node's async resources. Open files are not among them: Node does not tell whose they are. */
const kinds = new Set([
  'Timeout',
  'FSEVENTWRAP',
  'STATWATCHER',
  'TCPWRAP',
  'TCPSERVERWRAP',
  'PIPEWRAP',
  'PIPESERVERWRAP',
  'TTYWRAP',
  'UDPWRAP',
  'PROCESSWRAP',
  'MESSAGEPORT',
  'WORKER',
])

/**
 * Sees what the code that runs below `run` opens and does not close: timers, watches, sockets, processes. It
 * follows the plugin's own promises and callbacks, so that what the test runner opens meanwhile is not counted.
 */
export class HandleWatch {
  readonly #of = new AsyncLocalStorage<HandleWatch>()
  readonly #held = new Map<number, string>()
  readonly #hook: AsyncHook

  constructor() {
    this.#hook = createHook({
      init: (id, kind) => {
        if (kinds.has(kind) && this.#of.getStore() === this) this.#held.set(id, kind)
      },
      destroy: id => void this.#held.delete(id),
    }).enable()
  }

  run<T>(work: () => T): T {
    return this.#of.run(this, work)
  }

  /** The same, for what the suite itself does on the plugin's behalf. */
  outside<T>(work: () => T): T {
    return this.#of.exit(work)
  }

  /** The kinds of what is open now. */
  get open(): string[] {
    return [...this.#held.values()]
  }

  end(): void {
    this.#hook.disable()
  }
}

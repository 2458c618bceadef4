import { MillraceError } from '../src/core/error.js'
import { untilAborted } from './until-aborted.js'
import type { Work } from './work.js'

/** One life of a connector's instance or task, and how its start went. */
export interface WorkStart {
  readonly work: Work
  /** Counts the lives of all work, so that a later one has a greater number. */
  readonly number: number
  readonly outcome: 'pending' | 'started' | { readonly failure: unknown }
}

/** How the latest start of each connector's instance and each task went, for who waits for one. */
export class WorkStarts {
  readonly #latest = new Map<string, WorkStart>()
  readonly #listeners = new Map<string, Set<(start: WorkStart) => void>>()
  #count = 0

  /** The number of the last life that began. */
  get count(): number {
    return this.#count
  }

  begin(id: string, work: Work): void {
    this.#latest.set(id, { work, number: ++this.#count, outcome: 'pending' })
  }

  /** A connector has planned, or has nothing to plan; a task runs. */
  started(id: string): void {
    this.#settle(id, 'started')
  }

  failed(id: string, failure: unknown): void {
    this.#settle(id, { failure })
  }

  forget(id: string): void {
    this.#latest.delete(id)
  }

  /** Resolves when a start that is `meant` succeeded; rejects with its failure, or with the signal's reason. */
  async whenStarted(id: string, meant: (start: WorkStart) => boolean, signal: AbortSignal): Promise<void> {
    const settled = (start: WorkStart | undefined): start is WorkStart =>
      start !== undefined && start.outcome !== 'pending' && meant(start)
    let start = this.#latest.get(id)
    if (!settled(start)) start = await this.#next(id, settled, signal)
    if (typeof start.outcome === 'object') throw start.outcome.failure
  }

  /** Nothing starts here any more. */
  close(): void {
    const failure = new MillraceError('node.starting', 'The part of the node that runs connectors restarts.', {
      hint: 'Try again in a moment.',
      disposition: 'retry',
    })
    for (const listeners of this.#listeners.values()) {
      for (const listener of listeners) listener({ work: closedWork, number: Infinity, outcome: { failure } })
    }
  }

  async #next(id: string, settled: (start: WorkStart) => boolean, signal: AbortSignal): Promise<WorkStart> {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners)
    let listener = (_start: WorkStart): void => undefined
    const heard = new Promise<WorkStart>(resolve => {
      listener = start => {
        if (start.work === closedWork || settled(start)) resolve(start)
      }
    })
    listeners.add(listener)
    try {
      return await untilAborted(heard, signal)
    } finally {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(id)
    }
  }

  #settle(id: string, outcome: 'started' | { readonly failure: unknown }): void {
    const start = this.#latest.get(id)
    if (start === undefined) return
    const settled = { ...start, outcome }
    this.#latest.set(id, settled)
    for (const listener of this.#listeners.get(id) ?? []) listener(settled)
  }
}

/** Stands for all work when nothing starts any more. */
const closedWork: Work = { kind: 'connector', name: '', config: {}, targetState: 'STOPPED' }

import type { Lease } from '../ports/lease.js'
import type { Logger } from '../ports/logger.js'
import { stopped } from './task-failure.js'
import type { TaskMetrics } from './task-metrics.js'

/**
 * I3: lets a task's side effects through only while its node's lease runs. Over: they wait (`suspended-since`), and go on
 * when it runs again. A task that is told to stop meanwhile has had its last side effect: the lease may come back under
 * another membership, for which this run has no grant.
 */
export class LeaseGate {
  readonly #lease: Lease
  readonly #metrics: TaskMetrics
  readonly #logger: Logger
  readonly #stopSignal: AbortSignal
  #waiting = 0
  #closed = false

  constructor(
    parts: { readonly lease: Lease; readonly metrics: TaskMetrics; readonly logger: Logger },
    stopSignal: AbortSignal,
  ) {
    this.#lease = parts.lease
    this.#metrics = parts.metrics
    this.#logger = parts.logger
    this.#stopSignal = stopSignal
    stopSignal.addEventListener('abort', () => this.#closeUnlessHeld(), { once: true })
  }

  /** Whether no side effect may happen any more in this run. */
  get isClosed(): boolean {
    return this.#closed
  }

  /**
   * To be asked right before each side effect: undefined where it may happen now, so that it costs no promise; else
   * resolves when it may. Rejects with `task.stopped`.
   */
  pass(): Promise<void> | undefined {
    return !this.#closed && this.#lease.held() ? undefined : this.#wait()
  }

  async #wait(): Promise<void> {
    if (this.#waiting++ === 0) {
      this.#metrics.begin('suspended-since')
      this.#logger.log('warn', 'The lease is over: the task holds still until it runs again')
    }
    try {
      while (!this.#closed && !this.#lease.held()) {
        if (this.#stopSignal.aborted) this.#closeUnlessHeld()
        else await this.#lease.whenHeld(this.#stopSignal)
      }
    } finally {
      if (--this.#waiting === 0) this.#end()
    }
    if (this.#closed) throw stopped()
  }

  #closeUnlessHeld(): void {
    if (!this.#lease.held()) this.#closed = true
  }

  #end(): void {
    this.#metrics.endExcuse('suspended-since')
    if (!this.#closed) this.#logger.log('info', 'The lease runs again: the task goes on')
  }
}

import { Piscina } from 'piscina'
import type { TransferListItem, Worker } from 'node:worker_threads'
import { MillraceError, errorCode, errorMessage } from '../../core/error.js'
import type { Clock } from '../../ports/clock.js'
import type { Logger } from '../../ports/logger.js'
import { deferred } from './deferred.js'
import { createGauges } from './gauges.js'
import type { HostingLimits } from './limits.js'
import type { RunRequest, SetupRequest, Settlement, ThreadData, ThreadNotice } from './messages.js'
import type { TaskThread, ThreadPlan } from './task-thread.js'
import type { ThreadEnd } from './thread-end.js'
import type { ThreadSetup } from './types.js'
import { hardFactor } from './vital-signs.js'
import { fromWire, toWire } from './wire.js'

export interface PooledThreadOptions {
  readonly entry: URL
  readonly setup: ThreadSetup
  readonly limits: HostingLimits
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * A piscina pool of one thread. `entry` is a module whose default export `hostThread` made.
 * Runs are never given a `signal`: piscina would give such a run a thread to itself.
 */
export class PooledThread implements TaskThread {
  readonly name: string
  readonly dedicated: boolean
  readonly memoryMaxBytes: number
  readonly gauges = createGauges()
  readonly loaded: Promise<void>
  readonly ended: Promise<ThreadEnd>

  readonly #clock: Clock
  readonly #logger: Logger
  readonly #exitMs: number
  readonly #pool: Piscina
  readonly #exited = deferred<void>()
  #worker: Worker | undefined
  #why: ThreadEnd | undefined
  /** What the thread said before it left. */
  #lastWords: unknown

  constructor(plan: ThreadPlan, { entry, setup, limits, clock, logger }: PooledThreadOptions) {
    this.name = plan.name
    this.dedicated = plan.dedicated
    this.memoryMaxBytes = plan.memoryMaxBytes
    this.#clock = clock
    this.#logger = logger
    this.#exitMs = limits.stopMs
    this.ended = this.#exited.promise.then(() => this.#why ?? { kind: 'exited', exitCode: 0 })
    const data: ThreadData = {
      gauges: this.gauges.memory,
      pulseMs: limits.pulseMs,
      memoryMaxBytes: plan.memoryMaxBytes,
      stopMs: limits.stopMs,
    }
    const heapMaxBytes = plan.memoryMaxBytes * hardFactor + limits.heapHeadroomBytes
    this.#pool = new Piscina({
      filename: entry.href,
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapMaxBytes / (1 << 20)) },
      // None until the first run, which starts it; with a minimum piscina would start another beside one that dies.
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Infinity,
      concurrentTasksPerWorker: limits.tasksPerThreadMax,
      // The default lets an idle thread wait without turning its loop: timers and sockets of its tasks would stand.
      atomics: 'disabled',
      recordTiming: false,
    })
    this.#pool.on('message', (notice: unknown) => this.#hear(notice))
    // An error of a thread without runs; the worker's own event, below, has told already.
    this.#pool.on('error', () => {})
    const first: SetupRequest = { kind: 'setup', data: setup.data }
    this.loaded = this.#send(first, setup.transfer ?? []).then(
      made => (made.ok ? undefined : this.end({ kind: 'not_loaded', error: fromWire(made.error) })),
      (error: unknown) => this.end({ kind: 'not_loaded', error }),
    )
    this.#watch(this.#pool.threads[0])
  }

  run(request: RunRequest, transfer: readonly TransferListItem[]): Promise<Settlement> {
    return this.#send(request, transfer).catch((cause: unknown) => {
      if (this.#why) return new Promise<never>(() => {})
      const error = new MillraceError('hosting.not_clonable', `What ${request.name} is started with cannot be sent.`, {
        hint: 'Only structured-clonable data reaches a thread.',
        cause,
      })
      return { ok: false, error: toWire(error), lingering: false }
    })
  }

  get ending(): boolean {
    return this.#why !== undefined
  }

  end(why: ThreadEnd): void {
    if (this.#why) return
    this.#why = why
    if (!this.#worker) return this.#exited.resolve()
    // A native call that blocks cannot be ended; no JavaScript runs in the thread after it, so nobody need wait.
    const timer = this.#clock.setTimer(() => {
      this.#logger.log('error', 'A thread does not end.', { thread: this.name })
      this.#exited.resolve()
    }, this.#exitMs)
    // Its own promise says the same as the worker's `exit`, which `#watch` hears.
    void this.#pool.destroy()
    void this.#exited.promise.then(() => this.#clock.clearTimer(timer))
  }

  #send(request: SetupRequest | RunRequest, transfer: readonly TransferListItem[]): Promise<Settlement> {
    // Its type asks for a browser's transferables; it hands them to Node's postMessage.
    return this.#pool.run(request, { transferList: [...transfer] as never }) as Promise<Settlement>
  }

  #watch(worker: Worker | undefined): void {
    if (!worker) return
    this.#worker = worker
    worker.on('error', error => {
      if (errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY') this.end({ kind: 'out_of_memory' })
      else if (this.gauges.pulse === 0) this.end({ kind: 'not_loaded', error })
      else this.end({ kind: 'exited', exitCode: 1, error })
    })
    worker.on('exit', exitCode => {
      this.end({ kind: 'exited', exitCode, ...(this.#lastWords !== undefined && { error: this.#lastWords }) })
      this.#exited.resolve()
    })
  }

  #hear(message: unknown): void {
    if (!isNotice(message)) return
    const error = fromWire(message.error)
    if (message.kind === 'unattributed') this.#lastWords = error
    else
      this.#logger.log('warn', 'A task that has ended left something running, which failed.', {
        thread: this.name,
        code: errorCode(error),
        error: errorMessage(error),
        ...(error instanceof MillraceError && error.hint !== undefined && { hint: error.hint }),
      })
  }
}

/** A plugin can post to the same port. */
function isNotice(message: unknown): message is ThreadNotice {
  const { kind, error } = (message ?? {}) as { kind?: unknown; error?: unknown }
  return (kind === 'stray' || kind === 'unattributed') && typeof error === 'object' && error !== null
}

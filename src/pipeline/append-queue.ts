import { dispositionOf, errorCode, errorMessage, type MillraceError } from '../core/error.js'
import { sleep, type Clock } from '../ports/clock.js'
import type { AppendUnit, LogWriter } from '../ports/log.js'
import type { Logger } from '../ports/logger.js'
import type { Random } from '../ports/random.js'
import { backOffMs, retryAfterMs } from './back-off.js'
import type { LeaseGate } from './lease-gate.js'
import { isStopped, stopped, taskFailure } from './task-failure.js'
import type { TaskMetrics } from './task-metrics.js'

export interface QueueOptions<U extends AppendUnit> {
  /** A writer, also in place of one that failed. */
  readonly openWriter: () => LogWriter
  /** Whether what failed may be sent again: not of transactions, of which nobody knows then whether they ended. */
  readonly resends: boolean
  /** Whether what is appended is gone then (`LogClient.takesBuffers`). */
  readonly takesBuffers: boolean
  readonly gate: LeaseGate
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: TaskMetrics
  /** Ends retries: what is not durable by then stays undone. */
  readonly signal: AbortSignal
  /** The unit is durable; its batches begin at these offsets. */
  readonly onAppended: (unit: U, baseOffsets: readonly number[]) => void
  /** An append failed for good; nothing is appended any more. */
  readonly onFailed: (error: MillraceError) => void
}

interface Waiting<U> {
  readonly unit: U
  readonly bytes: number
  sent: boolean
}

const maxUnits = 32
const maxBytes = 8 << 20

/**
 * Units on their way to the log, in order and bounded (I6). What passes by itself, such as a full disk, is tried again
 * from the first unit that is not durable, so that nothing is lost or overtaken (I1).
 */
export class AppendQueue<U extends AppendUnit> {
  readonly #options: QueueOptions<U>
  #writer: LogWriter
  #waiting: Waiting<U>[] = []
  #bytes = 0
  #sent = 0
  /** Waits for the lease. */
  #suspended = false
  #firstError: { readonly error: unknown } | undefined
  #failure: MillraceError | undefined
  #recovery: Promise<void> | undefined
  #wake: (() => void)[] = []

  constructor(options: QueueOptions<U>) {
    this.#options = options
    this.#writer = options.openWriter()
    options.signal.addEventListener('abort', () => this.#changed(), { once: true })
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  get hasRoom(): boolean {
    return this.#waiting.length < maxUnits && this.#bytes < maxBytes
  }

  /** Resolves when there is room (I6). Rejects when an append failed for good, or the time is up (`task.stopped`). */
  room(): Promise<void> {
    return this.#until(() => this.hasRoom)
  }

  /** Resolves when everything is durable. Rejects as `room` does. */
  empty(): Promise<void> {
    return this.#until(() => this.isEmpty)
  }

  /** Only when there is room. */
  push(unit: U): void {
    const bytes = unit.batches.reduce((sum, batch) => sum + batch.bytes.length, 0)
    this.#waiting.push({ unit, bytes, sent: false })
    this.#bytes += bytes
    this.#count()
    this.#sendAll()
  }

  /** Waits for what was sent to the log, not for what is still to be tried again. */
  async close(): Promise<void> {
    await this.#recovery
    await this.#writer.close()
  }

  /** Sends what was not sent yet, in order, as long as the lease runs (I3). */
  #sendAll(): void {
    if (this.#firstError || this.#failure || this.#suspended) return
    for (const waiting of this.#waiting) {
      if (waiting.sent) continue
      const held = this.#options.gate.pass()
      if (held !== undefined) return this.#sendOnceHeld(held)
      this.#send(waiting)
    }
  }

  #sendOnceHeld(held: Promise<void>): void {
    this.#suspended = true
    held
      .then(() => {
        this.#suspended = false
        this.#sendAll()
      })
      // It must stop: who waits for the queue hears of it.
      .catch(() => this.#changed())
  }

  #send(waiting: Waiting<U>): void {
    waiting.sent = true
    this.#sent++
    this.#writer.append(this.#given(waiting.unit)).then(
      ({ baseOffsets }) => {
        this.#sent--
        this.#done(waiting, baseOffsets)
        if (this.#firstError) this.#recoverOnceSettled()
      },
      (error: unknown) => {
        this.#sent--
        // Those behind the one that failed say only that something failed before them.
        if (!this.#firstError || errorCode(this.#firstError.error) === 'log.writer_failed') this.#firstError = { error }
        this.#recoverOnceSettled()
      },
    )
  }

  /** A retry needs the bytes, so where they would be gone a copy is. */
  #given(unit: U): AppendUnit {
    const { resends, takesBuffers } = this.#options
    return resends && takesBuffers ? copyOf(unit) : unit
  }

  #done(waiting: Waiting<U>, baseOffsets: readonly number[]): void {
    this.#bytes -= waiting.bytes
    this.#waiting = this.#waiting.filter(other => other !== waiting)
    this.#count()
    this.#options.metrics.progress()
    this.#options.onAppended(waiting.unit, baseOffsets)
    this.#changed()
  }

  #recoverOnceSettled(): void {
    if (this.#sent > 0 || this.#recovery || this.#failure) return
    this.#recovery = this.#recover().finally(() => {
      this.#recovery = undefined
      // What it sent last may have failed before it was over.
      if (this.#firstError && !this.#options.signal.aborted && !this.#options.gate.isClosed) this.#recoverOnceSettled()
    })
  }

  /** Sends the first unit that is not durable until it is, and then those behind it. */
  async #recover(): Promise<void> {
    const { clock, random, logger, metrics, signal, openWriter, resends } = this.#options
    metrics.enterRetry()
    try {
      for (let attempt = 1; this.#firstError; attempt++) {
        const error = rootOf(this.#firstError.error)
        if (!resends || dispositionOf(error) !== 'retry') return this.#fail(error)
        metrics.add('append-retry-total')
        if (attempt === 1)
          logger.log('warn', 'Appending waits and is tried again', {
            code: errorCode(error),
            error: errorMessage(error),
          })
        await sleep(clock, backOffMs(attempt, random, retryAfterMs(error)), signal)
        if (signal.aborted) return
        this.#writer.close().catch(() => undefined) // It failed already; there is nothing more to learn from it.
        this.#writer = openWriter()
        try {
          await this.#sendFirst()
          logger.log('info', 'Appending goes on', { tries: attempt })
        } catch (again) {
          if (isStopped(again)) return this.#changed()
          this.#firstError = { error: again }
        }
      }
    } finally {
      metrics.leaveRetry()
    }
  }

  async #sendFirst(): Promise<void> {
    const first = this.#waiting[0]
    for (const waiting of this.#waiting) waiting.sent = false
    if (first) {
      await this.#options.gate.pass()
      first.sent = true
      const { baseOffsets } = await this.#writer.append(this.#given(first.unit))
      this.#done(first, baseOffsets)
    }
    this.#firstError = undefined
    this.#sendAll()
  }

  #fail(error: unknown): void {
    this.#failure = taskFailure('KAFKA_PRODUCE', error)
    this.#changed()
    this.#options.onFailed(this.#failure)
  }

  #count(): void {
    this.#options.metrics.set('units-in-flight', this.#waiting.length)
    this.#options.metrics.set('bytes-in-flight', this.#bytes)
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#failure) throw this.#failure
      if (this.#options.signal.aborted || this.#options.gate.isClosed) throw stopped()
      await new Promise<void>(resolve => {
        this.#wake.push(resolve)
      })
    }
  }

  #changed(): void {
    const wake = this.#wake
    this.#wake = []
    for (const resolve of wake) resolve()
  }
}

/** Costs a hundredth of an append. */
function copyOf(unit: AppendUnit): AppendUnit {
  return { ...unit, batches: unit.batches.map(batch => ({ ...batch, bytes: batch.bytes.slice() })) }
}

function rootOf(error: unknown): unknown {
  const cause = errorCode(error) === 'log.writer_failed' ? (error as Error).cause : undefined
  return cause ?? error
}

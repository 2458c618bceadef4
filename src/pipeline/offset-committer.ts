import { errorCode, errorMessage } from '../core/error.js'
import type { OffsetMap } from '../core/offset.js'
import type { LogWriter } from '../ports/log.js'
import type { ConnectorOffsets } from '../ports/source-offsets.js'
import type { Clock } from '../ports/clock.js'
import type { Logger } from '../ports/logger.js'
import { CommitTurn } from './commit-turn.js'
import type { Committable, Ledger } from './ledger.js'
import type { LeaseGate } from './lease-gate.js'
import { isStopped } from './task-failure.js'
import type { TaskMetrics } from './task-metrics.js'

type CommittedHandler = (partition: OffsetMap, offset: OffsetMap) => void | Promise<void>

/** Tells a plugin what was committed: of each partition the latest only, one call at a time. */
export class CommitNotifier {
  readonly #logger: Logger
  #handler: CommittedHandler | undefined
  /** By the partition's key, so that a newer offset takes the place of an older one that was not told yet. */
  readonly #news = new Map<string, Committable>()
  #telling: Promise<void> | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  set handler(handler: CommittedHandler | undefined) {
    this.#handler = handler
    this.#news.clear()
  }

  tell(committed: readonly Committable[]): void {
    if (!this.#handler) return
    for (const entry of committed) this.#news.set(entry.ticket.lane.key, entry)
    if (this.#news.size > 0) this.#telling ??= this.#tellAll().finally(() => (this.#telling = undefined))
  }

  /** Resolves when the plugin has been told everything. */
  async told(): Promise<void> {
    await this.#telling
  }

  async #tellAll(): Promise<void> {
    for (;;) {
      const [next] = this.#news
      if (!next || !this.#handler) return
      const [key, { partition, offset }] = next
      this.#news.delete(key)
      try {
        await this.#handler(partition, offset)
      } catch (error) {
        this.#logger.log('warn', 'The connector failed to handle a committed offset', {
          code: errorCode(error),
          error: errorMessage(error),
          partition,
        })
      }
    }
  }
}

interface CommitterOptions {
  readonly offsets: ConnectorOffsets
  readonly ledger: Ledger
  readonly notifier: Pick<CommitNotifier, 'tell'>
  readonly gate: LeaseGate
  readonly writerId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: TaskMetrics
  readonly commitTimeoutMs: number
}

/** Commits source offsets after their records, where log and offsets cannot be written in one step. */
export class OffsetCommitter {
  readonly #options: CommitterOptions
  readonly #turn: CommitTurn
  #writer: LogWriter | undefined

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#turn = new CommitTurn(options.clock, options.commitTimeoutMs)
  }

  /**
   * Commits what is acknowledged and not committed. A log that fails, or does not answer in time, is logged and tried
   * again at the next call; offsets that cannot be written at all reject (`offsets.not_primitive`).
   */
  async commit(): Promise<void> {
    const { ledger, offsets } = this.#options
    if (ledger.committable().length === 0 || !(await this.#mayWrite())) return
    const entries = ledger.committable()
    if (entries.length === 0) return
    const batches = offsets.encode(entries)
    if (!(await this.#turn.take(() => this.#write(entries, batches)))) this.#overdue()
  }

  /** Resolves when no commit is under way, also one that was not waited for. */
  decided(): Promise<void> {
    return this.#turn.over()
  }

  async close(): Promise<void> {
    await this.decided()
    await this.#writer?.close()
  }

  /** Waits for its turn and for the lease (I3), until both are there at once. False where it is not to be. */
  async #mayWrite(): Promise<boolean> {
    const { gate } = this.#options
    try {
      for (;;) {
        if (!(await this.#turn.comes())) {
          this.#overdue()
          return false
        }
        const held = gate.pass()
        if (held === undefined) return true
        await held
      }
    } catch (error) {
      if (isStopped(error)) return false
      throw error
    }
  }

  #overdue(): void {
    const { metrics, logger, commitTimeoutMs } = this.#options
    metrics.add('offset-commit-failure-total')
    logger.log('warn', 'Committing source offsets takes too long and is not waited for', { afterMs: commitTimeoutMs })
  }

  async #write(entries: readonly Committable[], batches: ReturnType<ConnectorOffsets['encode']>): Promise<void> {
    const { offsets, ledger, notifier, writerId, clock, logger, metrics } = this.#options
    const started = clock.now()
    const writer = (this.#writer ??= offsets.log.openWriter({ id: writerId }))
    try {
      await writer.append({ batches })
      ledger.markCommitted(entries)
      metrics.add('offset-commit-success-total')
      notifier.tell(entries)
    } catch (error) {
      this.#writer = undefined
      metrics.add('offset-commit-failure-total')
      logger.log('warn', 'Committing source offsets failed and is tried again', {
        code: errorCode(error),
        error: errorMessage(error),
      })
    }
    metrics.sample('offset-commit-time-ms', clock.now() - started)
  }
}

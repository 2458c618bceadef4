import { errorCode, errorMessage } from '../core/error.js'
import type { Clock } from '../ports/clock.js'
import type { LogWriter } from '../ports/log.js'
import type { Logger } from '../ports/logger.js'
import type { ConnectorOffsets, SourceOffset } from '../ports/source-offsets.js'
import { CommitTurn } from './commit-turn.js'
import type { Committable } from './ledger.js'
import type { LeaseGate } from './lease-gate.js'
import { isStopped } from './task-failure.js'

interface CopyOptions {
  /** Where they go. */
  readonly offsets: ConnectorOffsets
  readonly gate: LeaseGate
  readonly writerId: string
  readonly clock: Clock
  readonly logger: Logger
  readonly commitTimeoutMs: number
}

/**
 * Writes committed offsets once more, to the worker's own topic, from where a connector goes on that has no topic of its own
 * any more. Nothing depends on it meanwhile: what fails, or takes too long, is logged and done with the next.
 */
export class OffsetCopy {
  readonly #options: CopyOptions
  readonly #turn: CommitTurn
  /** The newest of each partition that is not written; bounded by the partitions that the source has. */
  #pending = new Map<string, SourceOffset>()
  #writer: LogWriter | undefined
  #failing = false

  constructor(options: CopyOptions) {
    this.#options = options
    this.#turn = new CommitTurn(options.clock, options.commitTimeoutMs)
  }

  note(committed: readonly Committable[]): void {
    for (const { ticket, partition, offset } of committed) this.#pending.set(ticket.lane.key, { partition, offset })
  }

  /** Waits no longer than for a commit; not at all where one before it hangs. Never rejects. */
  async write(): Promise<void> {
    if (this.#pending.size > 0 && this.#turn.isFree) await this.#turn.take(() => this.#writeAll())
  }

  /** What hangs is left to itself, and must not hold up the end of its task: a successor's fence makes it void. */
  async close(): Promise<void> {
    const { isFree } = this.#turn
    const closed = this.#writer?.close().catch(() => undefined)
    if (isFree) await closed
  }

  async #writeAll(): Promise<void> {
    const { offsets, gate, writerId, logger } = this.#options
    const copied = this.#pending
    this.#pending = new Map()
    try {
      await gate.pass()
      this.#writer ??= offsets.log.openWriter({ id: writerId })
      await this.#writer.append({ batches: offsets.encode([...copied.values()]) })
      this.#failing = false
    } catch (error) {
      this.#writer = undefined
      this.#pending = new Map([...copied, ...this.#pending])
      if (this.#failing || isStopped(error)) return
      this.#failing = true
      logger.log('warn', "Offsets are committed, and cannot be copied to the worker's offsets topic", {
        code: errorCode(error),
        error: errorMessage(error),
      })
    }
  }
}

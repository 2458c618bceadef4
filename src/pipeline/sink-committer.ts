import { MillraceError, errorCode, errorMessage } from '../core/error.js'
import { partitionKey, type TopicPartition } from '../core/offset.js'
import { sleep } from '../ports/clock.js'
import type { SinkTask } from '../plugin/index.js'
import { persist } from './back-off.js'
import { CommitTurn } from './commit-turn.js'
import type { LeaseGate } from './lease-gate.js'
import { RecommitTimer } from './recommit-timer.js'
import type { SinkDeadLetters } from './sink-dead-letters.js'
import type { SinkDependencies } from './sink-loop.js'
import type { SinkPositions } from './sink-positions.js'
import type { SinkDefinition } from './task-definition.js'
import { isStopped, taskFailure } from './task-failure.js'

type Commit = Parameters<SinkPositions['markCommitted']>[0]

/** How soon dead letters are to be seen. */
const deadLetterMs = 1_000

/** Flushes a sink and commits what it covers, when that is due. */
export class SinkCommitter {
  readonly #definition: SinkDefinition
  readonly #dependencies: SinkDependencies
  readonly #positions: SinkPositions
  readonly #deadLetters: SinkDeadLetters
  readonly #stopSignal: AbortSignal
  readonly #gate: LeaseGate
  readonly #turn: CommitTurn
  readonly #again: RecommitTimer
  /** Why offsets can never be committed. */
  #hopeless: MillraceError | undefined
  #nextAt: number
  #requested = false
  /** Whether anything was put, or passed over, since the last flush. */
  #moved = false

  constructor(
    definition: SinkDefinition,
    dependencies: SinkDependencies,
    parts: {
      readonly gate: LeaseGate
      readonly positions: SinkPositions
      readonly deadLetters: SinkDeadLetters
      readonly stopSignal: AbortSignal
    },
  ) {
    this.#definition = definition
    this.#dependencies = dependencies
    this.#positions = parts.positions
    this.#deadLetters = parts.deadLetters
    this.#stopSignal = parts.stopSignal
    this.#gate = parts.gate
    this.#again = new RecommitTimer(dependencies.clock, {
      intervalMs: dependencies.commitIntervalMs,
      peers: dependencies.epoch !== undefined,
      forgets: !dependencies.log.atomic,
    })
    this.#turn = new CommitTurn(dependencies.clock, dependencies.commitTimeoutMs)
    this.#nextAt = dependencies.clock.now() + dependencies.commitIntervalMs
  }

  /** Milliseconds until the next commit is due; 0 when it is. */
  get dueInMs(): number {
    const now = this.#dependencies.clock.now()
    if (!this.#deadLetters.isEmpty) this.#nextAt = Math.min(this.#nextAt, now + deadLetterMs)
    if (this.#requested || this.#deadLetters.isFull) return 0
    return Math.min(Math.max(0, this.#nextAt - now), this.#again.dueInMs)
  }

  request(): void {
    this.#requested = true
  }

  noteMoved(): void {
    this.#moved = true
  }

  /**
   * Makes durable what was put, then commits it (I1), save for `except`, which is gone. A commit that fails, or does not
   * end in time, is logged and done at the next interval; a flush that fails rejects, and nothing is committed.
   */
  async commit(task: SinkTask, except: readonly TopicPartition[] = []): Promise<void> {
    const { clock, metrics, commitIntervalMs } = this.#dependencies
    const due = this.#moved || this.#requested || task.committable !== undefined || !this.#deadLetters.isEmpty
    this.#requested = false
    if (due) await this.#flushAndCommit(task, new Set(except.map(partitionKey)))
    else await this.#commitAgain()
    this.#nextAt = clock.now() + commitIntervalMs
    metrics.set('sink-record-active-count', this.#positions.uncommitted)
  }

  /** While nothing is put: commits what is committed again, when that is time, until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    while (this.#again.dueInMs < Infinity) {
      await sleep(this.#dependencies.clock, this.#again.dueInMs, signal)
      if (signal.aborted) return
      await this.#commitAgain()
    }
  }

  /** Writes the dead letters and commits nothing. */
  async report(): Promise<void> {
    await this.#persist(() => this.#deadLetters.commit(this.#definition.group, []), 'Writing dead letters')
  }

  async #flushAndCommit(task: SinkTask, except: ReadonlySet<string>): Promise<void> {
    const { metrics, logger } = this.#dependencies
    const positions = this.#positions.positions()
    await this.#gate.pass()
    this.#moved = false
    metrics.begin('flush-pending-since')
    let wanted = positions
    try {
      const flush = async (): Promise<void> => {
        await this.#gate.pass()
        await task.flush?.()
      }
      await this.#persist(flush, 'Flushing')
      if (task.committable) wanted = [...(await task.committable(positions))]
    } catch (error) {
      throw taskFailure('TASK_FLUSH', error)
    } finally {
      metrics.end('flush-pending-since')
    }
    metrics.progress()
    const { commit: changed, ignored } = this.#positions.plan(wanted.filter(of => !except.has(partitionKey(of))))
    const commit = [...changed, ...this.#unchanged(changed).filter(of => !except.has(partitionKey(of)))]
    for (const { position, why } of ignored) logger.log('warn', `An offset is not committed: ${why}`, { ...position })
    if (commit.length === 0 && this.#deadLetters.isEmpty) metrics.add('offset-commit-skip-total')
    else await this.#write(commit)
  }

  async #commitAgain(): Promise<void> {
    const commit = this.#unchanged([])
    if (commit.length > 0) await this.#write(commit)
  }

  /** What is to be committed again now. */
  #unchanged(commit: Commit): Commit {
    if (this.#again.dueInMs > 0) return []
    this.#again.restart()
    return this.#positions.unchanged(commit)
  }

  async #write(commit: Commit): Promise<void> {
    if (!this.#deadLetters.isEmpty) return this.#writeWithLetters(commit)
    await this.#gate.pass()
    const inTime = (await this.#turn.comes()) && (await this.#turn.take(() => this.#writeOffsets(commit)))
    if (this.#hopeless) throw this.#hopeless
    if (inTime) return
    const { metrics, logger, commitTimeoutMs } = this.#dependencies
    metrics.add('offset-commit-failure-total')
    this.#moved = true
    logger.log('warn', 'Committing offsets takes too long and is not waited for', { afterMs: commitTimeoutMs })
  }

  async #writeOffsets(commit: Commit): Promise<void> {
    const { logger } = this.#dependencies
    try {
      await this.#timed(commit, () => this.#deadLetters.commit(this.#definition.group, commit))
    } catch (error) {
      this.#moved = true
      if (errorCode(error) === 'log.group_in_use') this.#hopeless = groupInUse(this.#definition.group, error)
      else if (!isStopped(error))
        logger.log('warn', 'Committing offsets failed and is tried again', {
          code: errorCode(error),
          error: errorMessage(error),
        })
    }
  }

  /** Dead letters are not held without bound, so nothing goes on before they are written, however long that takes (I6). */
  async #writeWithLetters(commit: Commit): Promise<void> {
    const { metrics } = this.#dependencies
    const write = (): Promise<void> => this.#deadLetters.commit(this.#definition.group, commit)
    metrics.begin('append-pending-since')
    try {
      await this.#turn.over()
      await this.#timed(commit, () => this.#persist(write, 'Writing dead letters'))
    } catch (error) {
      throw taskFailure('KAFKA_PRODUCE', error)
    } finally {
      metrics.end('append-pending-since')
    }
  }

  async #timed(commit: Commit, write: () => Promise<void>): Promise<void> {
    const { clock, metrics } = this.#dependencies
    const started = clock.now()
    metrics.add('offset-commit-seq-no')
    try {
      await write()
      this.#positions.markCommitted(commit)
      metrics.add('offset-commit-completion-total')
      metrics.add('offset-commit-success-total')
    } catch (error) {
      metrics.add('offset-commit-failure-total')
      throw error
    } finally {
      metrics.sample('offset-commit-time-ms', clock.now() - started)
    }
  }

  #persist(action: () => Promise<void>, what: string): Promise<void> {
    return persist(action, what, { ...this.#dependencies, signal: this.#stopSignal })
  }
}

/** What the other commits and what this task does would undo each other. */
function groupInUse(group: string, cause: unknown): MillraceError {
  return new MillraceError(
    'log.group_in_use',
    `Something else consumes as group ${group}, so no offset can be committed.`,
    {
      stage: 'TASK_FLUSH',
      key: 'consumer.override.group.id',
      hint: 'Stop the other, or set another group for this connector.',
      cause,
    },
  )
}

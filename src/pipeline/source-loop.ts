import { dispositionOf, errorCode, errorMessage, type MillraceError } from '../core/error.js'
import { sleep } from '../ports/clock.js'
import type { ConnectorOffsets } from '../ports/source-offsets.js'
import { AppendedNews } from './appended-news.js'
import { backOffMs, every, inStep, nextTurn, retryAfterMs, settledBefore } from './back-off.js'
import { LeaseGate } from './lease-gate.js'
import { LoopControl } from './loop-control.js'
import { CommitNotifier } from './offset-committer.js'
import type { LagProvider } from './source-context.js'
import { SourceIntake } from './source-intake.js'
import { SourceLagSense } from './source-lag.js'
import { outputMode } from './output-mode.js'
import { SourceOutput } from './source-output.js'
import { SourceReading } from './source-reading.js'
import type { SourceDefinition } from './task-definition.js'
import { taskFailure } from './task-failure.js'
import type { LoopDependencies, TaskLoop } from './task-loop.js'
import { isFenced } from './taking-over.js'

export interface SourceDependencies extends LoopDependencies {
  /** Of this task, with peers; else of its connector. */
  readonly offsets: ConnectorOffsets
  /**
   * Whether the task's grant is still its own, said by what was read after the call (a beat that came back). Asked each
   * time a writer has taken its transactional id, before it appends. Never rejects but by `retry` and `task.stopped`.
   */
  readonly confirmOwnership: (signal: AbortSignal) => Promise<boolean>
}

/** How one opening of the plugin's `read` came to its end. */
type ReadEnd =
  | { readonly type: 'ended' }
  | { readonly type: 'stopped' }
  /** It threw what passes by itself, or what it had read has to be read again. */
  | { readonly type: 'retry'; readonly error: unknown; readonly afterYields: boolean }

const lagIntervalMs = 5_000
/** How many yields one task takes in a row before its neighbours in the thread have their turn. */
const yieldsPerTurn = 32

/** Runs one source task: pulls what the plugin reads, appends it, and commits the offsets that are covered. */
export class SourceLoop implements TaskLoop {
  readonly #definition: SourceDefinition
  readonly #dependencies: SourceDependencies
  readonly #control: LoopControl
  readonly #notifier: CommitNotifier
  readonly #appended: AppendedNews
  readonly #gate: LeaseGate
  readonly #lagSense = new SourceLagSense()
  #lagProvider: LagProvider | undefined
  #reading: SourceReading | undefined

  constructor(definition: SourceDefinition, dependencies: SourceDependencies) {
    this.#definition = definition
    this.#dependencies = dependencies
    this.#control = new LoopControl(dependencies)
    this.#notifier = new CommitNotifier(dependencies.logger)
    this.#appended = new AppendedNews(dependencies.logger)
    this.#gate = new LeaseGate(dependencies, this.#control.stopSignal)
  }

  async run(): Promise<void> {
    const control = this.#control
    try {
      await control.whilePaused()
      if (!control.isStopping) await this.#work()
    } finally {
      control.end()
    }
    if (control.failure) throw taskFailure('TASK_POLL', control.failure.error)
  }

  pause(): void {
    this.#control.pause()
    // Nothing is at hand while a read is pending; what that brings is appended yet.
    if (this.#reading?.isPending) this.#control.reportPaused()
  }

  resume(): void {
    this.#control.resume()
    if (this.#reading?.isPending) this.#control.reportRunning()
  }

  drain(withinMs: number): Promise<void> {
    return this.#control.drain(withinMs)
  }

  async #work(): Promise<void> {
    const control = this.#control
    const { plugin, config } = this.#definition
    const mode = outputMode(this.#definition, this.#dependencies)
    const boundary = mode === 'transactional' ? this.#definition.transactions?.boundary : undefined
    // Where one append is all, the source's own marks cost nothing and are heeded unasked.
    const marked =
      boundary === undefined ? plugin.transactionBoundaries?.(config) === true : boundary.type === 'connector'
    const output = new SourceOutput(this.#definition, this.#dependencies, {
      control,
      gate: this.#gate,
      notifier: this.#notifier,
      appended: this.#appended,
      marked,
      lagSense: this.#lagSense,
      onFailed: error => this.#noteFailure(output, error),
    })
    const intake = new SourceIntake(this.#definition, this.#dependencies, {
      output,
      stopSignal: control.stopSignal,
      marked,
      streams: mode === 'transactional',
    })
    const reading = this.#read(intake, output).catch(error => control.fail(error))
    const duties = this.#runDuties(output)
    await settledBefore(reading, control.deadlineSignal)
    await this.#settle(output)
    // A unit that was sent may land yet: who starts this task anew before that is known would read it twice.
    const decided = Promise.all([output.close(), duties])
    await control.lastWait(decided, this.#dependencies.commitTimeoutMs)
    await control.lastWait(reading)
  }

  /** What is due now and then, whatever the plugin does. */
  async #runDuties(output: SourceOutput): Promise<void> {
    const { clock, commitIntervalMs, metrics } = this.#dependencies
    const signal = this.#control.stopSignal
    const duties = [
      every(clock, commitIntervalMs, signal, () => output.commit()),
      inStep(clock, lagIntervalMs, signal, async () => {
        metrics.roll()
        await this.#askLag()
      }),
    ]
    try {
      await Promise.all(duties)
    } catch (error) {
      this.#control.fail(error)
    }
  }

  /** A transaction that failed by what passes, or by another who took its id, is read again; anything else fails the task. */
  #noteFailure(output: SourceOutput, error: MillraceError): void {
    const { metrics } = this.#dependencies
    if (isFenced(error)) metrics.add('producer-fenced-total')
    const passes = output.mode === 'transactional' && (isFenced(error) || dispositionOf(error) === 'retry')
    if (!passes) return this.#control.fail(error)
    this.#reading?.interrupt(error)
  }

  async #read(intake: SourceIntake, output: SourceOutput): Promise<void> {
    const { metrics, random, clock, logger } = this.#dependencies
    const control = this.#control
    await intake.open()
    for (let attempt = 1; !control.isStopping; attempt++) {
      await output.begin()
      const reading = this.#open()
      let end = await this.#readOnce(reading, intake, output, attempt === 1)
      if (end.type === 'ended') end = await this.#idle(reading, output)
      if (end.type !== 'retry') return
      await this.#settleRead(reading, output)
      if (end.afterYields) attempt = 1
      if (attempt === 1)
        logger.log('warn', 'Reading failed and is tried again', {
          code: errorCode(end.error),
          error: errorMessage(end.error),
        })
      metrics.add('read-retry-total')
      metrics.enterRetry()
      await sleep(clock, backOffMs(attempt, random, retryAfterMs(end.error)), control.stopSignal)
      metrics.leaveRetry()
    }
  }

  #open(): SourceReading {
    const reading = new SourceReading(this.#definition, this.#dependencies, {
      control: this.#control,
      notifier: this.#notifier,
      appended: this.#appended,
      setLagProvider: provider => (this.#lagProvider = provider),
    })
    this.#reading = reading
    return reading
  }

  /** Opened again from the committed offsets: what was read until now must be among them, or it would be read twice. */
  async #settleRead(reading: SourceReading, output: SourceOutput): Promise<void> {
    try {
      // Unless it is read again because it is not.
      if (reading.interruption) return
      output.dropUnfinished()
      await output.settle()
      await output.decided()
      await this.#insistOnCommit(output)
    } catch (error) {
      if (!reading.interruption) throw error
    }
  }

  /** I2: a commit that failed and is made good only after older records were read again would be undone by their offsets. */
  async #insistOnCommit(output: SourceOutput): Promise<void> {
    const { clock, random, metrics } = this.#dependencies
    const { stopSignal } = this.#control
    for (let attempt = 1; output.isBehind && !stopSignal.aborted; attempt++) {
      metrics.enterRetry()
      await sleep(clock, backOffMs(attempt, random), stopSignal)
      metrics.leaveRetry()
      await output.commit()
      await output.decided()
    }
  }

  async #readOnce(
    reading: SourceReading,
    intake: SourceIntake,
    output: SourceOutput,
    first: boolean,
  ): Promise<ReadEnd> {
    const control = this.#control
    let yields = 0
    reading.open()
    if (first) control.reportRunning()
    try {
      while (!control.isStopping && !reading.interruption) {
        if (control.isPaused) await this.#rest(output)
        const room = output.room()
        if (room !== undefined) await room // I6: nothing is pulled while there is no room.
        if (control.isStopping || reading.interruption) break
        const next = await reading.pull()
        if (next.type === 'retry') return { ...next, afterYields: yields > 0 }
        if (next.type !== 'yield') return next
        output.beginTaking()
        const pending = intake.take(next.value)
        if (pending !== undefined) await pending
        const ending = output.endTaking()
        if (ending !== undefined) await ending
        if (++yields % yieldsPerTurn === 0) await nextTurn()
      }
      return this.#endOf(reading, yields)
    } catch (error) {
      if (reading.interruption) return this.#endOf(reading, yields)
      control.fail(error) // Before the plugin is asked to clean up, which it may never do.
      throw error
    } finally {
      await reading.close()
    }
  }

  #endOf(reading: SourceReading, yields: number): ReadEnd {
    if (!reading.interruption || this.#control.isStopping) return { type: 'stopped' }
    return { type: 'retry', error: reading.interruption.error, afterYields: yields > 0 }
  }

  /** The input has ended: the task stays, with nothing to do, unless some of it has to be read again. */
  async #idle(reading: SourceReading, output: SourceOutput): Promise<ReadEnd> {
    const { metrics } = this.#dependencies
    const control = this.#control
    const interrupted = reading.interrupted()
    metrics.begin('input-ended-since')
    try {
      output.dropUnfinished()
      await output.flush('idle')
      while (!control.isStopping && !reading.interruption) {
        if (control.isPaused) await this.#rest(output)
        else await Promise.race([control.change(), interrupted])
      }
    } catch (error) {
      if (!reading.interruption) throw error
    }
    if (reading.interruption) metrics.end('input-ended-since')
    return this.#endOf(reading, 1)
  }

  /** Paused: what was read is appended and committed, save for a transaction that is still open, and nothing more is pulled. */
  async #rest(output: SourceOutput): Promise<void> {
    await output.settle()
    await this.#control.whilePaused()
    if (!this.#control.isStopping) this.#control.reportRunning()
  }

  /** What was taken becomes durable and committed, as far as the time goes. */
  async #settle(output: SourceOutput): Promise<void> {
    const { deadlineSignal } = this.#control
    output.dropUnfinished()
    if (deadlineSignal.aborted) return
    // What a transaction does not commit now is read again by the next run.
    const settled = output.settle().catch(error => this.#reading?.interruption ?? this.#control.fail(error))
    await settledBefore(settled, deadlineSignal)
  }

  async #askLag(): Promise<void> {
    const provider = this.#lagProvider
    if (!provider) return
    const { metrics, clock } = this.#dependencies
    const ask = async (): Promise<void> => metrics.setLag(this.#lagSense.lagOf(await provider(), clock.wallTime()))
    try {
      await settledBefore(ask(), this.#control.stopSignal)
    } catch (error) {
      this.#dependencies.logger.log('debug', 'The connector failed to tell its lag', { error: errorMessage(error) })
    }
  }
}

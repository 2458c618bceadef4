import { dispositionOf, errorCode, errorMessage } from '../core/error.js'
import type { OffsetMap } from '../core/offset.js'
import type { SourceYield } from '../plugin/index.js'
import type { AppendedNews } from './appended-news.js'
import type { LoopControl } from './loop-control.js'
import type { CommitNotifier } from './offset-committer.js'
import { sourceContext, type LagProvider } from './source-context.js'
import type { SourceDependencies } from './source-loop.js'
import type { SourceDefinition } from './task-definition.js'
import { taskFailure } from './task-failure.js'

type Yielded = SourceYield<OffsetMap, OffsetMap>

/** What asking the plugin for more brought. */
export type Pulled =
  | { readonly type: 'yield'; readonly value: Yielded }
  | { readonly type: 'ended' }
  | { readonly type: 'stopped' }
  /** It threw what passes by itself, or what it had read has to be read again. */
  | { readonly type: 'retry'; readonly error: unknown }

interface ReadingParts {
  readonly control: LoopControl
  readonly notifier: CommitNotifier
  readonly appended: AppendedNews
  readonly setLagProvider: (provider: LagProvider) => void
}

/** One opening of a plugin's `read`: pulled until it ends, fails, or has to be opened again. */
export class SourceReading {
  readonly #definition: SourceDefinition
  readonly #dependencies: SourceDependencies
  readonly #parts: ReadingParts
  readonly #over = new AbortController()
  #iterator: AsyncIterator<Yielded> | undefined
  #pending = false
  #interruption: { readonly error: unknown } | undefined

  constructor(definition: SourceDefinition, dependencies: SourceDependencies, parts: ReadingParts) {
    this.#definition = definition
    this.#dependencies = dependencies
    this.#parts = parts
  }

  /** Whether the plugin is being waited for. */
  get isPending(): boolean {
    return this.#pending
  }

  /** Why what was read has to be read again. */
  get interruption(): { readonly error: unknown } | undefined {
    return this.#interruption
  }

  /** What was read will not be committed: the plugin is to end, and to be opened again. */
  interrupt(error: unknown): void {
    this.#interruption ??= { error }
    this.#over.abort()
  }

  /** Resolves when it is interrupted. */
  interrupted(): Promise<void> {
    const { signal } = this.#over
    return new Promise(resolve => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  open(): void {
    const { control, notifier, appended, setLagProvider } = this.#parts
    const context = sourceContext(this.#definition, this.#dependencies, {
      offsets: this.#dependencies.offsets,
      notifier,
      appended,
      signal: AbortSignal.any([control.stopSignal, this.#over.signal]),
      setLagProvider,
    })
    try {
      this.#iterator = this.#definition.plugin.read(context)[Symbol.asyncIterator]()
    } catch (error) {
      throw taskFailure('TASK_START', error)
    }
  }

  async pull(): Promise<Pulled> {
    const { metrics, clock, logger } = this.#dependencies
    const { control } = this.#parts
    const started = clock.now()
    metrics.begin('read-pending-since')
    this.#pending = true
    try {
      const result = await this.#iterator!.next()
      if (control.deadlineSignal.aborted) return { type: 'stopped' }
      if (this.#interruption && !control.isStopping) return { type: 'retry', error: this.#interruption.error }
      if (result.done === true) return { type: control.isStopping ? 'stopped' : 'ended' }
      metrics.progress()
      return { type: 'yield', value: result.value }
    } catch (error) {
      if (control.isStopping) {
        // Many clients say so by an error when their wait is aborted.
        logger.log('debug', 'Reading ended with an error while stopping', { error: errorMessage(error) })
        return { type: 'stopped' }
      }
      if (this.#interruption) return { type: 'retry', error: this.#interruption.error }
      if (dispositionOf(error) === 'retry') return { type: 'retry', error }
      throw taskFailure('TASK_POLL', error)
    } finally {
      this.#pending = false
      metrics.end('read-pending-since')
      metrics.sample('poll-batch-time-ms', clock.now() - started)
    }
  }

  /** Ends the generator, so that its `finally` runs; one that ended by itself takes no notice. */
  async close(): Promise<void> {
    try {
      await this.#iterator?.return?.()
    } catch (error) {
      this.#dependencies.logger.log('warn', 'The connector failed to clean up', {
        stage: 'TASK_STOP',
        code: errorCode(error),
        error: errorMessage(error),
      })
    }
  }
}

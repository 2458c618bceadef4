import type { DryRunError } from '../../core/api/dry-run.js'
import type { Hide } from '../../core/config/hidden.js'
import { MillraceError, errorCode, errorMessage } from '../../core/error.js'
import { settledBefore } from '../back-off.js'
import type { LoopControl } from '../loop-control.js'
import type { TaskDefinition } from '../task-definition.js'
import { isStopped } from '../task-failure.js'
import type { LoopDependencies } from '../task-loop.js'
import { Tolerance, type RecordFailure, type Resumable } from '../tolerance.js'
import type { RecordTrace } from './record-trace.js'

/** Errors as a dry run shows them. */
export type DescribeError = (error: unknown) => DryRunError

const traceMax = 8_000
const messageMax = 2_000

export function describingErrors(hide: Hide, traceOf: (error: unknown) => string): DescribeError {
  const shown = (text: string, max: number): string => {
    const hidden = hide(text)
    return hidden.length > max ? `${hidden.slice(0, max)}…` : hidden
  }
  return error => {
    const { hint, key } = (error ?? {}) as Partial<MillraceError>
    return {
      code: errorCode(error),
      message: shown(errorMessage(error), messageMax),
      ...(typeof hint === 'string' && { hint: shown(hint, messageMax) }),
      ...(typeof key === 'string' && { key }),
      trace: shown(traceOf(error), traceMax),
    }
  }
}

/** Brings records through a task's own conversion, with its tolerance of errors, and tells `trace` what that made of them. */
export class Passage {
  readonly #trace: RecordTrace
  readonly #control: LoopControl
  readonly #tolerance: Tolerance
  readonly #describe: DescribeError
  readonly #hasDeadLetters: boolean

  constructor(
    { errors }: Pick<TaskDefinition, 'errors'>,
    dependencies: LoopDependencies,
    parts: { readonly trace: RecordTrace; readonly control: LoopControl; readonly describe: DescribeError },
  ) {
    this.#trace = parts.trace
    this.#control = parts.control
    this.#describe = parts.describe
    this.#tolerance = new Tolerance(errors, dependencies)
    this.#hasDeadLetters = errors.deadLetter !== undefined
  }

  /** The conversion has begun with a record. */
  async take(conversion: Resumable): Promise<void> {
    try {
      const pending = conversion.advance()
      if (pending !== undefined) await this.#inTime(pending)
    } catch (error) {
      const failure = await this.#retry(conversion, error)
      if (failure) this.#fail(failure)
    }
  }

  async #retry(conversion: Resumable, error: unknown): Promise<RecordFailure | undefined> {
    const again: Resumable = {
      get operation() {
        return conversion.operation
      },
      advance: () => {
        this.#trace.retried()
        const pending = conversion.advance()
        return pending && this.#inTime(pending)
      },
    }
    try {
      return await this.#tolerance.retry(again, error, this.#control.stopSignal)
    } catch (stopped) {
      if (!isStopped(stopped)) throw stopped
      // A running task would try on.
      return { ...conversion.operation, error }
    }
  }

  #fail(failure: RecordFailure): void {
    const verdict = this.#tolerance.judge(failure, () => ({}))
    const spared = this.#hasDeadLetters ? 'dead-letter' : 'skip'
    this.#trace.failed(this.#describe(failure.error), verdict === 'fail' ? 'fail' : spared)
  }

  async #inTime(pending: Promise<void>): Promise<void> {
    if (!(await settledBefore(pending, this.#control.deadlineSignal)))
      throw new MillraceError('dryrun.overdue', 'It did not end in the time that the dry run had.', {
        hint: 'Give it more time (timeoutMs, --timeout).',
      })
  }
}

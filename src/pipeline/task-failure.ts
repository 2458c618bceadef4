import { MillraceError, dispositionOf, errorCode, errorMessage } from '../core/error.js'
import type { Stage } from '../core/stage.js'

/** Whatever was thrown, as an error that names its stage; its own stage, code and hint stay where it has them. */
export function taskFailure(stage: Stage, error: unknown): MillraceError {
  const known = error as Partial<MillraceError> | null | undefined
  if (error instanceof MillraceError && error.stage !== undefined) return error
  return new MillraceError(errorCode(error), errorMessage(error), {
    stage: known?.stage ?? stage,
    disposition: dispositionOf(error),
    cause: error,
    ...(known?.hint !== undefined && { hint: known.hint }),
    ...(known?.key !== undefined && { key: known.key }),
    ...(known?.retryAfterMs !== undefined && { retryAfterMs: known.retryAfterMs }),
  })
}

/** What ends a wait inside a loop when the task must stop: not a failure. */
export function stopped(): MillraceError {
  return new MillraceError('task.stopped', 'The task was told to stop.')
}

export function isStopped(error: unknown): boolean {
  return errorCode(error) === 'task.stopped'
}

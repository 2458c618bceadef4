import { MillraceError, errorMessage } from '../core/error.js'

interface FailureOptions {
  /** A stable code of the plugin's own (`postgres.slot_missing`). */
  readonly code?: string
  readonly hint?: string
  readonly cause?: unknown
}

/** It will pass by itself: the runtime tries again with back-off, and it never counts against the restart budget. `after`: the least wait in ms. */
export function retry(what: string | Error, options: FailureOptions & { readonly after?: number } = {}): MillraceError {
  return failure('retry', what, options)
}

/** It will not pass by itself; the task fails and is restarted within its budget. */
export function fatal(what: string | Error, options: FailureOptions = {}): MillraceError {
  return failure('fatal', what, options)
}

/** This one record is at fault; thrown by transforms and converters, or given to a sink's `reject`. */
export function rejected(what: string | Error, options: FailureOptions = {}): MillraceError {
  return failure('reject', what, options)
}

function failure(
  disposition: 'retry' | 'fatal' | 'reject',
  what: string | Error,
  options: FailureOptions & { readonly after?: number },
): MillraceError {
  return new MillraceError(options.code ?? `plugin.${disposition}`, errorMessage(what), {
    disposition,
    ...(options.hint !== undefined && { hint: options.hint }),
    ...(options.after !== undefined && { retryAfterMs: options.after }),
    cause: options.cause ?? (what instanceof Error ? what : undefined),
  })
}

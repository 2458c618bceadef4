import { errorMessage, MillraceError } from '../../core/error.js'

const noSpace = new Set<unknown>(['ENOSPC', 'EDQUOT', 28])

export function isDiskFull(error: unknown): boolean {
  return noSpace.has((error as { code?: unknown } | null | undefined)?.code)
}

/** A write that failed and of which nothing is kept: `log.disk_full` (try again), or `log.io`. */
export function writeFailure(cause: unknown): MillraceError {
  if (isDiskFull(cause))
    return new MillraceError(
      'log.disk_full',
      'The disk of the data directory is full; nothing of the append was kept.',
      {
        hint: 'Free space, or shorten the retention of topics; the append is tried again.',
        disposition: 'retry',
        retryAfterMs: 1000,
        cause,
      },
    )
  return new MillraceError('log.io', `The log could not be written: ${errorMessage(cause)}.`, { cause })
}

/**
 * After this nothing may be trusted that was not on the disk before: a failed fdatasync drops the pages it could not
 * write and the next one succeeds without them. The log has to be opened anew, which cuts back to the last commit.
 */
export function fatalFailure(what: string, cause: unknown): MillraceError {
  return new MillraceError('log.io', `${what} failed, so the log stopped: ${errorMessage(cause)}.`, {
    hint: 'Check the disk; the log opens anew with all that was acknowledged.',
    cause,
  })
}

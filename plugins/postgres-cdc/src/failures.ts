import { MillraceError, errorCode, errorMessage, fatal, retry } from 'millrace/plugin'

/** SQLSTATEs of what passes by itself: connections, resources, shutdowns, conflicts, locks. */
const transient = /^(08...|53[^4].{2}|57P0.|57014|40001|40P01|55P03)$/

/** Whether a failure of the server passes by itself. */
export function passes(error: unknown): boolean {
  const code = errorCode(error)
  if (transient.test(code)) return true
  return (
    /^E[A-Z]+$/.test(code) || /Connection terminated|timeout|not queryable|socket|has ended/i.test(errorMessage(error))
  )
}

/** What a failure means to the task; `after`: how long to wait at least. */
export function postgresFailure(error: unknown, doing: string, after = 1_000): MillraceError {
  if (error instanceof MillraceError) return error
  const what = `PostgreSQL: ${doing} failed: ${errorMessage(error)}`
  if (passes(error)) return retry(what, { code: 'postgres.unavailable', after, cause: error })
  return fatal(what, { code: 'postgres.failed', hint: hintOf(errorCode(error)), cause: error })
}

function hintOf(code: string): string {
  if (code === '28P01' || code === '28000')
    return 'See database.user and database.password, and pg_hba.conf: replication has entries of its own there.'
  if (code === '3D000') return 'See database.dbname.'
  if (code === '42501') return 'Grant it to the connector’s user.'
  return 'The message is the server’s own.'
}

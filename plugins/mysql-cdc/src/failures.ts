import { MillraceError, errorCode, errorMessage, fatal, retry } from 'millrace/plugin'

/** Errors of the server that pass by themselves: connections, shutdowns, locks, an equal server id that is about to go. */
const transient = new Set([
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_NET_READ_ERROR',
  'ER_NET_READ_INTERRUPTED',
  'ER_NET_WRITE_INTERRUPTED',
  'ER_NET_ERROR_ON_WRITE',
  'ER_QUERY_INTERRUPTED',
  'ER_CONNECTION_KILLED',
  'ER_NORMAL_SHUTDOWN',
  'ER_USER_LIMIT_REACHED',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'HANDSHAKE_SSL_ERROR',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
])
const lost = 'ER_MASTER_FATAL_ERROR_READING_BINLOG'

/** Whether a failure of the server passes by itself. */
export function passes(error: unknown): boolean {
  const code = errorCode(error)
  if (code === lost) return /slave with the same|replica with the same|UUID|shutdown/i.test(errorMessage(error))
  return (
    transient.has(code) ||
    (/^E[A-Z]+$/.test(code) && !code.startsWith('ER_')) ||
    /connection (is in closed state|lost)|closed state|socket|timeout|has said nothing/i.test(errorMessage(error))
  )
}

/** What a failure means to the task; `after`: how long to wait at least. */
export function binlogFailure(error: unknown, doing: string, after = 1_000): MillraceError {
  if (error instanceof MillraceError) return error
  const what = `MySQL: ${doing} failed: ${errorMessage(error)}`
  if (passes(error)) return retry(what, { code: 'mysql.unavailable', after, cause: error })
  const code = errorCode(error)
  if (code === lost)
    return fatal(what, {
      code: 'mysql.changes_lost',
      hint: 'Reset the offsets, or set snapshot.mode=when_needed, to read all rows anew.',
      cause: error,
    })
  return fatal(what, { code: 'mysql.failed', hint: hintOf(code), cause: error })
}

function hintOf(code: string): string {
  if (code === 'ER_ACCESS_DENIED_ERROR' || code === 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR')
    return 'See database.user and database.password.'
  if (
    code === 'ER_SPECIFIC_ACCESS_DENIED_ERROR' ||
    code === 'ER_DBACCESS_DENIED_ERROR' ||
    code === 'ER_TABLEACCESS_DENIED_ERROR'
  )
    return 'Grant the connector’s user SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE and REPLICATION CLIENT (MariaDB: BINLOG MONITOR).'
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return 'The server takes no encrypted connections: see database.ssl.mode.'
  return 'The message is the server’s own.'
}

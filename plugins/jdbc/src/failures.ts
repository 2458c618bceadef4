import { MillraceError, errorCode, errorMessage, fatal, retry } from 'millrace/plugin'
import type { PluginLogger } from 'millrace/plugin'
import type { Session } from './connection/session.js'
import type { Dialect } from './dialect.js'

/** What a failure of the database means to the task: what passes by itself is tried again, anything else fails it. */
export function databaseFailure(dialect: Dialect, error: unknown, doing: string, after = 1_000): MillraceError {
  if (error instanceof MillraceError) return error
  const what = `${dialect.name}: ${doing} failed: ${errorMessage(error)}`
  const options = { cause: error }
  if (dialect.classify(error) === 'transient') return retry(what, { ...options, code: 'jdbc.unavailable', after })
  return fatal(what, {
    ...options,
    code: 'jdbc.failed',
    hint: hintOf(errorCode(error), errorMessage(error)) ?? 'The message is the database’s own.',
  })
}

/** What to do about failures that everybody has once. */
function hintOf(code: string, message: string): string | undefined {
  if (code === '28P01' || code === '28000' || code === 'ER_ACCESS_DENIED_ERROR')
    return 'See connection.user and connection.password.'
  if (code === '3D000' || code === 'ER_BAD_DB_ERROR') return 'See the name of the database in connection.url.'
  if (code === '42501' || /denied/i.test(message)) return 'Grant it to the connector’s user.'
  if (code === 'SQLITE_CANTOPEN') return 'See that the folder of the file exists and may be written to.'
  return undefined
}

export interface Connecting {
  readonly config: { readonly 'connection.attempts': number; readonly 'connection.backoff.ms': number }
  readonly signal: AbortSignal
  readonly sleep: (ms: number) => Promise<void>
  readonly logger: PluginLogger
}

/** Connects, trying as often as the configuration says; then says that it cannot. */
export async function openSession(dialect: Dialect, { config, signal, sleep, logger }: Connecting): Promise<Session> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dialect.open(signal)
    } catch (error) {
      const failure = databaseFailure(dialect, error, 'connecting', config['connection.backoff.ms'])
      const isLast = attempt >= config['connection.attempts'] || dialect.classify(error) !== 'transient'
      if (isLast || signal.aborted) throw failure
      logger.warn('Could not connect; it will be tried again', { attempt, error: failure.message })
      await sleep(config['connection.backoff.ms'])
    }
  }
}

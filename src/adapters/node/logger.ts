import pino from 'pino'
import { effectiveLevel, loggerOf, passes, type LevelName } from '../../core/log-levels.js'
import type { Logger } from '../../ports/logger.js'
import { LevelReader, type SharedLevels } from './shared-levels.js'

/**
 * A pino logger on a file or a file descriptor, one JSON object a line. Writes are synchronous and appended whole, so
 * that several threads may share the file, the order is kept, and a thread that dies has lost nothing; logging is rare
 * (never on a normal path), so the cost does not matter. `levels` says which lines are written, by the logger that
 * their fields name (`loggerOf`).
 */
export function createLogger(destination: string | number, levels: SharedLevels): Logger {
  const stream = pino.destination({ dest: destination, sync: true, append: true, mkdir: true })
  const options = { level: 'trace', base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: levelName }
  return wrap(pino(options, stream), new LevelReader(levels), {})
}

const levelName = { level: (label: string) => ({ level: label }) }

function wrap(logger: pino.Logger, levels: LevelReader, fixed: Readonly<Record<string, unknown>>): Logger {
  const ownName = loggerOf(fixed)
  let own: { readonly version: number; readonly level: LevelName } | undefined
  /** Looked up once for each version: a plugin may try to log each record. */
  const ownLevel = (): LevelName => {
    const { version } = levels
    own = own?.version === version ? own : { version, level: effectiveLevel(levels.table, ownName).level }
    return own.level
  }
  const levelOf = (fields: Readonly<Record<string, unknown>> | undefined): LevelName => {
    const level = ownLevel()
    if (fields === undefined) return level
    const name = loggerOf({ ...fixed, ...fields })
    return name === ownName ? level : effectiveLevel(levels.table, name).level
  }
  return {
    log: (level, message, fields) => {
      if (passes(level, levelOf(fields))) logger[level](fields ?? {}, message)
    },
    child: fields => wrap(logger.child(fields), levels, { ...fixed, ...fields }),
  }
}

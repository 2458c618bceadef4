import {
  effectiveLevel,
  isLevelName,
  isWithin,
  loggerOf,
  withLevel,
  type LevelName,
  type LevelTable,
} from '../../core/log-levels.js'
import { MillraceError } from '../../core/error.js'
import type { LoggerLevel } from '../../core/api/loggers.js'
import type { Clock } from '../../ports/clock.js'
import type { Herder } from '../../ports/herder.js'
import type { LogLevels } from '../../ports/log-levels.js'
import { LevelReader, writeLevels, type SharedLevels } from './shared-levels.js'

/** The node's loggers: its own, its log's, and one for each connector and task there is (`loggerOf`). */
export function logLevels(parts: {
  readonly shared: SharedLevels
  readonly clock: Clock
  readonly work: Pick<Herder, 'connectors' | 'tasks'>
  /** Has every node of the cluster set it, this one too; absent where a node is alone. */
  readonly spread?: (logger: string, level: LevelName) => Promise<void>
}): LogLevels {
  const reader = new LevelReader(parts.shared)
  const table = (): LevelTable => {
    void reader.version
    return reader.table
  }
  const present = (connector: string): readonly string[] => [
    loggerOf({ connector }),
    ...parts.work.tasks(connector).map(({ id }) => loggerOf({ connector, task: id.task })),
  ]
  const names = (): readonly string[] =>
    [
      ...new Set([
        'root',
        'millrace',
        'log',
        'connector',
        ...parts.work.connectors().flatMap(present),
        ...Object.keys(table()),
      ]),
    ].sort()

  const set = (logger: string, level: LevelName): readonly string[] => {
    const before = table()
    const concerned = [...new Set([...names(), logger])].filter(name => isWithin(name, logger)).sort()
    writeLevels(parts.shared, withLevel(before, logger, level, parts.clock.wallTime()))
    return concerned.filter(name => effectiveLevel(before, name).level !== level)
  }

  return {
    list() {
      const levels = names().map(name => [name, effectiveLevel(table(), name)] as const)
      return Object.fromEntries(levels.filter(([, { level }]) => level !== 'OFF'))
    },

    get(text): LoggerLevel | undefined {
      const logger = nameOf(text)
      return names().includes(logger) ? effectiveLevel(table(), logger) : undefined
    },

    set: (text, level) => set(nameOf(text), levelOf(level)),

    async setEverywhere(text, levelText) {
      const [logger, level] = [nameOf(text), levelOf(levelText)]
      if (parts.spread === undefined) set(logger, level)
      else await parts.spread(logger, level)
    },
  }
}

/** Connect takes the root's name in any case. */
function nameOf(logger: string): string {
  return logger.toLowerCase() === 'root' ? 'root' : logger
}

function levelOf(text: string): LevelName {
  const level = text.trim().toUpperCase()
  if (isLevelName(level)) return level
  throw new MillraceError('logger.level_unknown', `invalid log level '${text}'.`)
}

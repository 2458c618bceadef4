import type { LoggerLevel } from './api/loggers.js'

/** Connect's levels, and the least severity each lets through; OFF lets nothing. */
const severities = { ALL: 0, TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60, OFF: Infinity } as const

export type LevelName = keyof typeof severities

export function isLevelName(text: string): text is LevelName {
  return Object.hasOwn(severities, text)
}

/** Whether a line of this severity (`error`) passes a logger's level. */
export function passes(line: Lowercase<Exclude<LevelName, 'ALL' | 'OFF'>>, level: LevelName): boolean {
  return severities[line.toUpperCase() as LevelName] >= severities[level]
}

/** The levels that were set, by logger; a logger that none was set for has that of the nearest above it. */
export type LevelTable = Readonly<Record<string, { readonly level: LevelName; readonly last_modified: number | null }>>

export const initialLevels: LevelTable = { root: { level: 'INFO', last_modified: null } }

/** The logger that a line with these fields belongs to: its task's, its connector's, that of its part, or the node's. */
export function loggerOf(fields: Readonly<Record<string, unknown>>): string {
  const { connector, task, component } = fields
  if (typeof connector === 'string')
    return typeof task === 'number' ? `connector.${connector}.task-${task}` : `connector.${connector}`
  return typeof component === 'string' ? component : 'millrace'
}

/** From the logger up: `connector.a.task-0`, `connector.a`, `connector`, `root`. */
export function effectiveLevel(table: LevelTable, logger: string): LoggerLevel & { readonly level: LevelName } {
  for (let name = logger; ; name = name.slice(0, name.lastIndexOf('.'))) {
    if (Object.hasOwn(table, name)) return table[name]!
    if (!name.includes('.')) return table['root'] ?? initialLevels['root']!
  }
}

/** Above this, setting the level of a logger takes away those of the loggers below it. */
const rememberedMax = 1_000

/** With `logger` and all below it at `level`; what was at it already keeps the time of that. */
export function withLevel(table: LevelTable, logger: string, level: LevelName, now: number): LevelTable {
  const set = { level, last_modified: now }
  const entries = Object.entries(table)
  const kept = entries.length > rememberedMax ? entries.filter(([name]) => !isBelow(name, logger)) : entries
  const changed = kept.map(([name, known]) =>
    isWithin(name, logger) && known.level !== level ? [name, set] : [name, known],
  )
  return Object.fromEntries(Object.hasOwn(table, logger) ? changed : [...changed, [logger, set]])
}

function isBelow(logger: string, above: string): boolean {
  return logger !== 'root' && logger !== above && isWithin(logger, above)
}

export function isWithin(logger: string, above: string): boolean {
  return above === 'root' || logger === above || logger.startsWith(`${above}.`)
}

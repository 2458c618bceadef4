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

/** With `logger` and all below it at `level`. What was set below it is forgotten: it follows from now on. */
export function withLevel(table: LevelTable, logger: string, level: LevelName, now: number): LevelTable {
  const kept = Object.entries(table).filter(([name]) => name === 'root' || !isWithin(name, logger))
  return Object.fromEntries([...kept, [logger, { level, last_modified: now }]])
}

export function isWithin(logger: string, above: string): boolean {
  return above === 'root' || logger === above || logger.startsWith(`${above}.`)
}

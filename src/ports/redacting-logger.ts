import { inspect } from 'node:util'
import { asItIs, mapStrings, type Hide } from '../core/config/hidden.js'
import type { Logger } from './logger.js'

/** Names that lines go by (`loggerOf`, codes): they never come from a variable. */
const names = new Set(['connector', 'task', 'component', 'code', 'stage'])

/** A logger whose lines do not tell what `hide` knows, texts within their fields included (I8). */
export function redactingLogger(logger: Logger, hide: Hide): Logger {
  if (hide === asItIs) return logger
  return {
    log: (level, message, fields) => logger.log(level, hide(message), fields && redacted(fields, hide)),
    child: fields => redactingLogger(logger.child(redacted(fields, hide)), hide),
  }
}

function redacted(fields: Readonly<Record<string, unknown>>, hide: Hide): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, names.has(name) ? value : plain(value, hide)]),
  )
}

/** As the line would have it: what JSON cannot say is shown as text, an error with its message and stack. */
function plain(value: unknown, hide: Hide): unknown {
  if (typeof value === 'string') return hide(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return { type: value.name, message: hide(value.message), stack: hide(value.stack ?? '') }
  try {
    return mapStrings(JSON.parse(JSON.stringify(value)) as unknown, hide)
  } catch {
    return hide(inspect(value))
  }
}

import type { PluginLogger } from '../../src/plugin/index.js'
import type { Logger, LogLevel } from '../../src/ports/logger.js'

/** The node's log as plugin code sees it. */
export function pluginLogger(logger: Logger): PluginLogger {
  const at =
    (level: LogLevel) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void =>
      logger.log(level, message, fields)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

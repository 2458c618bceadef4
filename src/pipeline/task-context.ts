import type { PluginLogger } from '../plugin/index.js'
import { sleep } from '../ports/clock.js'
import type { Logger } from '../ports/logger.js'
import type { TaskDefinition } from './task-definition.js'
import type { LoopDependencies } from './task-loop.js'

/** The part of a plugin's context that sources and sinks share. */
export function taskContext(definition: TaskDefinition, dependencies: LoopDependencies, signal: AbortSignal) {
  const { config, raw, task, id, taskCount } = definition
  const { clock, logger } = dependencies
  return {
    config,
    raw,
    task,
    id,
    taskCount,
    signal,
    logger: pluginLogger(logger),
    sleep: (ms: number) => sleep(clock, ms, signal),
    replan: () => dependencies.replan(),
  }
}

function pluginLogger(logger: Logger): PluginLogger {
  return {
    debug: (message, fields) => logger.log('debug', message, fields),
    info: (message, fields) => logger.log('info', message, fields),
    warn: (message, fields) => logger.log('warn', message, fields),
    error: (message, fields) => logger.log('error', message, fields),
  }
}

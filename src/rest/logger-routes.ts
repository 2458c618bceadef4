import type { FastifyInstance } from 'fastify'
import { MillraceError } from '../core/error.js'
import type { LogLevels } from '../ports/log-levels.js'
import { mapBody } from './map-body.js'

interface Logger {
  readonly Params: { readonly logger: string }
}

/** `/admin/loggers` of Connect's API (contract §1.14). */
export function loggerRoutes(app: FastifyInstance, levels: LogLevels): void {
  app.get('/admin/loggers', () => levels.list())

  app.get<Logger>('/admin/loggers/:logger', request => {
    const { logger } = request.params
    const level = levels.get(logger)
    if (level === undefined) throw new MillraceError('logger.unknown', `Logger ${logger} not found.`)
    return level
  })

  app.put<Logger & { Querystring: { scope?: string } }>('/admin/loggers/:logger', async (request, reply) => {
    const { level } = mapBody(request.body)
    if (level === undefined || level === null)
      throw new MillraceError('logger.level_missing', "Desired 'level' parameter was not specified in request.")
    const { logger } = request.params
    // Any other scope counts as `worker`.
    if (request.query.scope?.toLowerCase() !== 'cluster') return levels.set(logger, level)
    await levels.setEverywhere(logger, level)
    return reply.code(204).send()
  })
}

import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Inspector } from '../ports/inspector.js'
import { expositionType, slicedExposition } from './exposition.js'

/** What there is to see of the node's work: its tasks in detail, and everything as metrics. */
export function taskRoutes(app: FastifyInstance, inspector: Inspector): void {
  app.get<{ Params: { name: string } }>('/millrace/v1/connectors/:name/tasks', request =>
    inspector.tasks(request.params.name),
  )
  app.get('/millrace/v1/overview', () => inspector.overview())
  app.get('/metrics', async (_request, reply) => {
    const families = await inspector.metrics()
    return reply.type(expositionType).send(Readable.from(slicedExposition(families)))
  })
}

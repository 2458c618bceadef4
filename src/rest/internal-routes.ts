import type { FastifyInstance } from 'fastify'
import { sendError } from './error-body.js'

const unsupported = {
  '/connectors/:name/tasks': {
    method: 'POST',
    message: 'Kafka Connect in standalone mode does not support externally setting task configurations.',
  },
  '/connectors/:name/fence': {
    method: 'PUT',
    message: 'Kafka Connect in standalone mode does not support exactly-once source connectors.',
  },
} as const

/**
 * What Connect's workers ask of each other. Nodes here have no need of it, so both are answered as a worker that is alone
 * answers them (StandaloneHerder; contract §1.15), whatever the body.
 */
export function internalRoutes(app: FastifyInstance): void {
  for (const [url, { method, message }] of Object.entries(unsupported)) {
    app.route({
      url,
      method,
      // Before the body is looked at: of any type and form, it comes to the same.
      onRequest: async (_request, reply) => sendError(reply, 500, message),
      handler: (_request, reply) => reply,
    })
  }
}

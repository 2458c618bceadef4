import type { FastifyInstance } from 'fastify'
import { sendError } from './error-body.js'

const endpoints = {
  '/connectors/:name/tasks': {
    method: 'POST',
    alone: 'Kafka Connect in standalone mode does not support externally setting task configurations.',
  },
  '/connectors/:name/fence': {
    method: 'PUT',
    alone: 'Kafka Connect in standalone mode does not support exactly-once source connectors.',
  },
} as const

/** What carries a signature, and what says how it was made (InternalRequestSignature). */
const signature = ['x-connect-authorization', 'x-connect-request-signature-algorithm']

/**
 * What Connect's workers ask of each other. Nodes here have no need of it: they agree through a topic. Alone, both are
 * answered as a worker that is alone answers them (StandaloneHerder; contract §1.15); with peers, as to a stranger:
 * there is no session key, so no signature can be right. Whatever the body: of any type and form, it comes to the same.
 */
export function internalRoutes(app: FastifyInstance, hasPeers: boolean): void {
  for (const [url, { method, alone }] of Object.entries(endpoints)) {
    app.route({
      url,
      method,
      // Before the body is looked at.
      onRequest: async (request, reply) => {
        if (!hasPeers) return sendError(reply, 500, alone)
        return signature.every(header => request.headers[header] !== undefined)
          ? sendError(reply, 403, 'Internal request contained invalid signature.')
          : sendError(reply, 400, 'Internal request missing required signature')
      },
      handler: (_request, reply) => reply,
    })
  }
}

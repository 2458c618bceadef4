import type { FastifyInstance, HTTPMethods } from 'fastify'
import { sendError } from './error-body.js'

const all: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']

/**
 * Answers OPTIONS, and 405 to the methods that a known path does not take (contract §1.1). Call it before any route is
 * added; it sees those that come later.
 */
export function otherMethods(app: FastifyInstance): void {
  const taken = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = taken.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    taken.set(url, methods)
  })
  void app.register((routes, _options, done) => {
    for (const [url, methods] of taken) {
      const missing = all.filter(method => !methods.has(method))
      const allow = [...methods, 'OPTIONS'].toSorted().join(', ')
      routes.options(url, (_request, reply) => reply.header('allow', allow).type('text/plain').send(allow))
      routes.route({
        url,
        method: [...missing],
        // Before the body is looked at.
        onRequest: async (_request, reply) => sendError(reply.header('allow', allow), 405),
        handler: (_request, reply) => reply,
      })
    }
    done()
  })
}

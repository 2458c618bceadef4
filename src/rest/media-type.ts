import type { FastifyInstance } from 'fastify'
import { sendError } from './error-body.js'

/** Paths of Connect's API: what they answer is JSON, and nothing else. */
const connectPath = /^\/(?:$|health|connectors|connector-plugins|admin)/

/** Answers 406 to who does not take JSON, once method and body have been found right, as JAX-RS does (contract §1.1). */
export function producesJson(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    const { url } = request.routeOptions
    if (url === undefined || !connectPath.test(url) || request.method === 'OPTIONS') return
    if (!takesJson(request.headers.accept)) return sendError(reply, 406)
  })
  // Connect names no charset: JSON has none but UTF-8.
  app.addHook('onSend', async (_request, reply) => {
    if (reply.getHeader('content-type') === 'application/json; charset=utf-8')
      reply.header('content-type', 'application/json')
  })
}

export function takesJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true
  return accept.split(',').some(range => {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase())
    const refused = parameters.some(parameter => /^q\s*=\s*0(\.0*)?$/.test(parameter))
    return !refused && ['*/*', 'application/*', 'application/json'].includes(type)
  })
}

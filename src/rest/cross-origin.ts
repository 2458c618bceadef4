import type { FastifyInstance } from 'fastify'
import type { CrossOrigin } from '../core/api/http-settings.js'
import { compileJavaRegex } from '../core/java-regex.js'

const preflightMaxAgeSeconds = 60

/**
 * Lets pages of other origins call the API, by the rules of Connect's CrossOriginHandler (Jetty 12): origins are regular
 * expressions in any case; what is asked before a call (preflight) is told the methods and goes on to be answered as
 * OPTIONS; an origin that is not allowed is answered without a word of it, so that its browser refuses. With `logIn` such
 * pages may also say who asks.
 */
export function crossOrigin(app: FastifyInstance, rules: CrossOrigin | undefined, logIn = false): void {
  if (rules === undefined) return
  const patterns = rules.origins.filter(origin => origin !== '*').map(origin => compileJavaRegex(`(?i)${origin}`))
  const any = patterns.length < rules.origins.length
  const allows = (origin: string): boolean =>
    any || origin.split(/\s+/).some(one => patterns.some(pattern => pattern.matches(one)))

  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !allows(origin)) return
    reply.header('access-control-allow-origin', origin)
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return
    reply
      .header('access-control-allow-methods', rules.methods.join(','))
      .header('access-control-allow-headers', logIn ? 'Content-Type,Authorization' : 'Content-Type')
      .header('access-control-max-age', preflightMaxAgeSeconds)
  })
}

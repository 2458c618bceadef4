import type { FastifyInstance } from 'fastify'
import type { HeaderRule } from '../core/api/http-settings.js'

/** Puts the headers of `response.http.headers.config` on every answer; what a route says of the same header comes later and counts. */
export function responseHeaders(app: FastifyInstance, rules: readonly HeaderRule[]): void {
  if (rules.length === 0) return
  app.addHook('onRequest', async (_request, reply) => {
    for (const [name, values] of valuesOf(rules, Date.now()))
      reply.header(name, values.length === 1 ? values[0] : values)
  })
}

/** In the order of the rules: `set` replaces what earlier ones said, `add` adds to it. `now` is milliseconds since the epoch. */
export function valuesOf(rules: readonly HeaderRule[], now: number): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>()
  for (const rule of rules) {
    const name = rule.name.toLowerCase()
    const value = 'inMs' in rule ? new Date(now + rule.inMs).toUTCString() : rule.value
    const adds = rule.action === 'add' || rule.action === 'addDate'
    values.set(name, adds ? [...(values.get(name) ?? []), value] : [value])
  }
  return values
}

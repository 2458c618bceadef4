import type { FastifyInstance } from 'fastify'
import { MillraceError, errorCode } from '../core/error.js'
import type { Herder } from '../ports/herder.js'
import { mapBody } from './map-body.js'
import { flag } from './query.js'

interface Plugin {
  readonly Params: { readonly plugin: string }
}

/** `/connector-plugins` of Connect's API (contract §1.13). */
export function pluginRoutes(app: FastifyInstance, herder: Herder): void {
  app.get<{ Querystring: { connectorsOnly?: string | string[] } }>('/connector-plugins', request =>
    herder.plugins({ connectorsOnly: flag(request.query.connectorsOnly, true) }),
  )

  app.get<Plugin & { Querystring: { version?: string } }>(
    '/connector-plugins/:plugin/config',
    async (request, reply) => {
      try {
        return reply.send(await herder.pluginConfig(request.params.plugin, request.query.version))
      } catch (error) {
        // Elsewhere a plugin that nobody knows is a fault of the configuration that names it; here of the path.
        if (errorCode(error) !== 'plugin.unknown') throw error
        throw new MillraceError('plugin.not_found', `Unknown plugin ${request.params.plugin}.`, { cause: error })
      }
    },
  )

  app.put<Plugin>('/connector-plugins/:plugin/config/validate', request => {
    const { plugin } = request.params
    const config = mapBody(request.body)
    const included = config['connector.class'] ?? undefined
    if (included !== undefined && !withoutSuffix(included).endsWith(withoutSuffix(plugin)))
      throw new MillraceError(
        'plugin.type_differs',
        `Included connector type ${included} does not match request type ${plugin}`,
        { key: 'connector.class' },
      )
    return herder.validate(plugin, config)
  })
}

/** A class name and its alias end alike but for this. */
function withoutSuffix(name: string): string {
  const suffix = 'Connector'
  return name.endsWith(suffix) && name !== suffix ? name.slice(0, -suffix.length) : name
}

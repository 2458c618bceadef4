import type { ApiParts } from '../actors/api.js'
import { isLoopback } from './node-address.js'
import type { CommonOptions } from './node-options.js'
import type { Herder } from './ports/herder.js'
import type { Inspector } from './ports/inspector.js'
import type { Logger } from './ports/logger.js'
import type { LogLevels } from './ports/log-levels.js'

interface Served {
  readonly herder: Herder
  readonly inspector: Inspector
  readonly levels: LogLevels
  readonly hasPeers: boolean
  readonly logger: Logger
}

/** Where other machines reach the REST API, and nobody has to log in (design §5). */
export function openHosts({
  listen = [],
  adminListen = [],
  readonlyListen = [],
  users,
}: CommonOptions): readonly string[] {
  if (users !== undefined) return []
  const hosts = [...[listen].flat(), ...adminListen, ...readonlyListen].map(({ host }) => host)
  return [...new Set(hosts.filter(host => !isLoopback(host)))]
}

/** The REST API of a node that listens. Its modules are loaded while the engine starts. */
export function nodeRest(
  options: CommonOptions,
  { logger, ...served }: Served,
  onListening: ApiParts['onListening'],
): ApiParts {
  const { listen = [], adminListen, readonlyListen = [], http, users } = options
  const main = [listen].flat()
  const loading = import('./rest/listeners.js')
  // Whoever listens hears of it.
  loading.catch(() => undefined)
  const hosts = openHosts(options)
  if (hosts.length > 0)
    logger.log('warn', 'Other machines can reach the REST API, and nobody has to log in', {
      hosts,
      hint: 'Set millrace.rest.users.file, or let listeners name localhost.',
    })
  return {
    listen: async () =>
      (await loading).startRestOn(
        { main, readonly: readonlyListen, ...(adminListen && { admin: adminListen }) },
        { ...served, ...(http && { http }), ...(users && { users }) },
      ),
    onListening,
  }
}

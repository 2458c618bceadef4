import type { FastifyInstance } from 'fastify'
import type { HttpSettings } from '../core/api/http-settings.js'
import type { ListenerTls } from '../core/api/listener-tls.js'
import type { User } from '../core/api/users.js'
import type { Herder } from '../ports/herder.js'
import type { Inspector } from '../ports/inspector.js'
import type { LogLevels } from '../ports/log-levels.js'
import { LogIns } from './log-in.js'
import { loggerRoutes } from './logger-routes.js'
import { buildRest, emptyServer, startRest, type RestOptions, type RestServer } from './server.js'
import { taskRoutes } from './task-routes.js'

export interface Address {
  readonly host: string
  readonly port: number
  /** Present: it is https. */
  readonly tls?: ListenerTls
}

export interface RestListeners {
  readonly main: readonly Address[]
  /** Of `/admin/loggers` (contract §1.14): where it is served instead of `main`; none: nowhere; absent: on `main`. */
  readonly admin?: readonly Address[]
  /** As `main`, for reading only. */
  readonly readonly?: readonly Address[]
}

export interface RestParts {
  readonly herder: Herder
  readonly inspector: Inspector
  readonly levels: LogLevels
  /** Whether it is a node of a cluster; absent: it is not. */
  readonly hasPeers?: boolean
  readonly http?: HttpSettings
  /** Who may ask, on every listener; absent: everybody. */
  readonly users?: readonly User[]
}

/** Each URL is that of the first listener of its kind. */
export interface RestServers {
  readonly url: string
  readonly adminUrl?: string
  readonly readonlyUrl?: string
  close(): Promise<void>
}

/** Listens on all of them, or on none: the first that fails closes the others. */
export async function startRestOn({ main, admin, readonly }: RestListeners, parts: RestParts): Promise<RestServers> {
  const servers: RestServer[] = []
  const logIns = parts.users && new LogIns(parts.users)
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(server => server.close()))
  }
  const listen = async (options: RestOptions): Promise<RestServer> => {
    const server = await startRest(options)
    servers.push(server)
    return server
  }
  try {
    const whole = (isReadonly: boolean, tls?: ListenerTls): FastifyInstance => {
      const app = buildRest(parts.herder, parts.http, { logIns, readonly: isReadonly, tls }, parts.hasPeers)
      taskRoutes(app, parts.inspector)
      if (admin === undefined) loggerRoutes(app, parts.levels)
      return app
    }
    // As in Connect, header rules and other origins are for the main listeners.
    const administration = (tls?: ListenerTls): FastifyInstance => {
      const app = emptyServer(undefined, { logIns, tls })
      loggerRoutes(app, parts.levels)
      return app
    }
    const all = async (
      addresses: readonly Address[],
      app: (tls?: ListenerTls) => FastifyInstance,
    ): Promise<string | undefined> => {
      const urls: string[] = []
      for (const { host, port, tls } of addresses) urls.push((await listen({ host, port, app: app(tls) })).url)
      return urls[0]
    }
    const url = await all(main, tls => whole(false, tls))
    const readonlyUrl = await all(readonly ?? [], tls => whole(true, tls))
    const adminUrl = await all(admin ?? [], administration)
    return { url: url!, ...(adminUrl && { adminUrl }), ...(readonlyUrl && { readonlyUrl }), close }
  } catch (error) {
    await close()
    throw error
  }
}

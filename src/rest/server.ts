import type { FastifyInstance } from 'fastify'
import type { ListenerTls } from '../core/api/listener-tls.js'
import { plainHttp, type HttpSettings } from '../core/api/http-settings.js'
import { MillraceError, errorCode } from '../core/error.js'
import type { Herder } from '../ports/herder.js'
import { mayWrite, refuseChanges, requireLogIn } from './access.js'
import { connectorRoutes } from './connector-routes.js'
import { crossOrigin } from './cross-origin.js'
import { dryRunRoutes } from './dry-run-routes.js'
import { mapErrors, sendError } from './error-body.js'
import { hideSecretsFrom } from './hidden-secrets.js'
import { overHttps, schemeOf } from './https.js'
import { internalRoutes } from './internal-routes.js'
import type { LogIns } from './log-in.js'
import { producesJson } from './media-type.js'
import { otherMethods } from './methods.js'
import { offsetRoutes } from './offset-routes.js'
import { pluginRoutes } from './plugin-routes.js'
import { responseHeaders } from './response-headers.js'
import { stateRoutes } from './state-routes.js'

export interface RestOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** What is served there. */
  readonly app: FastifyInstance
}

export interface RestServer {
  /** `http://host:port` or `https://host:port`, as it is reached from this machine. */
  readonly url: string
  readonly port: number
  /** Stops listening and waits for the requests under way. */
  close(): Promise<void>
}

/** Connect's largest request that anybody sends is far below; a larger one is answered 413. */
const bodyLimit = 1024 * 1024

/** As long as a request line may be: connector names have no limit of their own. */
const maxParamLength = 16_384

/** Who may ask, and how it travels. */
export interface Access {
  /** Absent: nobody has to log in. */
  readonly logIns?: LogIns | undefined
  /** Nobody may change anything. */
  readonly readonly?: boolean
  /** Present: over https. */
  readonly tls?: ListenerTls | undefined
}

/** A server that knows no path yet: limits, who may ask, how bodies are read, how failures are answered. */
export function emptyServer(
  http: HttpSettings = plainHttp,
  { logIns, readonly = false, tls }: Access = {},
): FastifyInstance {
  // Connect ignores unknown query parameters and trailing slashes, and names may need every character a URL can carry.
  const app = overHttps(tls, {
    bodyLimit,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, _request, reply) => void sendError(reply, error.statusCode ?? 400),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength },
  })
  // Read by the routes that have use for a body; Connect does not look at the others'.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body))
  crossOrigin(app, http.crossOrigin, logIns !== undefined)
  responseHeaders(app, http.headers)
  if (logIns !== undefined) requireLogIn(app, logIns, http.crossOrigin !== undefined)
  refuseChanges(app, readonly)
  refuseEmptySegments(app)
  producesJson(app)
  mapErrors(app)
  otherMethods(app)
  return app
}

/** As Jetty does: which connector an empty segment means is anybody's guess. */
function refuseEmptySegments(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (/^[^?]*\/\//.test(request.url)) return sendError(reply, 400)
  })
}

/** What asks the herder waits while a part of the node restarts; whether it does is `/health`'s to say (contract §1.1, §1.5). */
function waitWhileStarting(app: FastifyInstance, herder: Herder): void {
  app.addHook('preHandler', async request => {
    if (request.routeOptions.url?.startsWith('/connector')) await herder.whenUp()
  })
}

/** Connect's API, save for its administration, without a listener; tests call it through `inject`. */
export function buildRest(herder: Herder, http?: HttpSettings, access?: Access, hasPeers = false): FastifyInstance {
  const app = emptyServer(http, access)
  waitWhileStarting(app, herder)
  hideSecretsFrom(app, herder, request => !mayWrite(request, access?.readonly ?? false))
  connectorRoutes(app, herder)
  stateRoutes(app, herder)
  offsetRoutes(app, herder)
  pluginRoutes(app, herder)
  dryRunRoutes(app, herder)
  internalRoutes(app, hasPeers)
  return app
}

/** Listens. Fails with `rest.port_in_use`, or with what else the system says (`EACCES`). */
export async function startRest({ host, port: wanted, app }: RestOptions): Promise<RestServer> {
  try {
    await app.listen({ host, port: wanted })
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    throw new MillraceError('rest.port_in_use', `Port ${wanted} of ${host} is in use.`, {
      hint: 'Stop what listens there, or take another port (--port; 0 takes any free one).',
      cause: error,
    })
  }
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : wanted
  const reached = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return {
    url: `${schemeOf(app)}://${reached.includes(':') ? `[${reached}]` : reached}:${port}`,
    port,
    close: () => app.close(),
  }
}

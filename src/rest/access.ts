import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Role } from '../core/api/users.js'
import { readCredentials } from './credentials.js'
import { sendError } from './error-body.js'
import type { LogIn, LogIns } from './log-in.js'

/** Connect's text; where it has it bare, here it is in the form of every other failure. */
const refusal = 'User cannot access the resource.'

/** What Connect leaves open, for its workers ask it of each other with a signature of their own (JaasBasicAuthFilter). Here neither changes anything. */
const openPaths: readonly (readonly [method: string, path: RegExp])[] = [
  ['POST', /^\/connectors\/[^/]+\/tasks\/?$/],
  ['PUT', /^\/connectors\/[^/]+\/fence\/?$/],
]

export function isOpen(method: string, path: string): boolean {
  return openPaths.some(([taken, pattern]) => method === taken && pattern.test(path))
}

/** Everybody has to log in, whatever the path: who has not is told nothing of what there is. Call it before routes are added. */
export function requireLogIn(app: FastifyInstance, logIns: LogIns, crossOrigin: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    if (isOpen(request.method, pathOf(request))) return
    // Browsers ask before a call without the user's name; what they are told is which methods there are.
    if (crossOrigin && isPreflight(request)) return
    const credentials = readCredentials(request.headers.authorization)
    const found: LogIn = credentials === undefined ? 'refused' : await logIns.check(credentials)
    if (found === 'busy') return sendError(reply.header('retry-after', '1'), 503, 'Too many log-ins wait; try again.')
    if (found === 'refused')
      return sendError(reply.header('www-authenticate', 'Basic realm="Millrace", charset="UTF-8"'), 401, refusal)
    roleOfRequest.set(request, found.role)
  })
}

/**
 * What only reads. All else is taken for a change, a check of a configuration as well: it has a plugin act on whatever the
 * caller wrote, with the node's secrets and from the node's place in the network.
 */
const reads: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/** Answers 403 to what is no reading: of anybody on a listener that is for reading only, elsewhere of users who may only read. Call it after `requireLogIn`. */
export function refuseChanges(app: FastifyInstance, readonlyListener: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    if (reads.includes(request.method) || mayWrite(request, readonlyListener)) return
    const who = readonlyListener ? 'This listener is for reading only' : 'This user may only read'
    return sendError(reply, 403, `${who}; ${request.method} could change something.`)
  })
}

export function mayWrite(request: FastifyRequest, readonlyListener: boolean): boolean {
  return !readonlyListener && roleOfRequest.get(request) !== 'read'
}

const roleOfRequest = new WeakMap<FastifyRequest, Role>()

/** Without its query. */
const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0]!

const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined

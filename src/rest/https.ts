import { Server as TlsServer, type TLSSocket } from 'node:tls'
import type { ServerOptions } from 'node:https'
import fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import type { Server } from 'node:http'
import type { ListenerTls } from '../core/api/listener-tls.js'

/** Longer than any client takes; Node's own is two minutes. */
const handshakeMs = 10_000

/** A server over https where there is TLS, else over http. */
export function overHttps(tls: ListenerTls | undefined, options: FastifyHttpOptions<Server>): FastifyInstance {
  if (tls === undefined) return fastify(options)
  const https = httpsOptions(tls)
  // Its types tell the two kinds of servers apart; nothing here does, save the scheme of its address.
  const app: FastifyInstance = fastify({ ...options, https } as FastifyHttpOptions<Server>)
  if (tls.clientAuth === 'requested') endUnknown(app)
  return app
}

export const schemeOf = ({ server }: FastifyInstance): 'http' | 'https' =>
  (server as unknown) instanceof TlsServer ? 'https' : 'http'

function httpsOptions({ pfx, clientAuth, ...pem }: ListenerTls): ServerOptions {
  return {
    ...pem,
    ...(pfx !== undefined && { pfx: Buffer.from(pfx, 'base64') }),
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeMs,
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
  }
}

/**
 * Java's TLS lets in who shows no certificate, but nobody whose certificate it does not know; Node's would let in both. A
 * hook and not an event of the server: of a name with two addresses Fastify makes two servers, and shows one.
 */
function endUnknown(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const socket = request.raw.socket as TLSSocket
    if (socket.authorized || Object.keys(socket.getPeerCertificate()).length === 0) return
    reply.hijack()
    socket.destroy()
  })
}

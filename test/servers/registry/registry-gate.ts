import { createServer as createHttpServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export type GateState =
  | 'open'
  /** Connections are cut. */
  | 'cut'
  /** Requests get no answer. */
  | 'silent'
  /** 503 */
  | 'overloaded'

/** What usually stands before a registry: a proxy that asks who comes, and may be away while the registry is well. */
export interface RegistryGate {
  /** `schema.registry.url`, by way of the gate. */
  readonly url: string
  state: GateState
  /** Method and path of each request, in order. */
  readonly requests: string[]
  close(): Promise<void>
}

export interface GateOptions {
  /** `user:password` that it asks for. */
  readonly basic?: string
  /** The token that it asks for. */
  readonly bearer?: string
  /** What it makes of answers: what a registry says that the one behind it does not know. */
  readonly rewrite?: (body: string) => string
  /** PEM; with `ca` it asks for a certificate that this has signed. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string }
}

export async function openGate(registryUrl: string, options: GateOptions = {}): Promise<RegistryGate> {
  const target = new URL(registryUrl)
  const expected =
    options.basic !== undefined
      ? `Basic ${Buffer.from(options.basic).toString('base64')}`
      : options.bearer && `Bearer ${options.bearer}`
  const requests: string[] = []
  const handle = (incoming: IncomingMessage, answer: ServerResponse): void => {
    requests.push(`${incoming.method} ${incoming.url?.replace(target.pathname, '')}`)
    switch (gate.state) {
      case 'cut':
        return void incoming.socket.destroy()
      case 'silent':
        return
      case 'overloaded':
        return void answer.writeHead(503, { 'content-type': 'text/plain' }).end('busy')
      case 'open':
    }
    if (expected !== undefined && incoming.headers.authorization !== expected)
      return void answer.writeHead(401, { 'www-authenticate': 'Basic' }).end()
    const onward = request(
      new URL(incoming.url ?? '', target),
      { method: incoming.method, headers: { ...incoming.headers, host: target.host } },
      result => {
        const { rewrite } = options
        if (rewrite === undefined) {
          answer.writeHead(result.statusCode ?? 500, result.headers)
          return void result.pipe(answer)
        }
        void text(result).then(body => {
          answer.writeHead(result.statusCode ?? 500, { 'content-type': 'application/json' })
          answer.end(rewrite(body))
        })
      },
    )
    onward.on('error', () => answer.writeHead(502).end())
    incoming.pipe(onward)
  }
  const { tls } = options
  const server =
    tls === undefined
      ? createHttpServer(handle)
      : createHttpsServer(
          { ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined },
          handle,
        )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const gate: RegistryGate = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}${target.pathname}`,
    state: 'open',
    requests,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return gate
}

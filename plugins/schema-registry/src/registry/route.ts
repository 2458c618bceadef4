import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { TlsIdentity } from './tls.js'

/** Begins a request; whoever asked for it ends it. */
export type Route = (
  url: URL,
  options: { readonly method: string; readonly headers: Readonly<Record<string, string | number>> },
  answered: (answer: IncomingMessage) => void,
) => ClientRequest

export interface Proxy {
  readonly host: string
  readonly port: number
}

/** A converter asks one thing after the other. An idle connection must not keep the process alive, nor outlive the registry's own patience. */
const agentOptions = { keepAlive: true, maxSockets: 2, timeout: 10_000 }

function identityOf({ verifyHost, ...identity }: TlsIdentity): ConnectionOptions {
  return { ...identity, ...(!verifyHost && { checkServerIdentity: () => undefined }) }
}

export function directRoute(tls: TlsIdentity): Route {
  const http = new HttpAgent(agentOptions)
  const https = new HttpsAgent({ ...agentOptions, ...identityOf(tls) })
  return (url, options, answered) =>
    url.protocol === 'https:'
      ? httpsRequest(url, { ...options, agent: https }, answered)
      : httpRequest(url, { ...options, agent: http }, answered)
}

/** By way of an HTTP proxy: it forwards what is not encrypted, and opens a tunnel for what is. */
export function proxyRoute(tls: TlsIdentity, proxy: Proxy, connectTimeoutMs: number): Route {
  const http = new HttpAgent(agentOptions)
  return (url, { method, headers }, answered) => {
    if (url.protocol === 'http:')
      return httpRequest(
        { ...proxy, method, path: url.href, headers: { ...headers, host: url.host }, agent: http },
        answered,
      )
    return httpsRequest(
      url,
      {
        method,
        headers,
        createConnection: (_, opened) => {
          openTunnel(url, proxy, connectTimeoutMs).then(
            socket => {
              const servername = isIP(url.hostname) === 0 ? { servername: url.hostname } : {}
              opened(null, connectTls({ socket, host: url.hostname, ...servername, ...identityOf(tls) }))
            },
            (error: unknown) => opened(error as Error, undefined as never),
          )
          return undefined
        },
      },
      answered,
    )
  }
}

function openTunnel(url: URL, proxy: Proxy, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = `${url.hostname}:${url.port === '' ? 443 : url.port}`
    const asking = httpRequest({ ...proxy, method: 'CONNECT', path: target, headers: { host: target }, agent: false })
    asking.setTimeout(timeoutMs, () => asking.destroy(new Error(`no connection to the proxy in ${timeoutMs} ms`)))
    asking.once('error', reject)
    const answered = ({ statusCode }: IncomingMessage, socket?: Socket): void => {
      if (statusCode === 200 && socket !== undefined) {
        socket.setTimeout(0)
        return resolve(socket)
      }
      asking.destroy()
      reject(new Error(`the proxy answers ${statusCode}`))
    }
    asking.once('connect', answered)
    asking.once('response', answer => answered(answer))
    asking.end()
  })
}

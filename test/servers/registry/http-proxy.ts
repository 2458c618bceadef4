import { createServer, request } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'

export interface HttpProxy {
  /** `host:port` */
  readonly address: string
  /** Method and target of each request, in order. */
  readonly requests: string[]
  close(): Promise<void>
}

/** A forwarding proxy, as companies have them before the outside. */
export async function openProxy(): Promise<HttpProxy> {
  const requests: string[] = []
  const server = createServer((incoming, answer) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    const onward = request(incoming.url ?? '', { method: incoming.method, headers: incoming.headers }, result => {
      answer.writeHead(result.statusCode ?? 500, result.headers)
      result.pipe(answer)
    })
    onward.on('error', () => answer.writeHead(502).end())
    incoming.pipe(onward)
  })
  server.on('connect', (incoming, socket) => {
    requests.push(`CONNECT ${incoming.url}`)
    const [host, port] = (incoming.url ?? '').split(':')
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [onward, socket]) end.on('error', () => [onward, socket].forEach(each => each.destroy()))
  })
  // A tunnel is no connection of the server's any more.
  const sockets = new Set<Socket>()
  server.on('connection', socket => void sockets.add(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

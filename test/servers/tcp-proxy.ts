import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands between a client and a server, and fails as networks do. */
export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** From now on nothing passes, either way, and no end is told; what is sent waits. Connections are taken and stay silent. */
  stall(): void
  /** All goes on, what has waited first. */
  resume(): void
  /** What is connected stays so and never carries a byte again, as where a router has forgotten it; new connections work. */
  forget(): void
  close(): Promise<void>
}

export async function openTcpProxy(to: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  let stalled = false
  /** Both ends of each connection. */
  const live = new Set<readonly [Socket, Socket]>()
  const all = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, near => {
    const far = connect(to.port, to.host).pause()
    const pair = [near, far] as const
    live.add(pair)
    for (const [from, onto] of [pair, [far, near] as const]) {
      all.add(from)
      from.on('data', chunk => {
        if (!onto.write(chunk)) from.pause()
      })
      onto.on('drain', () => {
        if (!stalled && live.has(pair)) from.resume()
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        all.delete(from)
        if (live.has(pair)) onto.destroySoon()
      })
      if (!stalled) from.resume()
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const pauseAll = (): void => {
    for (const end of [...live].flat()) end.pause()
  }
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    stall() {
      stalled = true
      pauseAll()
    },
    resume() {
      stalled = false
      for (const end of [...live].flat()) end.resume()
    },
    forget() {
      pauseAll()
      live.clear()
    },
    async close() {
      for (const socket of all) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

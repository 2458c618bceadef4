import { createServer, type Server } from 'node:net'
import { once } from 'node:events'

/** Below where systems take ports for outgoing connections from: a server must find its port free again when it restarts. */
const lowest = 24_000
const highest = 31_999

/** Ports of 127.0.0.1 that nobody listens on, each another. */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = []
  try {
    while (held.length < count) {
      const server = await tryPort(lowest + Math.floor(Math.random() * (highest - lowest)))
      if (server !== undefined) held.push(server)
    }
    return held.map(server => (server.address() as { port: number }).port)
  } finally {
    await Promise.all(held.map(server => new Promise(resolve => server.close(resolve))))
  }
}

async function tryPort(port: number): Promise<Server | undefined> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return server
  } catch {
    return undefined
  }
}

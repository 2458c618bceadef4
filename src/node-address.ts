import { hostname } from 'node:os'
import type { Listen } from './node-options.js'

/** As peers reach it; known before it listens, since a node joins before it answers. */
export function peerAddress(listeners: readonly Listen[], { host, port }: Partial<Listen> = {}): string {
  const own = listeners[0]
  const isEverywhere = own === undefined || own.host === '0.0.0.0' || own.host === '::'
  return `${host ?? (isEverywhere ? hostname() : own.host)}:${port ?? own?.port ?? 0}`
}

/** `host:port` (contract §3.4); the machine's name where there is no address. */
export function advertisedAddress(url: string | undefined, { host, port }: Partial<Listen>): string {
  if (url === undefined) return host ?? hostname()
  const own = new URL(url)
  return `${host ?? own.hostname}:${port ?? (own.port || (own.protocol === 'https:' ? 443 : 80))}`
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

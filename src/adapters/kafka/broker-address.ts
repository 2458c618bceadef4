export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/** Reads `host:port`; an IPv6 host stands in brackets. The port is NaN where there is none. */
export function parseBrokerAddress(text: string): BrokerAddress {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1')
  return { host, port: colon < 0 ? Number.NaN : Number(text.slice(colon + 1)) }
}

export function formatBrokerAddress({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

import type { DatabaseAddress } from '../database/database-server.js'

/** The database that a variable names (`postgres://user:password@host:port/database`), where there is one. */
export function givenDatabase(variable: string, port: number): DatabaseAddress | undefined {
  const text = process.env[variable]
  if (!text) return undefined
  const url = new URL(text)
  return {
    host: url.hostname,
    port: Number(url.port || port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  }
}

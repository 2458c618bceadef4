import { fatal } from 'millrace/plugin'
import type { MillraceError } from 'millrace/plugin'

export type DialectName = 'postgresql' | 'mysql' | 'sqlite'

/** What a `jdbc:` URL says. */
export interface JdbcUrl {
  readonly dialect: DialectName
  /** The word after `jdbc:`: MySQL's driver and MariaDB's differ in what they do where nothing is said. */
  readonly driver: string
  /** In the order in which they are tried; none for SQLite. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  /** The database's name, or SQLite's file; empty where the URL has none. */
  readonly database: string
  /** Settings of the driver, as written. */
  readonly properties: Readonly<Record<string, string>>
}

const schemes: Readonly<Record<string, DialectName>> = {
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite: 'sqlite',
}
const ports = { postgresql: 5432, mysql: 3306, sqlite: 0 } as const

/** The dialects that `dialect.name` can name, by the class names that the JDBC connectors have for them. */
const dialectClasses: Readonly<Record<string, DialectName>> = {
  PostgreSqlDatabaseDialect: 'postgresql',
  MySqlDatabaseDialect: 'mysql',
  SqliteDatabaseDialect: 'sqlite',
}

/** Reads a `jdbc:` URL as the drivers do. `dialect`: what `dialect.name` says, empty for what the URL says. Throws `jdbc.url_invalid`. */
export function parseJdbcUrl(text: string, dialect = ''): JdbcUrl {
  const parts = /^jdbc:([a-z0-9]+):(.*)$/is.exec(text.trim())
  if (parts === null) throw invalid('must begin with "jdbc:" and the name of a database')
  const [, scheme = '', rest = ''] = parts
  const driver = scheme.toLowerCase()
  const ofScheme = schemes[driver]
  if (ofScheme === undefined) throw invalid(`is for "${scheme}"; there are ${Object.keys(schemes).join(', ')}`)
  const ofClass = dialectClasses[dialect.slice(dialect.lastIndexOf('.') + 1)]
  if (dialect !== '' && ofClass !== ofScheme) throw invalid(`is for "${scheme}", and "dialect.name" says ${dialect}`)
  return { driver, ...(ofScheme === 'sqlite' ? sqliteUrl(rest) : serverUrl(ofScheme, rest)) }
}

function sqliteUrl(rest: string): Omit<JdbcUrl, 'driver'> {
  const [file, query] = split(rest, '?')
  return { dialect: 'sqlite', hosts: [], database: file, properties: propertiesOf(query) }
}

function serverUrl(dialect: 'postgresql' | 'mysql', rest: string): Omit<JdbcUrl, 'driver'> {
  const [place, query] = split(rest, '?')
  const properties: Record<string, string> = propertiesOf(query)
  // `jdbc:postgresql:database` names no server.
  if (!place.startsWith('//'))
    return { dialect, hosts: hostsOf('', ports[dialect]), database: decode(place.replace(/^\//, '')), properties }
  const [authority, database = ''] = split(place.slice(2), '/')
  const at = authority.lastIndexOf('@')
  if (at >= 0) {
    const [user, password] = split(authority.slice(0, at), ':')
    properties['user'] ??= decode(user)
    if (password !== undefined) properties['password'] ??= decode(password)
  }
  return { dialect, hosts: hostsOf(authority.slice(at + 1), ports[dialect]), database: decode(database), properties }
}

function hostsOf(text: string, port: number): JdbcUrl['hosts'] {
  return text.split(',').map(one => {
    const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(one.trim())
    if (parts === null) throw invalid('has something else where a host and its port are expected')
    const [, address, name, own] = parts
    return { host: address ?? (name || 'localhost'), port: own === undefined ? port : Number(own) }
  })
}

function propertiesOf(query: string | undefined): Record<string, string> {
  const found: Record<string, string> = {}
  for (const pair of query?.split('&') ?? []) {
    const [name, value] = split(pair, '=')
    if (name !== '') found[decode(name)] = decode(value ?? '')
  }
  return found
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function split(text: string, at: string): [string, string?] {
  const index = text.indexOf(at)
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + at.length)]
}

/** Never with the URL itself: passwords stand in some. */
function invalid(problem: string): MillraceError {
  return fatal(`The JDBC URL ${problem}.`, {
    code: 'jdbc.url_invalid',
    hint: 'For example jdbc:postgresql://localhost:5432/shop, jdbc:mysql://localhost/shop, jdbc:mariadb://localhost/shop or jdbc:sqlite:/data/shop.db.',
  })
}

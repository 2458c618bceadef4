import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage } from 'millrace/plugin'
import {
  logInRefused,
  notARegistry,
  registryAway,
  registryFailed,
  schemaIncompatible,
  schemaRefused,
  schemaUnknown,
  schemaUnusable,
} from './failures.js'
import { httpExchange, type Exchange, type HttpAnswer } from './http.js'
import type { RegistryConfig } from './keys.js'
import { directRoute, proxyRoute, type Route } from './route.js'
import { readTls } from './tls.js'
import type { RegisteredSchema, SchemaKind, SchemaReference, SchemaText } from './types.js'

/** How a registry is asked: at which addresses, as whom, and how often again. */
interface Manner {
  readonly addresses: readonly URL[]
  readonly authorization: (address: URL) => string | undefined
  readonly retries: number
  readonly firstWaitMs: number
  readonly maxWaitMs: number
}

/** What a request is about, for its errors. */
interface About {
  /** In words: `schema 7`. */
  readonly what: string
  readonly subject?: string
}

/** Codes after which another address, or another moment, may do better. */
const passing = new Set([408, 429, 500, 502, 503, 504])
const contentType = 'application/vnd.schemaregistry.v1+json'

/**
 * A schema registry over Confluent's REST API. Every call ends: with the answer, with an error that blames the schema, or
 * with `retry` once the addresses have all been asked `max.retries` times again.
 */
export class RegistryClient {
  readonly #manner: Manner
  readonly #exchange: Exchange
  /** The address that answered last. */
  #current = 0

  constructor(config: RegistryConfig) {
    this.#manner = mannerOf(config)
    if (config['schema.registry.url.randomize'])
      this.#current = Math.floor(Math.random() * this.#manner.addresses.length)
    this.#exchange = httpExchange({
      route: routeOf(config),
      connectTimeoutMs: config['http.connect.timeout.ms'],
      readTimeoutMs: config['http.read.timeout.ms'],
    })
  }

  /** The schema of an id. `subject` helps a registry whose users may not see everything. */
  async schemaOfId(id: number, subject: string | undefined): Promise<RegisteredSchema> {
    const query = subject === undefined ? '' : `?subject=${encodeURIComponent(subject)}`
    const body = await this.#ask('GET', `/schemas/ids/${id}${query}`, { what: `schema ${id}` })
    return { ...schemaText(body, `Schema ${id}`), id }
  }

  /** Registers the schema, or finds it where it is registered already. */
  async register(subject: string, schema: SchemaText, normalize: boolean): Promise<{ readonly id: number }> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions${normalize ? '?normalize=true' : ''}`
    const body = await this.#ask('POST', path, { what: `subject ${subject}`, subject }, schema)
    refuseRules(body, about(subject))
    return { id: numberOf(body, 'id') }
  }

  /** Where a schema stands under a subject. */
  async find(
    subject: string,
    schema: SchemaText,
    normalize: boolean,
  ): Promise<{ readonly id: number; readonly version: number }> {
    const path = `/subjects/${encodeURIComponent(subject)}${normalize ? '?normalize=true' : ''}`
    const body = await this.#ask('POST', path, { what: `that schema under subject ${subject}`, subject }, schema)
    refuseRules(body, about(subject))
    return { id: numberOf(body, 'id'), version: numberOf(body, 'version') }
  }

  async version(subject: string, version: number | 'latest'): Promise<RegisteredSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    const body = await this.#ask('GET', path, { what: `version ${version} of subject ${subject}`, subject })
    return { ...schemaText(body, about(subject)), id: numberOf(body, 'id'), version: numberOf(body, 'version') }
  }

  async #ask(method: 'GET' | 'POST', path: string, about: About, schema?: SchemaText): Promise<Body> {
    const { retries, firstWaitMs, maxWaitMs } = this.#manner
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#askAll(method, path, about, schema)
      } catch (error) {
        if (!(error instanceof Passing)) throw error
        if (attempt >= retries) throw error.told
        await sleep(Math.min(maxWaitMs, firstWaitMs * 2 ** attempt))
      }
    }
  }

  /** Asks one address after the other, beginning with the one that answered last. */
  async #askAll(method: 'GET' | 'POST', path: string, about: About, schema?: SchemaText): Promise<Body> {
    const { addresses } = this.#manner
    let failure: Passing | undefined
    for (let tried = 0; tried < addresses.length; tried++) {
      const address = addresses[this.#current]!
      try {
        return await this.#askOne(address, method, path, about, schema)
      } catch (error) {
        if (!(error instanceof Passing)) throw error
        failure = error
        this.#current = (this.#current + 1) % addresses.length
      }
    }
    throw failure!
  }

  async #askOne(address: URL, method: 'GET' | 'POST', path: string, about: About, schema?: SchemaText): Promise<Body> {
    const authorization = this.#manner.authorization(address)
    let answer: HttpAnswer
    try {
      answer = await this.#exchange({
        method,
        url: new URL(address.href.replace(/\/+$/, '') + path),
        headers: {
          accept: `${contentType}, application/json`,
          ...(authorization !== undefined && { authorization }),
          ...(schema && { 'content-type': contentType }),
        },
        ...(schema && { body: requestBody(schema) }),
      })
    } catch (error) {
      throw new Passing(registryAway(errorMessage(error), error))
    }
    return read(answer, address, about)
  }
}

type Body = Readonly<Record<string, unknown>>

/** What another address or another moment may do better. */
class Passing extends Error {
  readonly told: Error
  constructor(told: Error) {
    super(told.message)
    this.told = told
  }
}

function read({ status, body }: HttpAnswer, address: URL, about: About): Body {
  const parsed = bodyOf(body)
  const message = typeof parsed?.['message'] === 'string' ? parsed['message'] : `status ${status}`
  if (passing.has(status)) throw new Passing(registryFailed(status, message))
  if (status === 401 || status === 403) throw logInRefused(status)
  // A registry says what it does not know, by a code of five digits; a server that does not know the path has none.
  const told = Number(parsed?.['error_code'] ?? 0)
  if (parsed === undefined || (status === 404 && told < 40_400))
    throw notARegistry(address.host + address.pathname, `it answers ${status}`)
  if (status < 300) return parsed
  if (status === 409) throw schemaIncompatible(about.subject ?? about.what, message)
  if (status === 404) throw schemaUnknown(about.what, message)
  if (status === 422 || status === 400) throw schemaRefused(about.subject ?? about.what, message)
  throw registryFailed(status, message)
}

function bodyOf(text: string): Body | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Body) : undefined
  } catch {
    return undefined
  }
}

function requestBody({ kind, text, references }: SchemaText): string {
  return JSON.stringify({
    schema: text,
    ...(kind !== 'AVRO' && { schemaType: kind }),
    ...(references.length > 0 && { references }),
  })
}

function about(subject: string): string {
  return `The schema of subject ${subject}`
}

/** Rules say what must happen to data, encryption included: who does not run them must not write, nor show what it reads. */
function refuseRules({ ruleSet }: Body, what: string): void {
  const { domainRules, encodingRules } = (ruleSet ?? {}) as { domainRules?: unknown; encodingRules?: unknown }
  if ([domainRules, encodingRules].some(rules => Array.isArray(rules) && rules.length > 0))
    throw schemaUnusable(`${what} has rules of a data contract, which are not run here.`)
}

function schemaText(body: Body, what: string): SchemaText {
  refuseRules(body, what)
  const { schema, schemaType, references } = body
  if (typeof schema !== 'string') throw registryFailed(200, 'its answer has no schema.')
  return {
    kind: (schemaType ?? 'AVRO') as SchemaKind,
    text: schema,
    references: Array.isArray(references) ? (references as SchemaReference[]) : [],
  }
}

function numberOf(body: Body, member: string): number {
  const value = body[member]
  if (typeof value !== 'number') throw registryFailed(200, `its answer has no ${member}.`)
  return value
}

function routeOf(config: RegistryConfig): Route {
  const { tls } = readTls(config)
  const [host, port] = [config['proxy.host'], config['proxy.port']]
  return host === '' ? directRoute(tls) : proxyRoute(tls, { host, port }, config['http.connect.timeout.ms'])
}

function mannerOf(config: RegistryConfig): Manner {
  const token = config['bearer.auth.token']?.reveal()
  const userInfo = (config['basic.auth.user.info'] ?? config['schema.registry.basic.auth.user.info'])?.reveal()
  const fromUrl = config['basic.auth.credentials.source'] === 'URL'
  return {
    // What stands before the @ is the log-in: it goes into a header, and never into an error.
    addresses: config['schema.registry.url'].map(text => {
      const url = new URL(text.trim())
      return Object.assign(new URL(url.href), { username: '', password: '' })
    }),
    authorization: authorizations(config['schema.registry.url'], fromUrl ? undefined : userInfo, token),
    retries: config['max.retries'],
    firstWaitMs: config['retries.wait.ms'],
    maxWaitMs: config['retries.max.wait.ms'],
  }
}

function authorizations(
  urls: readonly string[],
  userInfo: string | undefined,
  token: string | undefined,
): Manner['authorization'] {
  if (token !== undefined && token !== '') return () => `Bearer ${token}`
  if (userInfo !== undefined) return () => basic(userInfo)
  const written = new Map(
    urls.map(text => {
      const { host, username, password } = new URL(text.trim())
      return [
        host,
        username === '' ? undefined : basic(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`),
      ]
    }),
  )
  return address => written.get(address.host)
}

function basic(userInfo: string): string {
  return `Basic ${Buffer.from(userInfo).toString('base64')}`
}

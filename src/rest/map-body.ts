import type { RawConfig } from '../core/config/field.js'
import { MillraceError } from '../core/error.js'
import { JsonNumber, parseExact, type JsonNode } from '../core/json/parse.js'

export type JsonObject = { readonly [key: string]: JsonNode }

/** A `Map<String,String>` body as Connect takes it: scalars become text, null stays null (contract §1.1). Fails with `json.malformed`, `rest.body_malformed`. */
export function mapBody(body: unknown): RawConfig {
  return textMap(objectBody(body), 'The body')
}

/** What `POST /connectors` is sent. Connect refuses a body with other fields, and one without `config` (contract §1.7). */
export interface CreateRequest {
  readonly name: string
  readonly config: RawConfig
  readonly initialState: string | null
}

export function createBody(body: unknown): CreateRequest {
  const { name = null, config, initial_state = null, ...strangers } = objectBody(body)
  const [stranger] = Object.keys(strangers)
  if (stranger !== undefined) throw malformed(`Unrecognized field "${stranger}"`)
  const settings = configOf(config)
  return {
    name: (textOf(name, '"name"') ?? '').trim(),
    config: settings,
    initialState: textOf(initial_state, '"initial_state"'),
  }
}

/** The configuration that a body has at "config". */
export function configOf(config: JsonNode | undefined): RawConfig {
  if (!isObject(config)) throw malformed('"config" is missing or not an object')
  return textMap(config, '"config"')
}

/** Bodies arrive as text, and are read only where a route has use for one. */
export function objectBody(body: unknown): JsonObject {
  if (typeof body !== 'string') throw malformed('The body is missing')
  const node = parseExact(body)
  if (!isObject(node)) throw malformed('The body is not an object')
  return node
}

function textMap(fields: JsonObject, what: string): RawConfig {
  const entries = Object.entries(fields)
  return Object.fromEntries(
    entries.map(([key, value]) => [wellFormed(key), textOf(value, `${what} has a value that`, key)]),
  )
}

function textOf(value: JsonNode, what: string, key?: string): string | null {
  if (value === null) return null
  if (typeof value === 'string') return wellFormed(value)
  if (value instanceof JsonNumber) return value.text
  if (typeof value === 'object') throw malformed(`${what} is not text${key === undefined ? '' : `: ${key}`}`)
  return String(value)
}

/** Half a surrogate pair has no bytes: it would read back as another text than was written. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\u{FFFD}')
}

function isObject(node: JsonNode | undefined): node is JsonObject {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof JsonNumber)
}

function malformed(problem: string): MillraceError {
  return new MillraceError('rest.body_malformed', `${problem}.`)
}

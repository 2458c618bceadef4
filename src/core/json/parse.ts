import { errorMessage } from '../error.js'
import { Float64 } from '../value.js'
import { holdsOddNumber, malformed, mapNumbers } from './scan.js'

/**
 * A number whose text says more than a JavaScript number can hold: a fraction or exponent with more digits, trailing
 * zeros or another layout than its shortest form. Only `parseExact` makes it.
 */
export class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** JSON as it was read. `parseJson` gives `Float64`, `parseExact` gives `JsonNumber`. */
export type JsonNode =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float64
  | JsonNumber
  | readonly JsonNode[]
  | { readonly [key: string]: JsonNode }

/**
 * Reads JSON as schemaless data: integers beyond 2^53 become bigints, doubles that happen to be integral (`2.0`,
 * `1e3`) become `Float64`. Throws `json.malformed`.
 */
export function parseJson(text: string): JsonNode {
  return parseWith(text, schemalessNumber)
}

/** Reads JSON keeping every digit, for conversion under a schema: what `JSON.parse` would change becomes a bigint or a `JsonNumber`. Throws `json.malformed`. */
export function parseExact(text: string): JsonNode {
  return parseWith(text, exactNumber)
}

/** What a number token must become; undefined where a JavaScript number says it all. */
type Judge = (token: string, number: number) => bigint | Float64 | JsonNumber | 0 | undefined

const isWhole = (token: string): boolean => !/[.eE]/.test(token)

function schemalessNumber(token: string, number: number): ReturnType<Judge> {
  if (isWhole(token)) return wholeNumber(token, number)
  return Number.isInteger(number) ? new Float64(number + 0) : undefined
}

function exactNumber(token: string, number: number): ReturnType<Judge> {
  if (isWhole(token)) return wholeNumber(token, number)
  return Number.isInteger(number) || String(number) !== token ? new JsonNumber(token) : undefined
}

function wholeNumber(token: string, number: number): bigint | 0 | undefined {
  if (!Number.isSafeInteger(number)) return BigInt(token)
  return Object.is(number, -0) ? 0 : undefined
}

function parseWith(text: string, judge: Judge): JsonNode {
  if (!holdsOddNumber(text)) return parseNative(text)
  const kept: (bigint | Float64 | JsonNumber | 0)[] = []
  const marked = markNumbers(text, (token, number) => {
    const value = judge(token, number)
    return value === undefined ? undefined : kept.push(value) - 1
  })
  const parsed = parseNative(marked)
  return kept.length === 0 ? parsed : restore(parsed, kept)
}

function parseNative(text: string): JsonNode {
  try {
    return JSON.parse(text) as JsonNode
  } catch (cause) {
    throw malformed(errorMessage(cause), cause)
  }
}

/**
 * Number `index` of those kept stands in the text as this double until `JSON.parse` has run. No other number of the
 * parsed value can be one of these doubles: every integral double beyond 2^53 is itself kept.
 */
const firstMark = 2 ** 60
const markStep = 256

/** No number of JSON: it stays, for `JSON.parse` to refuse. */
const leadingZero = /^-?0\d/

/** Puts a mark in place of each number outside strings for which `keep` gives an index. */
function markNumbers(text: string, keep: (token: string, number: number) => number | undefined): string {
  return mapNumbers(text, token => {
    const index = leadingZero.test(token) ? undefined : keep(token, Number(token))
    return index === undefined ? undefined : String(firstMark + index * markStep)
  })
}

function restore(node: JsonNode, kept: readonly (bigint | Float64 | JsonNumber | 0)[]): JsonNode {
  if (typeof node === 'number') {
    return node >= firstMark && node !== Infinity ? (kept[(node - firstMark) / markStep] ?? node) : node
  }
  if (typeof node !== 'object' || node === null) return node
  // The tree was parsed a moment ago and nobody else holds it, so it is changed in place.
  const parts = node as unknown as Record<string, JsonNode>
  for (const key of Object.keys(parts)) {
    const part = parts[key]
    if (typeof part === 'number' || (typeof part === 'object' && part !== null)) parts[key] = restore(part, kept)
  }
  return node
}

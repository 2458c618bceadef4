import type { Schema } from '../schema.js'
import type { Value } from '../value.js'
import { compactReader } from './compact.js'
import type { ReadCompact } from './compact.js'
import { invalidValue } from './failure.js'
import { parseExact, parseJson } from './parse.js'
import type { JsonNode } from './parse.js'
import { jsonReader, schemalessValue } from './reader.js'
import type { Read, ReadOptions } from './reader.js'
import { endOfString, withoutLeadingZeros } from './scan.js'
import { schemaFromJson } from './schema-json.js'

export interface DecodeOptions extends ReadOptions {
  /** How many schemas to remember, at least 0 (`schemas.cache.size`). */
  readonly cacheSize: number
}

export interface DecodedJson {
  readonly schema: Schema | undefined
  readonly value: Value
}

/** Reads JSON, by the rules of Connect's JsonConverter. Throws `json.malformed`, `data.schema_invalid` or `data.value_invalid`. */
export interface JsonDecoder {
  /** `{"schema":…,"payload":…}`. The same schema text gives the same schema instance while it is remembered. */
  readEnvelope(text: string): DecodedJson
  /** A bare payload of a schema known beforehand (`schema.content`). */
  payloadReader(schema: Schema): (text: string) => Value
}

/** A bare payload without a schema (`schemas.enable=false`); null where there is no text. */
export function readSchemaless(text: string): Value {
  return text.trim() === '' ? null : schemalessValue(leniently(parseJson, text))
}

function leniently(parse: (text: string) => JsonNode, text: string): JsonNode {
  try {
    return parse(text)
  } catch (error) {
    const other = withoutLeadingZeros(text)
    if (other === text) throw error
    return parse(other)
  }
}

interface Known {
  readonly schema: Schema | undefined
  readonly read: Read
  readonly readCompact: ReadCompact | undefined
}

const open = '{"schema":'
const middle = ',"payload":'

export function createJsonDecoder(options: DecodeOptions): JsonDecoder {
  /** By the schema's text; the order is that of last use, so the first is the one to forget (I6). */
  const known = new Map<string, Known>()
  let last: { readonly head: string; readonly known: Known } | undefined

  const learn = (text: string, node: () => JsonNode): Known => {
    const remembered = known.get(text)
    if (remembered !== undefined) {
      known.delete(text)
      known.set(text, remembered)
      return remembered
    }
    const schema = schemaFromJson(node(), options)
    const fresh =
      schema === undefined
        ? { schema, read: schemalessValue, readCompact: undefined }
        : { schema, read: jsonReader(schema, options), readCompact: compactReader(schema, options) }
    if (options.cacheSize > 0) {
      const oldest = known.size >= options.cacheSize ? known.keys().next().value : undefined
      if (oldest !== undefined) known.delete(oldest)
      known.set(text, fresh)
    }
    return fresh
  }

  const readWhole = (text: string): DecodedJson => {
    const envelope = text.trim() === '' ? null : leniently(parseExact, text)
    if (!isEnvelope(envelope))
      throw invalidValue(
        'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ' +
          'If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.',
      )
    const { schema, read } = learn(keyOf(envelope.schema), () => envelope.schema)
    return { schema, value: read(envelope.payload) }
  }

  return {
    readEnvelope(text) {
      const found = text.endsWith('}') ? split(text) : undefined
      const compact = found?.known?.readCompact?.(text, found.payloadAt)
      if (compact !== undefined) return { schema: found?.known?.schema, value: compact }
      // Where the payload is not one JSON text, neither is the whole, or it has more members: then all of it is read.
      const payload = found === undefined ? undefined : parsePayload(text.slice(found.payloadAt, -1))
      if (found === undefined || payload === undefined) return readWhole(text)
      const { schema, read } = found.known ?? learnHead(text, found.payloadAt)
      return { schema, value: read(payload) }
    },
    payloadReader(schema) {
      const read = jsonReader(schema, options)
      return text => read(leniently(parseExact, text))
    },
  }

  /** Finds the payload of an envelope as converters write it; `known` where the schema is that of the envelope before. */
  function split(text: string): { readonly payloadAt: number; readonly known?: Known } | undefined {
    if (last !== undefined && text.slice(0, last.head.length) === last.head)
      return { payloadAt: last.head.length, known: last.known }
    const end = endOfSchema(text)
    if (end === undefined || !text.startsWith(middle, end)) return undefined
    return { payloadAt: end + middle.length }
  }

  function learnHead(text: string, payloadAt: number): Known {
    const head = text.slice(0, payloadAt)
    const schemaText = head.slice(open.length, -middle.length)
    const known = learn(schemaText, () => parseExact(schemaText))
    last = { head, known }
    return known
  }
}

function parsePayload(text: string): JsonNode | undefined {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}

/** The index after the schema of a text that begins as an envelope; undefined where it does not. */
function endOfSchema(text: string): number | undefined {
  if (!text.startsWith(open)) return undefined
  if (text.startsWith('null', open.length)) return open.length + 4
  let depth = 0
  for (let at = open.length; at < text.length; at++) {
    const char = text[at]
    if (char === '"') at = endOfString(text, at) - 1
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return at + 1
    else if (depth === 0) return undefined
  }
  return undefined
}

interface Envelope {
  readonly schema: JsonNode
  readonly payload: JsonNode
}

function isEnvelope(node: JsonNode): node is JsonNode & Envelope {
  return (
    typeof node === 'object' &&
    node !== null &&
    Object.keys(node).length === 2 &&
    Object.hasOwn(node, 'schema') &&
    Object.hasOwn(node, 'payload')
  )
}

/** A text that stands for a parsed schema in the cache. */
function keyOf(schema: JsonNode): string {
  return JSON.stringify(schema, (_, part: unknown) => (typeof part === 'bigint' ? { integer: String(part) } : part))
}

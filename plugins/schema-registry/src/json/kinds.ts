import type { JsonNode } from 'millrace/plugin'
import { schemaUnusable } from '../registry/failures.js'
import type { JsonObject } from './document.js'
import { isObject } from './read.js'

/** What a JSON Schema is to Connect: one of these, by the keywords that it has. */
export type Kind =
  | { readonly kind: 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object' | 'anything' }
  | { readonly kind: 'enum'; readonly values: readonly JsonNode[] }
  | { readonly kind: 'ref'; readonly ref: string }
  | { readonly kind: 'oneOf' | 'allOf'; readonly members: readonly JsonNode[] }

/** Keywords that say of what type a schema is where it does not say so itself. */
const telling: readonly (readonly ['object' | 'array' | 'string' | 'number', readonly string[]])[] = [
  ['object', ['properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties', 'maxProperties']],
  ['array', ['items', 'minItems', 'maxItems', 'uniqueItems', 'contains']],
  ['string', ['minLength', 'maxLength', 'pattern']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
]

const simpleTypes = new Set(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'])

/** One keyword decides where there is one; of several each is a schema of its own, and all must hold. */
export function kindOfSchema(schema: JsonNode): Kind {
  if (schema === true) return { kind: 'anything' }
  if (!isObject(schema)) throw schemaUnusable('A part of the JSON Schema is no schema.')
  const { $ref: ref } = schema
  if (typeof ref === 'string') return { kind: 'ref', ref }
  const parts = [combinations(schema), enumerated(schema), typed(schema)].flat()
  if (parts.length === 0) return { kind: 'anything' }
  if (parts.length === 1) return parts[0]!.kind
  return { kind: 'allOf', members: parts.map(({ alone }) => alone) }
}

interface Part {
  readonly kind: Kind
  /** The same as a schema of its own. */
  readonly alone: JsonNode
}

function combinations(schema: JsonObject): Part[] {
  return (['oneOf', 'anyOf', 'allOf'] as const).flatMap(word => {
    const members = schema[word]
    if (!Array.isArray(members)) return []
    const kind: Kind = { kind: word === 'allOf' ? 'allOf' : 'oneOf', members: members as readonly JsonNode[] }
    return [{ kind, alone: { [word]: members as readonly JsonNode[] } }]
  })
}

function enumerated(schema: JsonObject): Part[] {
  const { enum: list, const: constant } = schema
  const values = Array.isArray(list) ? (list as readonly JsonNode[]) : constant === undefined ? undefined : [constant]
  return values === undefined ? [] : [{ kind: { kind: 'enum', values }, alone: { enum: values } }]
}

function typed(schema: JsonObject): Part[] {
  const { type } = schema
  if (Array.isArray(type)) {
    const members = (type as readonly JsonNode[]).map(of => ({ ...withoutCombinations(schema), type: of }))
    return [{ kind: { kind: 'oneOf', members }, alone: { oneOf: members } }]
  }
  if (typeof type === 'string') {
    if (!simpleTypes.has(type)) throw schemaUnusable(`The JSON Schema has the type ${type}, which there is not.`)
    return [{ kind: { kind: type as 'null' }, alone: withoutCombinations(schema) }]
  }
  const told = telling.find(([, words]) => words.some(word => schema[word] !== undefined))
  return told === undefined
    ? []
    : [{ kind: { kind: told[0] }, alone: { ...withoutCombinations(schema), type: told[0] } }]
}

function withoutCombinations(schema: JsonObject): JsonObject {
  const { oneOf: _one, anyOf: _any, allOf: _all, enum: _enum, const: _const, ...rest } = schema
  return rest
}

import { Float64, isStruct, schema } from 'millrace/plugin'
import type { Field, JsonNode, Schema } from 'millrace/plugin'

/** JSON for which there is no schema: arrays of several types, numbers that are too large. */
export class NotExpandable extends Error {}

/** The nesting that Debezium's parser takes. */
const deepest = 1_000

const string = schema.string({ optional: true })
const boolean = schema.boolean({ optional: true })
const int32 = schema.int32({ optional: true })
const int64 = schema.int64({ optional: true })
const float64 = schema.float64({ optional: true })
const bytes = schema.bytes({ optional: true })

/**
 * The schema of JSON by Debezium's rules: everything optional, integers as small as they can be, structs named by
 * their place (`payload.customer`); undefined for what has none: an empty array, and null unless `keepsNulls`. Objects
 * of one array are merged at every depth; Debezium merges the first and loses fields below. Throws `NotExpandable`.
 */
export function jsonSchema(
  name: string | undefined,
  node: JsonNode,
  keepsNulls: boolean,
  depth = 1,
): Schema | undefined {
  if (depth > deepest) throw new NotExpandable()
  if (node === null) return keepsNulls ? bytes : undefined
  if (typeof node === 'string') return string
  if (typeof node === 'boolean') return boolean
  if (isArray(node)) return node.length === 0 ? undefined : arraySchema(name, node, keepsNulls, depth)
  if (isStruct(node)) return structSchema(name, node as Members, keepsNulls, depth)
  return numberSchema(node)
}

type Members = Readonly<Record<string, JsonNode>>

export function isArray(node: JsonNode): node is readonly JsonNode[] {
  return Array.isArray(node)
}

function numberSchema(node: JsonNode): Schema {
  if (node instanceof Float64) return float64
  if (typeof node === 'bigint' && BigInt.asIntN(64, node) === node) return int64
  if (typeof node !== 'number' || !Number.isFinite(node)) throw new NotExpandable()
  if (!Number.isInteger(node)) return float64
  return node === (node | 0) ? int32 : int64
}

function structSchema(name: string | undefined, members: Members, keepsNulls: boolean, depth: number): Schema {
  const prefix = name === undefined ? '' : `${name}.`
  const fields = Object.entries(members).flatMap(([key, node]): Field[] => {
    const of = jsonSchema(prefix + key, node, keepsNulls, depth + 1)
    return of === undefined ? [] : [{ name: key, schema: of }]
  })
  return schema.struct(fields, { optional: true, ...(name !== undefined && { name }) })
}

/** Elements are of one type. Only those that are objects have a name. */
function arraySchema(name: string | undefined, nodes: readonly JsonNode[], keepsNulls: boolean, depth: number): Schema {
  const present = nodes.filter(node => node !== null)
  const sample = present[0] ?? null
  const elementName = isStruct(sample) ? name : undefined
  const schemas = (present.length === 0 ? [null] : present).map(node =>
    jsonSchema(elementName, node, keepsNulls, depth + 1),
  )
  // Debezium asks the first element alone what arrays within an array hold.
  const first = schemas[0]
  if (first === undefined) throw new NotExpandable()
  const merged = schemas.reduce<Schema>((all, one) => {
    if (one === undefined) return all
    if (one.type !== all.type) throw new NotExpandable()
    return merge(all, one)
  }, first)
  return schema.array(merged, { optional: true })
}

/** Fields of both; a type instead of a null that had none. Where types differ the first stays, and the second does not fit. */
function merge(left: Schema, right: Schema): Schema {
  if (left === right) return left
  if (left.type === 'bytes') return right
  if (left.type === 'array' && right.type === 'array')
    return schema.array(merge(left.items!, right.items!), { optional: true })
  if (left.type !== 'struct' || right.type !== 'struct') return left
  const fields = new Map(left.fields!.map(one => [one.name, one.schema]))
  for (const { name, schema: of } of right.fields!) {
    const known = fields.get(name)
    fields.set(name, known === undefined ? of : merge(known, of))
  }
  return schema.struct(
    [...fields].map(([name, of]) => ({ name, schema: of })),
    { optional: true, ...(left.name !== undefined && { name: left.name }) },
  )
}

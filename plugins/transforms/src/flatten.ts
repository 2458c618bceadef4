import { Decimal, defineTransform, field, isStruct, kindOf, rejected, schema, withSchema } from 'millrace/plugin'
import type { Field, Schema, Struct, Value } from 'millrace/plugin'
import {
  basicsOf,
  copiedValue,
  distinct,
  fieldValue,
  fromEntries,
  perSchema,
  requireMap,
  requireStruct,
} from './data.js'
import type { Data } from './data.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

const purpose = 'flattening'

export const flatten = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('Flatten', target),
    version: contractVersion,
    summary: `Flattens the ${target.title.toLowerCase()}: fields within fields become fields with joined names.`,
    config: {
      delimiter: field.string({
        doc: 'Delimiter to insert between field names from the input record when generating field names for the output record.',
        importance: 'medium',
        default: '.',
      }),
    },
    create({ delimiter }) {
      const join: Join = (prefix, name) => (prefix === '' ? name : prefix + delimiter + name)
      const compiled = perSchema(of => {
        const leaves = leavesOf(
          of,
          { prefix: '', optional: of.optional, standard: (of.default ?? null) as Value },
          join,
        )
        return { leaves, schema: schema.struct(distinct(leaves.map(({ to }) => to)), basicsOf(of)) }
      })

      return record => {
        const value = target.valueOf(record)
        if (value === null) return record
        const of = target.schemaOf(record)
        if (of === undefined) {
          const entries = entriesWithin(requireMap(value, purpose), '', join)
          return target.replace(record, undefined, fromEntries(entries))
        }
        const struct = requireStruct(value, purpose)
        const { leaves, schema } = compiled(of)
        const entries = leaves.map(({ way, from, to }) => [to.name, valueAt(struct, way, from)] as const)
        return target.replace(record, schema, fromEntries(entries))
      }
    },
  }),
)

type Join = (prefix: string, name: string) => string

/** A field that holds no struct, the structs on the way to it, and the field that it becomes. */
interface Leaf {
  readonly way: readonly Field[]
  readonly from: Field
  readonly to: Field
}

/** What fields inherit from the structs around them. */
interface Outer {
  readonly prefix: string
  readonly optional: boolean
  /** The default of the struct around; null where there is none. */
  readonly standard: Value
}

function leavesOf(of: Schema, outer: Outer, join: Join, way: readonly Field[] = []): readonly Leaf[] {
  return (of.fields ?? []).flatMap((from): readonly Leaf[] => {
    const name = join(outer.prefix, from.name)
    const optional = outer.optional || from.schema.optional
    const standard = (from.schema.default ?? inherited(outer.standard, from)) as Value
    if (from.schema.type === 'struct')
      return leavesOf(from.schema, { prefix: name, optional, standard }, join, [...way, from])
    if (from.schema.type === 'map')
      throw rejected(`Flatten transformation does not support MAP for record with schemas (for field ${name}).`)
    const to = withSchema(from.schema, { optional, ...(standard !== null && { default: standard }) })
    return [{ way, from, to: { name, schema: to } }]
  })
}

function inherited(standard: Value, field: Field): Value {
  return isStruct(standard) ? fieldValue(standard, field, true) : null
}

/** Null below a struct that is null; defaults stand in for null everywhere. */
function valueAt(struct: Struct, way: readonly Field[], from: Field): Value {
  let inner = struct
  for (const field of way) {
    const next = fieldValue(inner, field, true)
    if (next === null) return null
    inner = requireStruct(next, purpose)
  }
  return copiedValue(inner, from, true)
}

function entriesWithin(map: Data, prefix: string, join: Join): readonly (readonly [string, Value])[] {
  const entries = map instanceof Map ? [...(map as ReadonlyMap<Value, Value>)] : Object.entries(map as Struct)
  return entries.flatMap(([key, value = null]) => {
    if (typeof key !== 'string') throw rejected(`Flatten needs maps whose keys are strings, found: ${kindOf(key)}`)
    const name = join(prefix, key)
    if (value instanceof Map || isStruct(value)) return entriesWithin(value, name, join)
    if (value instanceof Date || value instanceof Decimal)
      throw rejected(
        `Flatten transformation was passed a value of type ${kindOf(value)} which is not supported by Connect's data API`,
      )
    return [[name, value] as const]
  })
}

import { defineTransform, errorMessage, field, rejected, schema } from 'millrace/plugin'
import type { Field, Schema, Value } from 'millrace/plugin'
import { castTypes, castValue, named } from './cast-value.js'
import type { CastType } from './cast-value.js'
import {
  basicsOf,
  checked,
  copiedValue,
  entryOf,
  fieldValue,
  fromEntries,
  perSchema,
  requireMap,
  requireStruct,
  withEntries,
} from './data.js'
import { replaceNullField } from './replace-null.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

const purpose = 'cast types'

const config = {
  spec: field.list({
    doc: 'List of fields and the type to cast them to, of the form field1:type,field2:type to cast fields of Maps or Structs. A single type to cast the entire value. Valid types are int8, int16, int32, int64, float32, float64, boolean, and string. Note that binary fields can only be cast to string.',
    importance: 'high',
  }),
  ...replaceNullField,
} as const

/** One type for all of the key or value, or a type for each of some fields. */
type Casts = CastType | ReadonlyMap<string, CastType>

/** Thrown for a spec that says nothing that can be done. */
class SpecError extends Error {}

function parseSpec(spec: readonly string[]): Casts {
  if (spec.length === 0) throw new SpecError('Must specify at least one field to cast.')
  const casts = new Map<string, CastType>()
  let whole: CastType | undefined
  for (const mapping of spec) {
    // Trailing colons say nothing, as in Java.
    const [first = '', second, ...more] = mapping.replace(/:+$/, '').split(':')
    if (more.length > 0) throw new SpecError(`Invalid rename mapping: ${mapping}`)
    if (second === undefined) whole = castType(first)
    else casts.set(first.trim(), castType(second))
  }
  if (whole === undefined) return casts
  if (spec.length === 1) return whole
  throw new SpecError(
    'Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec',
  )
}

const otherTypes = ['bytes', 'array', 'map', 'struct']

function castType(text: string): CastType {
  const name = text.trim()
  const type = castTypes.find(type => type === name.toLowerCase())
  if (type !== undefined) return type
  throw new SpecError(
    otherTypes.includes(name.toLowerCase())
      ? `Cast transformation does not support casting to ${name.toUpperCase()}; supported types are ${named(castTypes)}`
      : `Invalid type found in casting spec: ${name}`,
  )
}

export const cast = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('Cast', target),
    version: contractVersion,
    summary: `Casts fields of the ${target.title.toLowerCase()}, or all of it, to other types.`,
    config,
    // Not a check of the key: Connect says it without the value.
    validate({ spec }) {
      try {
        parseSpec(spec)
        return []
      } catch (error) {
        return [{ key: 'spec', message: errorMessage(error) }]
      }
    },
    create(config) {
      const casts = parseSpec(config.spec)
      const withDefault = config['replace.null.with.default']
      const wholly = typeof casts === 'string' ? perSchema(of => castSchema(of, casts, basicsOf(of))) : undefined
      const compiled = perSchema(of => compile(of, casts as ReadonlyMap<string, CastType>))

      return record => {
        const value = target.valueOf(record)
        if (value === null) return record
        const of = target.schemaOf(record)
        if (typeof casts === 'string') return target.replace(record, of && wholly?.(of), castValue(of, value, casts))
        if (of === undefined) {
          const map = requireMap(value, purpose)
          const entries = Array.from(
            casts,
            ([name, type]) => [name, castValue(undefined, entryOf(map, name), type)] as const,
          )
          return target.replace(record, undefined, withEntries(map, entries))
        }
        const { schema, steps } = compiled(of)
        const struct = requireStruct(value, purpose)
        const entries = steps.map(({ from, to, type }): readonly [string, Value] => {
          if (type === undefined) return [to.name, copiedValue(struct, from, withDefault)]
          return [to.name, checked(to, castValue(from.schema, fieldValue(struct, from, withDefault), type))]
        })
        return target.replace(record, schema, fromEntries(entries))
      }
    },
  }),
)

/** One field's way into the new struct. */
interface Step {
  readonly from: Field
  readonly to: Field
  readonly type: CastType | undefined
}

function compile(
  of: Schema,
  casts: ReadonlyMap<string, CastType>,
): { readonly schema: Schema; readonly steps: Step[] } {
  if (of.fields === undefined) throw rejected('Cannot list fields on non-struct type')
  const steps = of.fields.map((from): Step => {
    const type = casts.get(from.name)
    return { from, to: type === undefined ? from : { name: from.name, schema: castSchema(from.schema, type) }, type }
  })
  const kept = { ...basicsOf(of), optional: of.optional }
  return {
    schema: schema.struct(
      steps.map(({ to }) => to),
      kept,
    ),
    steps,
  }
}

function castSchema(of: Schema, type: CastType, basics: Partial<Schema> = {}): Schema {
  const standard = of.default === undefined ? {} : { default: castValue(of, of.default as Value, type) }
  return schema[type]({ ...basics, optional: of.optional, ...standard })
}

import { defineTransform, field, fieldOf, rejected, schema, setField } from 'millrace/plugin'
import type { Field, Schema, Struct, Value } from 'millrace/plugin'
import { basicsOf, distinct, copiedValue, fromEntries, perSchema, requireMap, requireStruct } from './data.js'
import type { Data } from './data.js'
import { replaceNullField } from './replace-null.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

const purpose = 'field replacement'

const config = {
  exclude: field.list({
    doc: 'Fields to exclude. This takes precedence over the fields to include.',
    importance: 'medium',
    default: [],
  }),
  include: field.list({
    doc: 'Fields to include. If specified, only these fields will be used.',
    importance: 'medium',
    default: [],
  }),
  renames: field.list({
    doc: 'Field rename mappings.',
    importance: 'medium',
    default: [],
    check(mappings) {
      const wrong = mappings.find(mapping => renameOf(mapping) === undefined)
      return wrong === undefined ? undefined : `Invalid rename mapping: ${wrong}`
    },
  }),
  ...replaceNullField,
} as const

/** `old:new`; trailing colons say nothing. */
function renameOf(mapping: string): readonly [string, string] | undefined {
  const [from, to, ...more] = mapping.replace(/:+$/, '').split(':')
  return from === undefined || to === undefined || more.length > 0 ? undefined : [from, to]
}

export const replaceField = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('ReplaceField', target),
    version: contractVersion,
    summary: `Drops, keeps or renames fields of the ${target.title.toLowerCase()}.`,
    config,
    create(config) {
      const exclude = new Set(config.exclude)
      const include = new Set(config.include)
      const renames = new Map(config.renames.flatMap(mapping => [renameOf(mapping) ?? []] as [string, string][]))
      const originals = new Map(Array.from(renames, ([from, to]) => [to, from]))
      const passes = (name: string): boolean => !exclude.has(name) && (include.size === 0 || include.has(name))
      const renamed = (name: string): string => renames.get(name) ?? name
      const withDefault = config['replace.null.with.default']

      const compiled = perSchema(of => {
        const kept = (of.fields ?? []).filter(({ name }) => passes(name))
        const fields = distinct(kept.map(({ name, schema }) => ({ name: renamed(name), schema })))
        return {
          schema: schema.struct(fields, basicsOf(of)),
          // Read back by the new name, as in Java: a field that has the new name of another gets the other's value.
          copies: fields.map(field => ({ field, from: existing(of, originals.get(field.name) ?? field.name) })),
        }
      })

      return record => {
        const value = target.valueOf(record)
        if (value === null) return record
        const of = target.schemaOf(record)
        if (of === undefined)
          return target.replace(record, undefined, filtered(requireMap(value, purpose), passes, renamed))
        const struct = requireStruct(value, purpose)
        const { schema, copies } = compiled(of)
        const rebuilt: Record<string, Value> = {}
        for (const { field, from } of copies) {
          const copied = copiedValue(struct, from, withDefault)
          if (copied !== null && from.schema.type !== field.schema.type) throw foreign(field, from)
          setField(rebuilt, field.name, copied)
        }
        return target.replace(record, schema, rebuilt)
      }
    },
  }),
)

function existing(of: Schema, name: string): Field {
  const found = fieldOf(of, name)
  if (found === undefined) throw rejected(`${name} is not a valid field name`)
  return found
}

function foreign(field: Field, from: Field): Error {
  return rejected(
    `Invalid value for schema with type ${field.schema.type.toUpperCase()}: ${from.schema.type} for field: "${field.name}"`,
  )
}

function filtered(data: Data, passes: (name: string) => boolean, renamed: (name: string) => string): Data {
  if (data instanceof Map) {
    const entries = [...(data as ReadonlyMap<Value, Value>)].filter(([key]) => passes(key as string))
    return new Map(entries.map(([key, value]) => [renamed(key as string), value]))
  }
  const entries = Object.entries(data as Struct).filter(([name]) => passes(name))
  return fromEntries(entries.map(([name, value]) => [renamed(name), value]))
}

import { defineTransform, field, fieldOf, rejected, schema, withParts } from 'millrace/plugin'
import type { Header } from 'millrace/plugin'
import {
  basicsOf,
  copiedValue,
  entryOf,
  fieldValue,
  fromEntries,
  perSchema,
  requireMap,
  requireStruct,
  withoutEntries,
} from './data.js'
import { replaceNullField } from './replace-null.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

const notEmpty = (list: readonly string[]): string | undefined => (list.length === 0 ? 'Empty list' : undefined)

const config = {
  fields: field.list({
    doc: 'Field names in the record whose values are to be copied or moved to headers.',
    importance: 'high',
    check: notEmpty,
  }),
  headers: field.list({
    doc: 'Header names, in the same order as the field names listed in the fields configuration property.',
    importance: 'high',
    check: notEmpty,
  }),
  operation: field.string({
    doc: 'Either move if the fields are to be moved to the headers (removed from the key/value), or copy if the fields are to be copied to the headers (retained in the key/value).',
    importance: 'high',
    oneOf: ['move', 'copy'],
    recommended: [],
  }),
  ...replaceNullField,
} as const

export const headerFrom = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('HeaderFrom', target),
    version: contractVersion,
    summary: `Copies or moves fields of the ${target.title.toLowerCase()} into headers.`,
    config,
    validate({ fields, headers }) {
      if (fields.length === headers.length) return []
      const message = "'fields' config must have the same number of elements as 'headers' config."
      return [{ key: 'headers', message }]
    },
    create(config) {
      const purpose = `header ${config.operation}`
      const moved = new Set(config.operation === 'move' ? config.fields : [])
      const pairs = config.fields.map((name, at) => [name, config.headers[at] ?? name] as const)
      const withDefault = config['replace.null.with.default']
      const compiled = perSchema(of => {
        const kept = (of.fields ?? []).filter(({ name }) => !moved.has(name))
        return {
          schema: moved.size === 0 ? of : schema.struct(kept, basicsOf(of)),
          kept,
          taken: pairs.map(([name, key]) => {
            const field = fieldOf(of, name)
            if (field === undefined) throw rejected(`Field does not exist: ${name}`)
            return { key, field }
          }),
        }
      })

      return record => {
        const of = target.schemaOf(record)
        const value = target.valueOf(record)
        const before = record.headers ?? []
        if (of === undefined) {
          const map = requireMap(value, purpose)
          const added = pairs.map(([name, key]): Header => ({ key, value: entryOf(map, name) }))
          const rest = target.replace(record, undefined, withoutEntries(map, moved))
          return withParts(rest, { headers: [...before, ...added] })
        }
        const struct = requireStruct(value, purpose)
        const { schema, kept, taken } = compiled(of)
        const rest =
          moved.size === 0
            ? struct
            : fromEntries(kept.map(field => [field.name, copiedValue(struct, field, withDefault)]))
        const added = taken.map(({ key, field }): Header => ({
          key,
          value: fieldValue(struct, field, withDefault),
          schema: field.schema,
        }))
        return withParts(target.replace(record, schema, rest), { headers: [...before, ...added] })
      }
    },
  }),
)

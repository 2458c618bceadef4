import { defineTransform, errorMessage, field, rejected } from 'millrace/plugin'
import { perSchema, requireMap, requireStruct } from './data.js'
import { fieldAt, fieldSyntaxVersion, mapValueAt, parsePath, structReader } from './path.js'
import { replaceNullField } from './replace-null.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

const purpose = 'field extraction'

const config = {
  field: field.string({ doc: 'Field name to extract.', importance: 'medium' }),
  ...replaceNullField,
  ...fieldSyntaxVersion,
} as const

export const extractField = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('ExtractField', target),
    version: contractVersion,
    summary: `Puts one field of the ${target.title.toLowerCase()} in its place.`,
    config,
    validate(config) {
      try {
        parsePath(config.field, config['field.syntax.version'])
        return []
      } catch (error) {
        return [{ key: 'field', message: errorMessage(error) }]
      }
    },
    create(config) {
      const path = parsePath(config.field, config['field.syntax.version'])
      const withDefault = config['replace.null.with.default']
      const compiled = perSchema(of => {
        const found = fieldAt(of, path)
        if (found === undefined) throw rejected(`Unknown field: ${config.field}`)
        return { schema: found.schema, read: structReader(of, path, withDefault) }
      })
      return record => {
        const of = target.schemaOf(record)
        const value = target.valueOf(record)
        if (of === undefined) {
          if (value !== null) requireMap(value, purpose)
          return target.replace(record, undefined, mapValueAt(value, path))
        }
        if (value !== null) requireStruct(value, purpose)
        const { schema, read } = compiled(of)
        return target.replace(record, schema, read(value))
      }
    },
  }),
)

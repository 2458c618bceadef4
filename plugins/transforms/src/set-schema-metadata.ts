import { defineTransform, field, isStruct, rejected, withSchema } from 'millrace/plugin'
import { copiedValue, fromEntries, perSchema } from './data.js'
import { replaceNullField } from './replace-null.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

export const setSchemaMetadata = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('SetSchemaMetadata', target),
    version: contractVersion,
    summary: `Sets name and version of the schema of a struct ${target.title.toLowerCase()}.`,
    config: {
      'schema.name': field.string({ doc: 'Schema name to set.', importance: 'high', optional: true }),
      'schema.version': field.int({ doc: 'Schema version to set.', importance: 'high', optional: true }),
      ...replaceNullField,
    },
    validate(config) {
      if (config['schema.name'] !== undefined || config['schema.version'] !== undefined) return []
      return [{ key: 'schema.name', message: 'Neither schema name nor version configured' }]
    },
    create(config) {
      const name = config['schema.name']
      const version = config['schema.version']
      const withDefault = config['replace.null.with.default']
      const updated = perSchema(of => {
        // Connect's copy of the schema asks for the fields of any.
        if (of.type !== 'struct') throw rejected('Cannot list fields on non-struct type')
        return withSchema(of, { ...(name !== undefined && { name }), ...(version !== undefined && { version }) })
      })

      return record => {
        const of = target.schemaOf(record)
        const value = target.valueOf(record)
        if (of === undefined) {
          if (value === null) return record
          throw rejected('Schema required for [updating schema metadata]')
        }
        const schema = updated(of)
        if (!isStruct(value)) return target.replace(record, schema, value)
        const entries = (of.fields ?? []).map(field => [field.name, copiedValue(value, field, withDefault)] as const)
        return target.replace(record, schema, fromEntries(entries))
      }
    },
  }),
)

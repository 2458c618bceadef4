import { defineTransform, field, fieldOf, rejected, schema, withParts } from 'millrace/plugin'
import { entryOf, copiedValue, fromEntries, perSchema, requireMap, requireStruct } from './data.js'
import { replaceNullField } from './replace-null.js'
import { nameOf } from './target.js'
import { contractVersion } from './contract-version.js'

const purpose = 'copying fields from value to key'

export const valueToKey = defineTransform({
  ...nameOf('ValueToKey'),
  version: contractVersion,
  summary: 'Makes a new key of some fields of the value.',
  config: {
    fields: field.list({
      doc: 'Field names on the record value to extract as the record key.',
      importance: 'high',
      nonEmpty: true,
      unique: true,
    }),
    ...replaceNullField,
  },
  create(config) {
    const names = config.fields
    const withDefault = config['replace.null.with.default']
    const keySchema = perSchema(of =>
      schema.struct(
        names.map(name => {
          const found = fieldOf(of, name)
          if (found === undefined) throw rejected(`Field does not exist: ${name}`)
          return found
        }),
      ),
    )
    return record => {
      if (record.valueSchema === undefined) {
        const map = requireMap(record.value, purpose)
        const key = fromEntries(names.map(name => [name, entryOf(map, name)]))
        return withParts(record, { key, keySchema: undefined })
      }
      const struct = requireStruct(record.value, purpose)
      const of = keySchema(record.valueSchema)
      const key = fromEntries((of.fields ?? []).map(field => [field.name, copiedValue(struct, field, withDefault)]))
      return withParts(record, { key, keySchema: of })
    }
  },
})

import { defineTransform, field, schema, setField } from 'millrace/plugin'
import type { Value } from 'millrace/plugin'
import { checked, perSchema } from './data.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

export const hoistField = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('HoistField', target),
    version: contractVersion,
    summary: `Wraps the whole ${target.title.toLowerCase()} in a struct or map with one field.`,
    config: {
      field: field.string({
        doc: 'Field name for the single field that will be created in the resulting Struct or Map.',
        importance: 'medium',
      }),
    },
    create({ field: name }) {
      const wrapped = perSchema(of => schema.struct([{ name, schema: of }]))
      return record => {
        const of = target.schemaOf(record)
        const value = target.valueOf(record)
        if (of !== undefined) checked({ name, schema: of }, value)
        const struct: Record<string, Value> = {}
        setField(struct, name, value)
        return target.replace(record, of === undefined ? undefined : wrapped(of), struct)
      }
    },
  }),
)

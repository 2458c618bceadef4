import { defineTransform, field } from 'millrace/plugin'
import type { Field, Value } from 'millrace/plugin'
import {
  checked,
  copiedValue,
  entryOf,
  fieldValue,
  fromEntries,
  requireMap,
  requireStruct,
  withEntries,
} from './data.js'
import { maskFor } from './mask-value.js'
import { replaceNullField } from './replace-null.js'
import { forKeyAndValue, namesOf } from './target.js'
import { contractVersion } from './contract-version.js'

const purpose = 'mask fields'

const config = {
  fields: field.list({ doc: 'Names of fields to mask.', importance: 'high', nonEmpty: true, unique: true }),
  replacement: field.string({
    doc: "Custom value replacement, that will be applied to all 'fields' values (numeric or non-empty string values only).",
    importance: 'low',
    optional: true,
    nonEmpty: true,
  }),
  ...replaceNullField,
} as const

export const maskField = forKeyAndValue(target =>
  defineTransform({
    ...namesOf('MaskField', target),
    version: contractVersion,
    summary: `Masks fields of the ${target.title.toLowerCase()} with the empty value of their type, or a given one.`,
    config,
    create(config) {
      const names = new Set(config.fields)
      const mask = maskFor(config.replacement)
      const withDefault = config['replace.null.with.default']

      return record => {
        const of = target.schemaOf(record)
        const value = target.valueOf(record)
        if (of === undefined) {
          const map = requireMap(value, purpose)
          const entries = Array.from(names, name => [name, mask(undefined, entryOf(map, name))] as const)
          return target.replace(record, undefined, withEntries(map, entries))
        }
        const struct = requireStruct(value, purpose)
        const entry = (field: Field): readonly [string, Value] => {
          if (!names.has(field.name)) return [field.name, copiedValue(struct, field, withDefault)]
          return [field.name, checked(field, mask(field.schema, fieldValue(struct, field, withDefault)))]
        }
        return target.replace(record, of, fromEntries((of.fields ?? []).map(entry)))
      }
    },
  }),
)

import { field } from 'millrace/plugin'

/** The key that every transform has which reads fields of structs. */
export const replaceNullField = {
  'replace.null.with.default': field.boolean({
    doc: 'Whether to replace fields that have a default value and that are null to the default value. When set to true, the default value is used, otherwise null is used.',
    importance: 'medium',
    default: true,
  }),
} as const

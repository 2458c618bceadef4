import { definePredicate, field } from 'millrace/plugin'
import { nameOf } from '../target.js'
import { contractVersion } from '../contract-version.js'

export const hasHeaderKey = definePredicate({
  ...nameOf('HasHeaderKey', 'predicates.'),
  version: contractVersion,
  summary: 'True where a record has at least one header of that name.',
  config: { name: field.string({ doc: 'The header name.', importance: 'medium', nonEmpty: true }) },
  create:
    ({ name }) =>
    record =>
      record.headers?.some(header => header.key === name) === true,
})

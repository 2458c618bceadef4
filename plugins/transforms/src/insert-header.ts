import { defineTransform, errorMessage, field, inferHeaderValue, withParts } from 'millrace/plugin'
import { nameOf } from './target.js'
import { contractVersion } from './contract-version.js'

export const insertHeader = defineTransform({
  ...nameOf('InsertHeader'),
  version: contractVersion,
  summary: 'Adds a header with a fixed value.',
  config: {
    header: field.string({ doc: 'The name of the header.', importance: 'high' }),
    'value.literal': field.string({
      doc: 'The literal value that is to be set as the header value on all records.',
      importance: 'high',
      check(literal) {
        try {
          inferHeaderValue(literal)
          return undefined
        } catch (error) {
          return errorMessage(error)
        }
      },
    }),
  },
  create(config) {
    const header = { key: config.header, ...inferHeaderValue(config['value.literal']) }
    return record => withParts(record, { headers: [...(record.headers ?? []), header] })
  },
})

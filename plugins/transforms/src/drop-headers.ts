import { defineTransform, field, withParts } from 'millrace/plugin'
import { nameOf } from './target.js'
import { contractVersion } from './contract-version.js'

export const dropHeaders = defineTransform({
  ...nameOf('DropHeaders'),
  version: contractVersion,
  summary: 'Removes headers by name.',
  config: {
    headers: field.list({
      doc: 'The name of the headers to be removed.',
      importance: 'high',
      nonEmpty: true,
    }),
  },
  create(config) {
    const dropped = new Set(config.headers)
    return record => withParts(record, { headers: (record.headers ?? []).filter(({ key }) => !dropped.has(key)) })
  },
})

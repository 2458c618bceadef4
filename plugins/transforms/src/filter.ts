import { defineTransform } from 'millrace/plugin'
import { nameOf } from './target.js'
import { contractVersion } from './contract-version.js'

export const filter = defineTransform({
  ...nameOf('Filter'),
  version: contractVersion,
  summary: 'Drops every record it is applied to; use it with a predicate.',
  config: {},
  create: () => () => null,
})

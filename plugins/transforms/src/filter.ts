import { defineTransform } from 'millrace/plugin'
import { nameOf } from './target.js'

export const filter = defineTransform({
  ...nameOf('Filter'),
  version: '1.0.0',
  summary: 'Drops every record it is applied to; use it with a predicate.',
  config: {},
  create: () => () => null,
})

import { definePredicate } from 'millrace/plugin'
import { nameOf } from '../target.js'

export const recordIsTombstone = definePredicate({
  ...nameOf('RecordIsTombstone', 'predicates.'),
  version: '1.0.0',
  summary: 'True where the value is null.',
  config: {},
  create: () => record => record.value === null,
})

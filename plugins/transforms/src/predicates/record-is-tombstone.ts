import { definePredicate } from 'millrace/plugin'
import { nameOf } from '../target.js'
import { contractVersion } from '../contract-version.js'

export const recordIsTombstone = definePredicate({
  ...nameOf('RecordIsTombstone', 'predicates.'),
  version: contractVersion,
  summary: 'True where the value is null.',
  config: {},
  create: () => record => record.value === null,
})

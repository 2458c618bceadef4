import { expect, test } from 'vitest'
import { snapshotPlan, type BinlogConfig } from '../src/config.js'

const based = (data: boolean, stream: boolean) => ({
  'snapshot.mode.configuration.based.snapshot.data': data,
  'snapshot.mode.configuration.based.start.stream': stream,
})

test.each<[mode: BinlogConfig['snapshot.mode'], first: boolean, again: boolean, stream: boolean]>([
  ['initial', true, false, true],
  ['when_needed', true, false, true],
  ['always', true, true, true],
  ['initial_only', true, false, false],
  ['no_data', false, false, true],
  ['schema_only', false, false, true],
  ['recovery', false, false, true],
  ['schema_only_recovery', false, false, true],
  ['never', false, false, true],
])('snapshot.mode=%s: rows at the first start %s, later %s; changes %s', (mode, first, again, stream) => {
  const config = { 'snapshot.mode': mode, ...based(false, false) }
  expect(snapshotPlan(config, false)).toEqual({ data: first, stream })
  expect(snapshotPlan(config, true)).toEqual({ data: again, stream })
})

test.each([
  [true, true],
  [true, false],
  [false, true],
])('snapshot.mode=configuration_based goes by its keys: rows %s, changes %s', (data, stream) => {
  const config = { 'snapshot.mode': 'configuration_based', ...based(data, stream) } as const
  expect(snapshotPlan(config, false)).toEqual({ data, stream })
  expect(snapshotPlan(config, true)).toEqual({ data: false, stream })
})

import { expect, test } from 'vitest'
import { compact, statusLine } from '../../src/cli/status-line.js'
import type { NodeSummary } from '../../src/core/api/node.js'

const summary = (records: number, failed = 0): NodeSummary => ({
  connectors: 4,
  tasks: { running: 4 - failed, failed, other: 0 },
  restarts: 1,
  records,
})

test('the line tells rate, connectors, tasks and restarts', () => {
  expect(statusLine(summary(3400), summary(1000), 2, 100)).toBe(
    '1.2k records/s · 4 connectors · 4/4 tasks running · 1 restarts',
  )
})

test('failed tasks stand out', () => {
  expect(statusLine(summary(0, 1), summary(0), 1, 100)).toContain('3/4 tasks running, 1 FAILED')
})

test('the line never wraps', () => {
  expect(statusLine(summary(0), summary(0), 0, 20)).toHaveLength(20)
})

test.each([
  [0, '0'],
  [12.44, '12.4'],
  [950.2, '950'],
  [999.6, '1.0k'],
  [12_440, '12.4k'],
  [999_960, '1.0M'],
  [2_500_000, '2.5M'],
])('%d is shown as %s', (value, shown) => {
  expect(compact(value)).toBe(shown)
})

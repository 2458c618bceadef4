import { expect, test } from 'vitest'
import { AlertLog } from '../../../actors/cluster/alert-log.js'
import type { Alert } from '../../../src/core/api/overview.js'
import type { Logger } from '../../../src/ports/logger.js'

const few = (text: string): Alert => ({ id: 'few', kind: 'nodes-expected', severity: 'critical', subject: {}, text })

function heard(...looks: readonly (readonly Alert[])[]): string[] {
  const lines: string[] = []
  const logger: Logger = { log: (level, text) => void lines.push(`${level} ${text}`), child: () => logger }
  const log = new AlertLog(logger)
  for (const alerts of looks) log.look(alerts)
  return lines
}

test('an alert is told once, when two looks have seen it, and when it is over', () => {
  const alert = few('1 of 2.')
  expect(heard([alert], [alert], [alert], [], [])).toEqual(['warn 1 of 2.', 'warn Over: 1 of 2.'])
})

test('one that passes within a look is not told', () => {
  expect(heard([few('1 of 2.')], [], [few('1 of 2.')], [])).toEqual([])
})

test('one that says something else is told again', () => {
  expect(heard([few('2 of 3.')], [few('2 of 3.')], [few('1 of 3.')], [])).toEqual([
    'warn 2 of 3.',
    'warn 1 of 3.',
    'warn Over: 1 of 3.',
  ])
})

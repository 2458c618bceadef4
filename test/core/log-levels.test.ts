import { expect, test } from 'vitest'
import { effectiveLevel, initialLevels, loggerOf, passes, withLevel } from '../../src/core/log-levels.js'

test('a line belongs to its task, its connector, its part or the node', () => {
  expect(loggerOf({ connector: 'a.b', task: 3, component: 'log' })).toBe('connector.a.b.task-3')
  expect(loggerOf({ connector: 'a' })).toBe('connector.a')
  expect(loggerOf({ component: 'log' })).toBe('log')
  expect(loggerOf({ task: 1 })).toBe('millrace')
})

test('a logger has the level of the nearest above it', () => {
  const table = withLevel(withLevel(initialLevels, 'connector', 'WARN', 1), 'connector.a.b', 'DEBUG', 2)
  const level = (name: string) => effectiveLevel(table, name).level
  expect(['root', 'millrace', 'connector.z', 'connector.a.b.task-0', 'connector.a'].map(level)).toEqual([
    'INFO',
    'INFO',
    'WARN',
    'DEBUG',
    'WARN',
  ])
})

test('setting a logger sets all below it, and root sets all', () => {
  const some = withLevel(withLevel(initialLevels, 'a.b', 'DEBUG', 1), 'ab', 'TRACE', 2)
  const table = withLevel(some, 'a', 'ERROR', 3)
  expect([effectiveLevel(table, 'a.b'), effectiveLevel(table, 'ab').level]).toEqual([
    { level: 'ERROR', last_modified: 3 },
    'TRACE',
  ])
  const same = { level: 'WARN', last_modified: 4 }
  const all = withLevel(table, 'root', 'WARN', 4)
  expect(all).toEqual({ root: same, a: same, 'a.b': same, ab: same })
  expect(withLevel(all, 'a', 'WARN', 5)).toEqual(all)
})

test('of very many loggers those below one that is set are forgotten, so that there is room again', () => {
  const many = Object.fromEntries(
    Array.from({ length: 1_001 }, (_, at) => [`a.${at}`, { level: 'DEBUG', last_modified: 1 } as const]),
  )
  expect(withLevel({ ...initialLevels, ...many, b: many['a.0']! }, 'a', 'ERROR', 2)).toEqual({
    ...initialLevels,
    a: { level: 'ERROR', last_modified: 2 },
    b: { level: 'DEBUG', last_modified: 1 },
  })
})

test('names that objects have by themselves are names like any other', () => {
  const table = withLevel(initialLevels, '__proto__', 'DEBUG', 1)
  expect(effectiveLevel(table, '__proto__').level).toBe('DEBUG')
  expect(effectiveLevel(initialLevels, 'constructor').level).toBe('INFO')
})

test('a level lets through what is as severe; OFF nothing, ALL everything', () => {
  expect([passes('info', 'INFO'), passes('debug', 'INFO'), passes('fatal', 'OFF'), passes('trace', 'ALL')]).toEqual([
    true,
    false,
    false,
    true,
  ])
})

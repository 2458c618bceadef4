import { readFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogger } from '../../../src/adapters/node/logger.js'
import { createSharedLevels, LevelReader, writeLevels } from '../../../src/adapters/node/shared-levels.js'
import { initialLevels, withLevel, type LevelTable } from '../../../src/core/log-levels.js'

test('a reader sees each table that was written', () => {
  const shared = createSharedLevels()
  const reader = new LevelReader(shared)
  const read = (): LevelTable => (reader.version >= 0 ? reader.table : initialLevels)
  expect(read()).toEqual(initialLevels)
  const table = withLevel(initialLevels, 'connector.ä', 'DEBUG', 5)
  writeLevels(shared, table)
  expect(read()).toEqual(table)
})

test('a table that is too large is refused and changes nothing', () => {
  const shared = createSharedLevels()
  const huge = withLevel(initialLevels, 'x'.repeat(300_000), 'DEBUG', 1)
  expect(() => writeLevels(shared, huge)).toThrow(expect.objectContaining({ code: 'logger.table_full' }))
  const reader = new LevelReader(shared)
  expect([reader.version % 2, reader.table]).toEqual([0, initialLevels])
})

test('a line is written by the level of the logger that its fields name, as that stands now', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-log-'))
  try {
    const shared = createSharedLevels()
    const logger = createLogger(join(folder, 'log'), shared)
    const task = logger.child({ connector: 'a', task: 0 })
    task.log('debug', 'too early')
    writeLevels(shared, withLevel(initialLevels, 'connector.a', 'DEBUG', 1))
    task.log('debug', 'from the task')
    logger.log('debug', 'about the connector', { connector: 'a' })
    logger.log('debug', 'of the node')
    const lines = (await readFile(join(folder, 'log'), 'utf8')).split('\n').slice(0, -1)
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual([
      { level: 'debug', time: expect.any(String), connector: 'a', task: 0, msg: 'from the task' },
      { level: 'debug', time: expect.any(String), connector: 'a', msg: 'about the connector' },
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})

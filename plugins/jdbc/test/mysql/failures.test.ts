import { expect, test } from 'vitest'
import { openDialect } from '../../src/dialect.js'

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const config = {
  'connection.url': 'jdbc:mysql://localhost/shop',
  'connection.user': undefined,
  'connection.password': undefined,
  'dialect.name': '',
} as const
const dialect = openDialect(config, {}, logger)

test.each([
  [1021, 'a full disk', 'transient'],
  [1114, 'a full table', 'transient'],
  [1213, 'a deadlock', 'transient'],
  [1062, 'a key that is there', 'record'],
  [1406, 'a text that is too long', 'record'],
  [1146, 'a table that is not there', 'permanent'],
] as const)('error %i, %s, is %s', async (errno, _, kind) => {
  const error = Object.assign(new Error('no'), { errno, code: 'ER_ANY', sqlState: 'HY000' })
  expect((await dialect).classify(error)).toBe(kind)
})

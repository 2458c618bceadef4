import { fatal } from 'millrace/plugin'
import { expect, test } from 'vitest'
import { binlogFailure, passes } from '../src/failures.js'

const error = (code: string, message = 'no'): Error => Object.assign(new Error(message), { code })

test.each([
  error('ER_LOCK_DEADLOCK'),
  error('ER_SERVER_SHUTDOWN'),
  error('PROTOCOL_CONNECTION_LOST'),
  error('ECONNREFUSED'),
  error('ETIMEDOUT'),
  new Error("Can't add new command when connection is in closed state"),
  new Error('The server has said nothing for 70 s.'),
  error(
    'ER_MASTER_FATAL_ERROR_READING_BINLOG',
    'A slave with the same server_uuid/server_id as this slave has connected',
  ),
])('$code "$message" passes by itself', one => {
  expect(passes(one)).toBe(true)
  expect(binlogFailure(one, 'reading')).toMatchObject({
    code: 'mysql.unavailable',
    disposition: 'retry',
    retryAfterMs: 1_000,
  })
})

test.each([
  [
    error('ER_MASTER_FATAL_ERROR_READING_BINLOG', 'Could not find first log file name'),
    'mysql.changes_lost',
    /snapshot\.mode=when_needed/,
  ],
  [error('ER_ACCESS_DENIED_ERROR'), 'mysql.failed', /database\.password/],
  [error('ER_TABLEACCESS_DENIED_ERROR'), 'mysql.failed', /Grant .*REPLICATION SLAVE/],
  [error('HANDSHAKE_NO_SSL_SUPPORT'), 'mysql.failed', /database\.ssl\.mode/],
  [error('ER_PARSE_ERROR'), 'mysql.failed', /server’s own/],
] as const)('%s ends the task with what to do', (one, code, hint) => {
  expect(passes(one)).toBe(false)
  const failure = binlogFailure(one, 'reading the binlog')
  expect(failure).toMatchObject({ code, disposition: 'fatal' })
  expect(failure.hint).toMatch(hint)
  expect(failure.message).toBe(`MySQL: reading the binlog failed: ${one.message}`)
})

test('what already says what it means stays as it is', () => {
  const known = fatal('No table.', { code: 'mysql.no_tables' })
  expect(binlogFailure(known, 'reading')).toBe(known)
})

import { expect, test } from 'vitest'
import { parseCommandLine } from '../../src/cli/command-line.js'

test('start has defaults for everything', () => {
  expect(parseCommandLine(['start'])).toEqual({
    kind: 'start',
    dataDirectory: 'data',
    host: 'localhost',
    port: 8083,
    empty: false,
  })
})

test('start takes its options', () => {
  const words = ['start', '--data-dir', '/x', '--port=0', '--host', '::1', '--empty']
  expect(parseCommandLine(words)).toEqual({ kind: 'start', dataDirectory: '/x', host: '::1', port: 0, empty: true })
})

test.each([['help'], ['--help'], ['-h'], ['start', '--help']])('%s %s asks for help', (...words) => {
  expect(parseCommandLine(words.filter(word => word !== undefined)).kind).toBe('help')
})

test.each([['version'], ['--version'], ['-V']])('%s asks for the version', word => {
  expect(parseCommandLine([word]).kind).toBe('version')
})

test('every mistake is named at once', () => {
  expect(parseCommandLine(['start', 'now', '--port', '99999', '--data-dir', ' '])).toEqual({
    kind: 'misused',
    mistakes: [
      '"now" is one word too many.',
      '--port takes a number from 0 to 65535, not "99999".',
      '--data-dir takes the name of a directory.',
    ],
  })
})

test.each([[['start', '--prot', '1']], [['start', '--port']], [[]]])('%j is refused', words => {
  expect(parseCommandLine(words).kind).toBe('misused')
})

test.each(['cluster', 'distributed'])('%s takes one worker file', word => {
  expect(parseCommandLine([word, 'w.properties'])).toEqual({ kind: 'cluster', worker: 'w.properties' })
  expect(parseCommandLine([word])).toEqual({ kind: 'misused', mistakes: ['WORKER.properties is missing.'] })
  expect(parseCommandLine([word, 'a', 'b'])).toEqual({ kind: 'misused', mistakes: ['"b" is one word too many.'] })
})

test('user hash takes a user and a role that may write unless it is said otherwise', () => {
  expect(parseCommandLine(['user', 'hash', 'alice'])).toEqual({ kind: 'user-hash', user: 'alice', role: 'write' })
  expect(parseCommandLine(['user', 'hash', 'bob', '--role', 'read'])).toEqual({
    kind: 'user-hash',
    user: 'bob',
    role: 'read',
  })
})

test.each([['user hash'], ['user hash a b'], ['user hash a:b'], ['user hash #a'], ['user hash a --role admin']])(
  '%s is refused',
  words => {
    expect(parseCommandLine(words.split(' ')).kind).toBe('misused')
  },
)

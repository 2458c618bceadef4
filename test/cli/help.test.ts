import { expect, test } from 'vitest'
import { commands, type CommandName } from '../../src/cli/commands.js'
import { parseCommandLine } from '../../src/cli/command-line.js'
import { help } from '../../src/cli/help.js'

const names = Object.keys(commands) as CommandName[]

test('the overview names every command', () => {
  expect(help()).toMatchSnapshot()
})

test.each(names)('help of %s', name => {
  expect(parseCommandLine([...commands[name].words.split(' '), '--help'])).toEqual({ kind: 'help', of: name })
  expect(help(name)).toMatchSnapshot()
})

test.each([
  ['get connectors', 'list'],
  ['pause x', 'pause'],
  ['restart connector x', 'restart'],
  ['apply -f x.json', 'apply'],
  ['describe connector x', 'status'],
])('%s is %s', (words, command) => {
  expect(parseCommandLine(words.split(' '))).toMatchObject({ kind: 'client', command })
})

test('--wait stands alone or with a time', () => {
  expect(parseCommandLine(['pause', 'x', '--wait'])).toMatchObject({ operands: ['x'], options: { wait: '60s' } })
  expect(parseCommandLine(['pause', 'x', '--wait=2m'])).toMatchObject({ options: { wait: '2m' } })
})

test('every wrong option is named at once', () => {
  const words = ['restart', 'x', '--tasks', 'some', '-o', 'xml', '--wait=soon', '--url', 'here']
  expect(parseCommandLine(words)).toMatchObject({ kind: 'misused', mistakes: { length: 4 } })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCredentials } from '../../src/rest/credentials.js'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('user and password are read, the first colon between them', () => {
  for (const scheme of ['Basic', 'basic', 'BASIC', 'bASIC'])
    expect(readCredentials(`${scheme} ${base64('alice:wonder:länd')}`)).toEqual({
      user: 'alice',
      password: 'wonder:länd',
    })
  expect(readCredentials(`Basic ${base64('alice:')}`)).toEqual({ user: 'alice', password: '' })
  const user = fc.string({ minLength: 1, unit: 'grapheme' }).filter(name => !name.includes(':'))
  fc.assert(
    fc.property(user, fc.string({ unit: 'grapheme' }), (name, password) => {
      const { user: found, password: secret } = readCredentials(`Basic ${base64(`${name}:${password}`)}`)!
      expect([found, secret]).toEqual([name, password])
    }),
  )
})

test.each([
  undefined,
  '',
  'Basic',
  'Basic ',
  'Basic !!!',
  `Basic ${base64('alice')}`,
  `Basic ${base64(':secret')}`,
  `Bearer ${base64('alice:secret')}`,
  `Basic ${base64('alice:secret')} ${base64('alice:secret')}`,
  base64('alice:secret'),
])('%j says nobody', header => {
  expect(readCredentials(header)).toBeUndefined()
})

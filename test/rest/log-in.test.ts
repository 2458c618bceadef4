import { randomBytes, scryptSync } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Role, User } from '../../src/core/api/users.js'
import { Secret } from '../../src/core/config/field.js'
import { formatPasswordHash } from '../../src/core/password-hash.js'
import { LogIns } from '../../src/rest/log-in.js'

/** Cheap, so that tests are. */
export function hashed(name: string, role: Role, password: string): User {
  const salt = randomBytes(16)
  const hash = scryptSync(password, salt, 32, { N: 2 ** 10, r: 8, p: 1 })
  const text = formatPasswordHash({ logN: 10, blockSize: 8, parallelization: 1, salt, hash })
  return { name, role, password: { kind: 'hashed', secret: new Secret(text) } }
}
const plain = (name: string, password: string): User => ({
  name,
  role: 'write',
  password: { kind: 'plain', secret: new Secret(password) },
})

test('who gives the right password gets his role, the first time and later', async () => {
  const logIns = new LogIns([hashed('alice', 'write', 'wonder'), hashed('bob', 'read', 'sesame'), plain('carl', 'x')])
  for (let time = 0; time < 2; time++) {
    expect(await logIns.check({ user: 'alice', password: 'wonder' })).toEqual({ role: 'write' })
    expect(await logIns.check({ user: 'bob', password: 'sesame' })).toEqual({ role: 'read' })
    expect(await logIns.check({ user: 'carl', password: 'x' })).toEqual({ role: 'write' })
  }
})

test.each([
  ['alice', 'sesame'],
  ['alice', ''],
  ['alice', 'wonder '],
  ['Alice', 'wonder'],
  ['carl', 'wonder'],
  ['nobody', 'wonder'],
  ['__proto__', 'wonder'],
])('%s with %j is refused, also after others have logged in', async (user, password) => {
  const logIns = new LogIns([hashed('alice', 'write', 'wonder'), hashed('bob', 'read', 'sesame'), plain('carl', 'x')])
  expect(await logIns.check({ user, password })).toBe('refused')
  await logIns.check({ user: 'alice', password: 'wonder' })
  expect(await logIns.check({ user, password })).toBe('refused')
})

test('with passwords as they are, a user that there is not is refused as well', async () => {
  expect(await new LogIns([plain('carl', 'x')]).check({ user: 'nobody', password: 'x' })).toBe('refused')
})

test('log-ins wait for each other up to a bound, and the others are told to come again', async () => {
  const logIns = new LogIns([hashed('alice', 'write', 'wonder')])
  const answers = await Promise.all(
    Array.from({ length: 60 }, () => logIns.check({ user: 'alice', password: 'wrong' })),
  )
  expect(answers.filter(answer => answer === 'refused')).toHaveLength(34)
  expect(answers.filter(answer => answer === 'busy')).toHaveLength(26)
  expect(await logIns.check({ user: 'alice', password: 'wonder' })).toEqual({ role: 'write' })
})

test('a hash that is none is refused, and not shown', () => {
  const broken = { name: 'eve', role: 'write', password: { kind: 'hashed', secret: new Secret('s3cret') } } as const
  expect(() => new LogIns([broken])).toThrow(/user eve is not hashed/)
  expect(() => new LogIns([broken])).not.toThrow(/s3cret/)
})

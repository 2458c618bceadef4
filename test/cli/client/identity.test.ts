import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { identityOf } from '../../../src/cli/client/identity.js'
import type { ClientCommand } from '../../../src/cli/command-line.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-identity-'))
afterAll(() => rmSync(folder, { recursive: true }))
function file(name: string, content: string, mode = 0o600): string {
  writeFileSync(join(folder, name), content)
  chmodSync(join(folder, name), mode)
  return join(folder, name)
}
const pem = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n'
const ask = (options: ClientCommand['options'], environment: Record<string, string> = {}, input = '') =>
  identityOf(
    options,
    environment,
    (async function* () {
      yield Buffer.from(input)
    })(),
  )

test('nobody, where nothing says who', async () => {
  expect(await ask({})).toEqual({})
  expect(await ask({}, { MILLRACE_PASSWORD: 'x', MILLRACE_USER: '', MILLRACE_CA: '' })).toEqual({})
})

test('options count before the environment', async () => {
  const environment = { MILLRACE_USER: 'alice', MILLRACE_PASSWORD: 'wonder', MILLRACE_CA: file('ca.pem', pem) }
  expect(await ask({}, environment)).toEqual({ user: 'alice', password: 'wonder', ca: pem })
  const other = file('other.pem', `other ${pem}`)
  expect(await ask({ user: 'bob', 'password-file': file('p', 'sesame\n'), ca: other }, environment)).toEqual({
    user: 'bob',
    password: 'sesame',
    ca: `other ${pem}`,
  })
  expect(await ask({ 'password-stdin': true }, environment, 'länd\r\n')).toMatchObject({
    user: 'alice',
    password: 'länd',
  })
})

test.each([
  ['a user without password', { user: 'bob' }, /no password for bob/],
  ['a password without user', { 'password-stdin': true }, /no user/],
  ['two passwords', { user: 'bob', 'password-stdin': true, 'password-file': '/none' }, /Two passwords/],
  ['a connector on standard input as well', { user: 'b', 'password-stdin': true, filename: ['-'] }, /Standard input/],
  ['a password that others may read', { user: 'b', 'password-file': file('seen', 'x', 0o640) }, /Others may read/],
  ['no such password', { user: 'b', 'password-file': '/none' }, /no file \/none/],
  ['no such authority', { ca: '/none' }, /no file \/none/],
  ['an authority that is none', { ca: file('none.pem', 'x') }, /no certificate/],
  ['a user that no header can name', { user: 'a:b', 'password-file': file('q', 'x') }, /without colons/],
])('%s is refused', async (_, options, message) => {
  await expect(ask(options)).rejects.toMatchObject({ code: 'cli.misused', message: expect.stringMatching(message) })
})

test('more than any password has is not read on', async () => {
  await expect(ask({ user: 'b', 'password-stdin': true }, {}, 'x'.repeat(5_000))).rejects.toThrow(/4096 bytes/)
})

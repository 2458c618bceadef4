import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { allowedPathIssues, configProviders } from '../../../src/adapters/node/config-providers.js'
import type { ProviderSettings } from '../../../src/core/config/provider-settings.js'
import type { ConfigProvider } from '../../../src/ports/config-provider.js'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-providers-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const provider = (settings: ProviderSettings, env: NodeJS.ProcessEnv = {}): ConfigProvider =>
  configProviders([settings], env).get(settings.alias)!
const file = (...allowed: string[]) =>
  provider({ kind: 'file', alias: 'f', ...(allowed.length > 0 && { allowedPaths: allowed }) })
const directory = (...allowed: string[]) =>
  provider({ kind: 'directory', alias: 'd', ...(allowed.length > 0 && { allowedPaths: allowed }) })
const get = async (from: ConfigProvider, path: string, ...keys: string[]) => {
  const { values, withheld } = await from.get(path, new Set(keys))
  return withheld ?? Object.fromEntries(values)
}

test('a properties file gives the keys that are asked for, read anew each time, in UTF-8', async () => {
  const path = join(home, 'db.properties')
  await writeFile(path, '# c\nuser = ü\npassword=s\\u00e9cret \nother=x')
  expect(await get(file(), path, 'user', 'password', 'absent')).toEqual({ user: 'ü', password: 'sécret ' })
  await writeFile(path, 'user=b')
  expect(await get(file(), path, 'user')).toEqual({ user: 'b' })
})

test('a file that cannot be read fails with its path, and with none of its content', async () => {
  const failing = async (path: string, message: RegExp): Promise<void> =>
    expect(file().get(path, new Set(['k']))).rejects.toMatchObject({
      code: 'config.provider_failed',
      message: expect.stringMatching(message),
      hint: expect.any(String),
    })
  await failing(join(home, 'absent'), /no such file/)
  await failing(home, /not a regular file/)
  await writeFile(join(home, 'bad'), 'a=1\nsecret=\\u12')
  await failing(join(home, 'bad'), /line 2 is malformed\.$/)
  await writeFile(join(home, 'latin'), Buffer.from('k=\xff', 'latin1'))
  await failing(join(home, 'latin'), /UTF-8/)
  await writeFile(join(home, 'huge'), '')
  await truncate(join(home, 'huge'), 2 ** 21)
  await failing(join(home, 'huge'), /bytes/)
  await failing('/dev/zero', /not a regular file/)
  await failing('a\0b', /null bytes/)
})

test('a directory gives the content of its files by name, whole', async () => {
  await writeFile(join(home, 'password'), 'hunter2\n')
  await writeFile(join(home, 'real'), 'linked')
  await symlink(join(home, 'real'), join(home, 'link'))
  await mkdir(join(home, 'sub'))
  await writeFile(join(home, 'sub', 'deep'), 'x')
  expect(await get(directory(), home, 'password', 'link', 'sub', 'absent', 'sub/deep', '..', '', '.')).toEqual({
    password: 'hunter2\n',
    link: 'linked',
  })
  expect(await get(directory(), join(home, 'nowhere'), 'k')).toBe('The path is not a directory.')
})

test('nothing outside of allowed.paths is given', async () => {
  await mkdir(join(home, 'in'))
  await mkdir(join(home, 'inner'))
  for (const where of ['in', 'inner']) await writeFile(join(home, where, 'f'), 'k=v')
  const only = join(home, 'in')
  expect(await get(file(only), join(home, 'in', 'f'), 'k')).toEqual({ k: 'v' })
  expect(await get(file(`${only}/`), join(home, 'inner', '..', 'in', 'f'), 'k')).toEqual({ k: 'v' })
  expect(await get(file(join(only, 'f')), join(only, 'f'), 'k')).toEqual({ k: 'v' })
  for (const path of [join(home, 'inner', 'f'), `${only}/../inner/f`, 'in/f', '/etc/passwd'])
    expect(await get(file(only), path, 'k')).toBe('The path is not below allowed.paths.')
  expect(await get(directory(only), only, 'f')).toEqual({ f: 'k=v' })
  expect(await get(directory(only), home, 'f')).toBe('The path is not below allowed.paths.')
})

test('a variable without path has no value in files, and only that in the environment', async () => {
  expect(await get(file(), '', 'k')).toBe('The variable has no path.')
  const env = provider({ kind: 'env', alias: 'e', allowlistPattern: 'DB_.*' }, { DB_A: '1', HOME: '/root' })
  expect(await get(env, '', 'DB_A', 'HOME', 'DB_B', 'toString')).toEqual({ DB_A: '1' })
  await expect(env.get('/x', new Set(['DB_A']))).rejects.toMatchObject({
    code: 'config.provider_failed',
    message: "Path is not supported for EnvVarConfigProvider, invalid value '/x'",
  })
})

test('allowed paths must be absolute and there', async () => {
  expect(
    await allowedPathIssues([
      { kind: 'file', alias: 'a', allowedPaths: [home, 'relative', join(home, 'absent')] },
      { kind: 'directory', alias: 'b', allowedPaths: [''] },
      { kind: 'env', alias: 'c', allowlistPattern: '.*' },
    ]),
  ).toEqual([
    { key: 'config.providers.a.param.allowed.paths', message: 'Path relative is not absolute' },
    { key: 'config.providers.a.param.allowed.paths', message: `Path ${join(home, 'absent')} does not exist` },
    { key: 'config.providers.b.param.allowed.paths', message: 'Path  is not absolute' },
  ])
})

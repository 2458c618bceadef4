import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pluginsOnPath } from '../../../src/adapters/node/plugin-path.js'

let root: string

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'millrace-path-')))
})
afterEach(() => rm(root, { recursive: true }))

const write = async (path: string, content: unknown): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
}
const plugin = (name: string): object => ({ name, version: '1.0.0', keywords: ['millrace-plugin'], exports: './i.js' })
const found = async (...entries: string[]) => {
  const { modules, failures } = await pluginsOnPath(entries.map(entry => join(root, entry)))
  return { modules: modules.map(module => module.package), failures: failures.map(({ code }) => code) }
}

test('an entry is a package, a folder of packages, one with node_modules, or node_modules itself', async () => {
  await write('one/package.json', plugin('one'))
  await write('many/b/package.json', plugin('b'))
  await write('many/a/package.json', plugin('a'))
  await write('many/other/package.json', { name: 'other', version: '1.0.0', main: 'i.js' })
  await write('app/package.json', { name: 'app', version: '1.0.0' })
  await write('app/node_modules/@x/y/package.json', plugin('@x/y'))
  await write('app/node_modules/z/package.json', plugin('z'))
  expect(await found('one', 'many', 'app')).toEqual({ modules: ['one', 'a', 'b', '@x/y', 'z'], failures: [] })
  expect(await found('app/node_modules')).toEqual({ modules: ['@x/y', 'z'], failures: [] })
})

test('what is wrong with an entry is a failure of its own', async () => {
  await mkdir(join(root, 'empty'))
  await write('file', 'text')
  await write('many/good/package.json', plugin('good'))
  await write('many/bad/package.json', '{')
  await write('many/null/package.json', 'null')
  expect(await found('empty', 'file', 'missing', 'many')).toEqual({
    modules: ['good'],
    failures: ['plugin.path_empty', 'plugin.path_unreadable', 'plugin.path_unreadable', 'plugin.package_invalid'],
  })
})

test('without a path there is nothing, and nothing wrong', async () => {
  expect(await found()).toEqual({ modules: [], failures: [] })
})

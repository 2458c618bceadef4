import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { discoverPlugins, pluginFolders } from '../../../src/adapters/node/plugin-discovery.js'

let root: string

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'millrace-plugins-')))
})
afterEach(() => rm(root, { recursive: true }))

const write = async (path: string, content: unknown): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
}
const plugin = (name: string, more: object = {}): object => ({
  name,
  version: '1.0.0',
  keywords: ['other', 'millrace-plugin'],
  exports: './index.js',
  ...more,
})
const url = (path: string): string => pathToFileURL(join(root, path)).href
const discover = (packages: readonly string[], nodeModules: readonly string[]) =>
  discoverPlugins({
    packages: packages.map(folder => join(root, folder)),
    nodeModules: nodeModules.map(folder => join(root, folder)),
  })

describe('discoverPlugins', () => {
  it('finds packages with the keyword, in scopes too, sorted by name', async () => {
    await write('plugins/b/package.json', plugin('b'))
    await write('node_modules/a/package.json', plugin('a', { version: '2.1.0' }))
    await write('node_modules/@millrace/file/package.json', plugin('@millrace/file'))
    await write('node_modules/@millrace/lib-x/package.json', plugin('@millrace/lib-x', { keywords: [] }))
    await write('node_modules/lodash/package.json', { name: 'lodash', version: '4.0.0', main: 'index.js' })
    expect(await discover(['plugins'], ['node_modules'])).toEqual([
      { package: '@millrace/file', version: '1.0.0', url: url('node_modules/@millrace/file/index.js') },
      { package: 'a', version: '2.1.0', url: url('node_modules/a/index.js') },
      { package: 'b', version: '1.0.0', url: url('plugins/b/index.js') },
    ])
  })

  it('reads package.json only: no plugin code runs, and it need not even be there', async () => {
    await write('plugins/a/package.json', plugin('a'))
    await write('plugins/b/package.json', plugin('b'))
    await write('plugins/b/index.js', 'throw new Error("ran")')
    expect((await discover(['plugins'], [])).map(found => found.package)).toEqual(['a', 'b'])
  })

  it('counts a package that a workspace links once, under its real path', async () => {
    await write('plugins/a/package.json', plugin('a'))
    await mkdir(join(root, 'node_modules'))
    await symlink(join(root, 'plugins/a'), join(root, 'node_modules/a'), 'dir')
    expect(await discover([], ['node_modules'])).toEqual([
      { package: 'a', version: '1.0.0', url: url('plugins/a/index.js') },
    ])
    expect(await discover(['plugins'], ['node_modules'])).toHaveLength(1)
  })

  it('is not held up by what cannot be read', async () => {
    await write('plugins/good/package.json', plugin('good'))
    await write('plugins/broken/package.json', '{"name": ')
    await write('plugins/nameless/package.json', plugin('x', { name: 7 }))
    await write('plugins/nothing/package.json', plugin('nothing', { exports: { './other': './other.js' } }))
    await write('plugins/null/package.json', 'null')
    await write('plugins/a-file', 'text')
    await mkdir(join(root, 'plugins/empty'))
    expect((await discover(['plugins', 'not-there'], ['neither'])).map(found => found.package)).toEqual(['good'])
  })

  it.each([
    ['./a.js', 'a.js'],
    [{ '.': './b.js' }, 'b.js'],
    [{ '.': { types: './c.d.ts', default: './c.js' } }, 'c.js'],
    [{ types: './d.d.ts', require: './d.cjs', import: './d.js' }, 'd.js'],
    [{ '.': { import: { types: './e.d.ts', default: './e.js' } } }, 'e.js'],
    [['./f.js', './g.js'], 'f.js'],
  ])('enters a package where import would: %j', async (exports, entry) => {
    await write('plugins/a/package.json', plugin('a', { exports }))
    expect((await discover(['plugins'], []))[0]?.url).toBe(url(`plugins/a/${entry}`))
  })

  it('falls back to main', async () => {
    await write('plugins/a/package.json', plugin('a', { exports: undefined, main: 'lib/a.js' }))
    expect((await discover(['plugins'], []))[0]?.url).toBe(url('plugins/a/lib/a.js'))
  })

  it("finds this checkout's own plugins", async () => {
    const checkout = fileURLToPath(new URL('../../..', import.meta.url))
    const names = (await discoverPlugins(pluginFolders(checkout))).map(found => found.package)
    expect(names).toEqual(expect.arrayContaining(['@millrace/converters', '@millrace/file', '@millrace/transforms']))
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('pluginFolders', () => {
  it('looks beside millrace where it is installed, and inside it in a checkout', () => {
    expect(pluginFolders('/app/node_modules/millrace').nodeModules).toEqual(['/app/node_modules'])
    expect(pluginFolders('/src/millrace')).toEqual({
      packages: [join('/src/millrace', 'plugins')],
      nodeModules: [join('/src/millrace', 'node_modules')],
    })
  })
})

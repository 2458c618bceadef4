import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PluginModule } from '../../../src/core/plugin-catalogue.js'
import { createPluginLoader } from '../../../src/adapters/node/plugin-loader.js'
import { describePlugins } from '../../../src/adapters/node/plugin-modules.js'

let root: string

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'millrace-loader-')))
})
afterEach(() => rm(root, { recursive: true }))

async function moduleOf(name: string, code: string): Promise<PluginModule> {
  const path = join(root, `${name}.mjs`)
  await writeFile(path, code)
  return { package: name, version: '1.0.0', url: pathToFileURL(path).href }
}

/** What the kit's define functions return, written out: a module in a temporary folder cannot import the kit. */
const exporting = (...plugins: readonly string[]): string =>
  `const field = { type: 'STRING', options: { doc: 'File.' } }
   export default [${plugins.join(', ')}]`
const source = `{ kind: 'source', api: 1, name: 'file-source', version: '1.0.0', summary: 'Reads.', config: { file: field },
   aliases: ['org.example.FileSourceConnector'], read: async function* () {} }`
const converter = `{ kind: 'converter', api: 1, name: 'json', version: '2.0.0', summary: 'JSON.', config: {},
   aliases: ['org.example.JsonConverter'], roles: ['value'], create: () => ({}) }`
const transform = (name: string, alias: string): string =>
  `{ kind: 'transform', api: 1, name: '${name}', version: '1', summary: 'x', config: {}, aliases: ['${alias}'], create: () => r => r }`

describe('describePlugins', () => {
  it('describes every plugin as data that can be cloned and sent', async () => {
    const module = await moduleOf('good', exporting(source, converter))
    const catalogue = await describePlugins([module])
    expect(catalogue.failures).toEqual([])
    expect(structuredClone(catalogue).plugins).toEqual([
      {
        kind: 'source',
        name: 'file-source',
        className: 'org.example.FileSourceConnector',
        aliases: ['org.example.FileSourceConnector'],
        version: '1.0.0',
        summary: 'Reads.',
        config: [expect.objectContaining({ name: 'file', type: 'STRING', required: true })],
        module: module.url,
      },
      expect.objectContaining({ kind: 'converter', name: 'json', converts: ['value'], config: [] }),
    ])
  })

  it('takes a single plugin as well as a list', async () => {
    const single = await moduleOf('single', exporting(transform('one', 'a.One')).replace('[', '').replace(/\]$/, ''))
    expect((await describePlugins([single])).plugins.map(({ name }) => name)).toEqual(['one'])
  })

  it('reports a module that does not load, and loads the others', async () => {
    const bad = [
      await moduleOf('throws', 'throw new Error("no such addon")'),
      await moduleOf('syntax', 'export default ('),
      await moduleOf('empty', 'export const x = 1'),
      { package: 'gone', version: '1', url: pathToFileURL(join(root, 'gone.mjs')).href },
    ]
    const good = await moduleOf('good', exporting(source))
    const { plugins, failures } = await describePlugins([...bad, good])
    expect(plugins.map(({ name }) => name)).toEqual(['file-source'])
    expect(failures.map(({ package: from, code }) => [from, code])).toEqual([
      ['throws', 'plugin.load_failed'],
      ['syntax', 'plugin.load_failed'],
      ['empty', 'plugin.invalid'],
      ['gone', 'plugin.load_failed'],
    ])
    expect(failures[0]?.message).toContain('no such addon')
  })

  it.each([
    ['null', 'An export was not made by the plugin kit.'],
    ["{ kind: 'source' }", 'An export needs version undefined of the plugin kit; this is version 1.'],
    [
      source.replace('api: 1', 'api: 2'),
      'The plugin "file-source" needs version 2 of the plugin kit; this is version 1.',
    ],
    [source.replace('file-source', 'File Source'), 'The plugin "File Source" must have a name in kebab-case.'],
    [source.replace("'1.0.0'", "''"), 'The plugin "file-source" has no version.'],
    [source.replace('{ file: field }', 'null'), 'The plugin "file-source" declares no config.'],
  ])('refuses %s alone', async (plugin, message) => {
    const module = await moduleOf('mixed', exporting(plugin, converter))
    const { plugins, failures } = await describePlugins([module])
    expect(plugins.map(({ name }) => name)).toEqual(['json'])
    expect(failures).toEqual([{ package: 'mixed', module: module.url, code: 'plugin.invalid', message }])
  })
})

describe('createPluginLoader', () => {
  it('imports only the module of the plugin asked for', async () => {
    const marking = (mark: string, plugin: string): string => `globalThis.${mark} = true\n${exporting(plugin)}`
    const wanted = await moduleOf('wanted', marking('wantedLoaded', source))
    const other = await moduleOf('other', marking('otherLoaded', converter))
    const described = { aliases: [], version: '1', summary: 'x', config: [] }
    const loader = createPluginLoader({
      failures: [],
      plugins: [
        { ...described, kind: 'source', name: 'file-source', className: 'file-source', module: wanted.url },
        { ...described, kind: 'converter', name: 'json', className: 'json', module: other.url },
      ],
    })
    await loader.connector('file-source')
    expect(globalThis).toHaveProperty('wantedLoaded')
    expect(globalThis).not.toHaveProperty('otherLoaded')
  })

  it('finds a plugin by any of its names, and gives the same object each time', async () => {
    const loader = createPluginLoader(await describePlugins([await moduleOf('good', exporting(source, converter))]))
    const plugin = await loader.connector('FileSource')
    expect(plugin).toMatchObject({ kind: 'source', name: 'file-source' })
    expect(await loader.connector('org.example.FileSourceConnector')).toBe(plugin)
    expect(await loader.converter('Json')).toMatchObject({ name: 'json' })
  })

  it('says what there is when a name is unknown, and what could not be loaded', async () => {
    const modules = [
      await moduleOf('good', exporting(source, converter)),
      await moduleOf('bad', 'throw new Error("x")'),
    ]
    const loader = createPluginLoader(await describePlugins(modules))
    await expect(loader.connector('Nope')).rejects.toMatchObject({
      code: 'plugin.unknown',
      message:
        'Failed to find any class that implements Connector and which name matches Nope, available connectors are: org.example.FileSourceConnector',
      hint: 'There are: org.example.FileSourceConnector. Not loaded because of an error: bad.',
    })
    await expect(loader.transform('json')).rejects.toMatchObject({
      code: 'plugin.unknown',
      hint: 'There is no transform plugin. Not loaded because of an error: bad.',
    })
  })

  it('refuses an alias that fits several', async () => {
    const module = await moduleOf('two', exporting(transform('one', 'a.Mask'), transform('two', 'b.Mask')))
    const loader = createPluginLoader(await describePlugins([module]))
    await expect(loader.transform('Mask')).rejects.toMatchObject({
      code: 'plugin.ambiguous',
      message: expect.stringContaining('a.Mask, b.Mask') as unknown,
    })
    expect(await loader.transform('b.Mask')).toMatchObject({ name: 'two' })
    expect(loader.classNames('transform')).toEqual(['a.Mask', 'b.Mask'])
  })

  it('fails for a plugin whose module no longer loads or exports it', async () => {
    const gone = await moduleOf('gone', exporting(source))
    const { plugins } = await describePlugins([gone])
    const elsewhere = await moduleOf('elsewhere', exporting(converter))
    const loading = (module: string) =>
      createPluginLoader({ failures: [], plugins: plugins.map(plugin => ({ ...plugin, module })) }).connector(
        'file-source',
      )
    await expect(loading(elsewhere.url)).rejects.toMatchObject({ code: 'plugin.load_failed' })
    await expect(loading(pathToFileURL(join(root, 'nowhere.mjs')).href)).rejects.toMatchObject({
      code: 'plugin.load_failed',
    })
  })
})

import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describePlaces } from '../../../actors/describe-places.js'
import { readKnownPlugins } from '../../../src/adapters/node/known-plugins.js'
import { discoverPlugins } from '../../../src/adapters/node/plugin-discovery.js'
import { describePlugins } from '../../../src/adapters/node/plugin-modules.js'

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const shipped = () =>
  discoverPlugins({ packages: [fileURLToPath(new URL('../../../plugins', import.meta.url))], nodeModules: [] })

describe('plugins described when they were built', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-known-'))
    await mkdir(join(folder, 'a'))
    await writeFile(
      join(folder, 'a/package.json'),
      JSON.stringify({
        name: 'a',
        version: '1.0.0',
        keywords: ['millrace-plugin'],
        exports: './index.js',
        millrace: { described: './described.json' },
      }),
    )
  })
  afterEach(() => rm(folder, { recursive: true }))

  const known = async (text: string | undefined) => {
    if (text !== undefined) await writeFile(join(folder, 'a/described.json'), text)
    const modules = await discoverPlugins({ packages: [folder], nodeModules: [] })
    expect(modules).toHaveLength(1)
    return [...(await readKnownPlugins(modules, '9.0.0')).values()].flat()
  }

  it('are what loading them says, for every plugin that is shipped', async () => {
    const modules = await shipped()
    const read = await readKnownPlugins(modules, version)
    expect([...read.keys()]).toEqual(modules.map(({ url }) => url))
    const loaded = await describePlugins(modules)
    expect([...read.values()].flat()).toEqual(loaded.plugins)
  })

  it('are known without a thread', async () => {
    const modules = await shipped()
    const places = { modules, failures: [], known: await readKnownPlugins(modules, version) }
    const noThread = (): never => {
      throw new Error('a thread was made')
    }
    const logger = { log: noThread, child: noThread }
    const { plugins, failures } = await describePlaces(
      places,
      noThread,
      { describeMs: 1, logger },
      new AbortController().signal,
    )
    expect(failures).toEqual([])
    expect(plugins.map(({ name }) => name)).toContain('file-source')
  })

  it('get the address of the module they are in', async () => {
    const plugins = [{ name: 'x' }]
    const found = await known(JSON.stringify({ millrace: '9.0.0', version: '1.0.0', plugins }))
    expect(found).toEqual([{ name: 'x', module: pathToFileURL(join(folder, 'a/index.js')).href }])
  })

  it.each([
    [
      'of another release of Millrace',
      JSON.stringify({ millrace: '8.0.0', version: '1.0.0', plugins: [{ name: 'x' }] }),
    ],
    [
      'of another release of the package',
      JSON.stringify({ millrace: '9.0.0', version: '0.9.0', plugins: [{ name: 'x' }] }),
    ],
    ['cut off', '{"millrace":"9.0.0","version":"1.0.0","plugi'],
    ['of another form', JSON.stringify({ millrace: '9.0.0', version: '1.0.0' })],
    ['missing', undefined],
  ])('do not count where the file is %s', async (_, text) => {
    expect(await known(text)).toEqual([])
  })
})

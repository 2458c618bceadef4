import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestNode, type TestNode } from './test-node.js'

let root: string
let node: TestNode

const sourceCode = (name: string): string => `
import { defineSource, field } from 'millrace/plugin'
export default defineSource({
  name: '${name}', version: '2.0.0', summary: 'Writes one record.',
  config: { topic: field.string({ doc: 'Topic.' }) },
  async *read({ config }) { yield { topic: config.topic, value: 'from ${name}' } },
})`

const write = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), content)
}
const plugin = async (folder: string, code: string): Promise<void> => {
  const name = folder.split('/').at(-1)
  await write(
    `${folder}/package.json`,
    JSON.stringify({ name, version: '2.0.0', type: 'module', keywords: ['millrace-plugin'], exports: './index.js' }),
  )
  await write(`${folder}/index.js`, code)
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-plugin-path-'))
  await plugin('alone', sourceCode('alone'))
  await plugin('folder/in-folder', sourceCode('in-folder'))
  await plugin('folder/bad-syntax', 'export default {{{')
  await plugin('folder/throws', 'throw new Error("not today")')
  await plugin('folder/waits', 'await new Promise(resolve => setTimeout(resolve, 1e9))')
  await plugin('folder/spins', 'for (;;);')
  await plugin('folder/exits', 'const { exit } = process; exit(3)')
  await write('folder/bad-json/package.json', '{"name": ')
  await plugin('app/node_modules/@acme/installed', sourceCode('installed'))
  await mkdir(join(root, 'empty'))
  const entries = ['alone', 'folder', 'app', 'empty', 'not-there'].map(entry => join(root, entry))
  node = await startTestNode({
    worker: { 'plugin.path': entries.join(' , ') },
    limits: { hangTimeoutMs: 1_000, stopMs: 300 },
  })
}, 60_000)

afterAll(async () => {
  await node.end()
  await rm(root, { recursive: true, force: true })
})

test('plugins are found in a folder of their own, in a folder of packages, and in node_modules', () => {
  const classes = node.herder.plugins({ connectorsOnly: true }).map(found => found.class)
  expect(classes).toEqual(expect.arrayContaining(['alone', 'in-folder', 'installed', 'generator']))
})

test('a plugin from a folder that has no node_modules runs', async () => {
  await node.put('a', { 'connector.class': 'in-folder', topic: 't' })
  await node.put('copy', { 'connector.class': 'FileStreamSink', topics: 't', file: join(node.home, 'out.txt') })
  await expect.poll(() => node.lines('out.txt'), { timeout: 10_000 }).toEqual(['from in-folder'])
})

test('what does not load is told, each by its own reason, and harms nothing', async () => {
  const told = (await node.logLines())
    .filter(({ msg }) => msg === 'A plugin cannot be used')
    .map(line => [line['package'], line['code']])
  expect(new Map(told as [string, string][])).toEqual(
    new Map([
      ['bad-syntax', 'plugin.load_failed'],
      ['throws', 'plugin.load_failed'],
      ['waits', 'call.timed_out'],
      ['spins', 'task.hung'],
      ['exits', 'task.exit_called'],
      ['bad-json', 'plugin.package_invalid'],
      ['empty', 'plugin.path_empty'],
      ['not-there', 'plugin.path_unreadable'],
    ]),
  )
})

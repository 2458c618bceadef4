// Makes one file, with a few chunks, of each of the modules that a process or a thread begins with, in place of what tsc
// has made of them: loading a few hundred small modules would take most of the time that a node needs to start.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rolldown } from 'rolldown'

const out = 'dist/src'
const entries = [
  'main',
  'log-thread',
  'describer-main',
  'thread-main',
  // What packages import. They share their chunks with the threads: a class of an error must be the same in both.
  'embed',
  'plugin/index',
  'kafka',
  'testkit/index',
  'testkit/acceptance/node-plugins',
  'kit-hooks',
]

const bundle = await rolldown({
  input: Object.fromEntries(entries.map(entry => [entry, `src/${entry}.ts`])),
  platform: 'node',
  // Dependencies stay packages, with versions and advisories of their own.
  external: /^[^./]/,
  resolve: { extensionAlias: { '.js': ['.ts'] } },
  onLog: (_, log) => {
    throw new Error(log.message)
  },
})
const { output } = await bundle.generate({
  dir: out,
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[name].js',
})
await bundle.close()
const made = new Map(output.map(({ fileName, code, source }) => [fileName, code ?? source]))
// A node that runs from here may load a chunk at any moment: what has not changed is left alone.
for (const [file, text] of made) {
  const path = `${out}/${file}`
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
}
for (const file of readdirSync(out)) if (file.startsWith('chunk-') && !made.has(file)) rmSync(`${out}/${file}`)

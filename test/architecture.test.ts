import { readFileSync } from 'node:fs'
import { sourcesBelow } from './sources.js'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** Which folder may import which (src/README.md tells why). Roots stand for themselves and may import everything. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/codec': ['src/core'],
  'src/plugin': ['src/core'],
  'src/ports': ['src/core', 'src/codec', 'src/plugin'],
  'src/actor': ['src/core', 'src/ports'],
  'src/cluster': ['src/core'],
  'src/stores': ['src/core', 'src/codec', 'src/ports'],
  'src/pipeline': ['src/core', 'src/codec', 'src/plugin', 'src/ports', 'src/cluster'],
  'src/adapters/kafka': ['src/core', 'src/codec', 'src/plugin', 'src/ports'],
  'src/adapters/embedded': ['src/core', 'src/codec', 'src/plugin', 'src/ports'],
  'src/adapters/memory': ['src/core', 'src/codec', 'src/plugin', 'src/ports'],
  'src/adapters/node': ['src/core', 'src/codec', 'src/plugin', 'src/ports'],
  'src/rest': ['src/core', 'src/ports'],
  'src/cli': ['src/core', 'src/ports'],
  'src/testkit': ['src/core', 'src/plugin', 'src/ports', 'src/actor'],
  actors: [
    'src/core',
    'src/codec',
    'src/plugin',
    'src/ports',
    'src/actor',
    'src/cluster',
    'src/stores',
    'src/pipeline',
  ],
}

/** Third-party packages and Node modules that only these folders and the roots may import. */
const confined: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['src/adapters/kafka'],
  lmdb: ['src/adapters/embedded'],
  piscina: ['src/actor'],
  comlink: ['src/actor'],
  'node:worker_threads': ['src/actor'],
  fastify: ['src/rest'],
  pino: ['src/adapters/node'],
}

/** Calls that are wrong outside the roots, and why. */
const banned: readonly { readonly call: RegExp; readonly why: string; readonly allowedIn?: RegExp }[] = [
  {
    call: /\bprocess\.exit\(/,
    why: 'only a root may end the process',
    allowedIn: /^(src\/[a-z-]+|src\/actor\/hosting\/traps|bench\/main)\.ts$/,
  },
  {
    call: /\bconsole\.(log|error|warn|info)\(/,
    why: 'log through the Logger port',
    allowedIn: /^(src\/[a-z-]+\.ts|src\/cli|bench)/,
  },
  { call: /\b(describe|test|it)\.(only|skip|todo)\(/, why: 'every test runs' },
  { call: /@ts-(ignore|nocheck)/, why: 'types are not switched off' },
]

const sources = sourcesBelow(['src', 'actors', 'plugins', 'bench', 'test'])
const runtime = sources.filter(file => /^(src|actors)\//.test(file))

function folderOf(file: string): string | undefined {
  return Object.keys(arrows)
    .filter(folder => file.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0]
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!)
}

test('the folders import each other only along the arrows', () => {
  const bad: string[] = []
  for (const file of runtime) {
    const from = folderOf(file)
    if (from === undefined) continue
    for (const specifier of importsOf(file).filter(name => name.startsWith('.'))) {
      const to = folderOf(normalize(join(dirname(file), specifier)))
      if (to !== from && !(to !== undefined && arrows[from]!.includes(to))) bad.push(`${file} imports ${specifier}`)
    }
  }
  expect(bad).toEqual([])
})

test('some packages are imported in one place only', () => {
  const bad: string[] = []
  for (const file of runtime) {
    if (/^src\/[a-z-]+\.ts$/.test(file)) continue
    for (const specifier of importsOf(file)) {
      const homes = confined[specifier]
      if (homes && !homes.some(home => file.startsWith(`${home}/`))) bad.push(`${file} imports ${specifier}`)
    }
  }
  expect(bad).toEqual([])
})

test('plugins import the public kit, their own files and their own packages', () => {
  const bad: string[] = []
  for (const file of sources.filter(name => /^plugins\/[^/]+\/src\//.test(name))) {
    const home = file.split('/').slice(0, 2).join('/')
    const own = JSON.parse(readFileSync(`${home}/package.json`, 'utf8')) as { dependencies?: Record<string, string> }
    for (const specifier of importsOf(file)) {
      const allowed =
        specifier === 'millrace/plugin' ||
        // It has brokers of its own to talk to.
        (specifier === 'millrace/kafka' && home === 'plugins/mirror') ||
        specifier.startsWith('node:') ||
        (specifier.startsWith('.') && normalize(join(dirname(file), specifier)).startsWith(`${home}/src/`)) ||
        Object.keys(own.dependencies ?? {}).some(name => specifier === name || specifier.startsWith(`${name}/`))
      if (!allowed) bad.push(`${file} imports ${specifier}`)
    }
  }
  expect(bad).toEqual([])
})

test('no file holds more than one idea can fill', () => {
  const long = sources
    .filter(file => !file.includes('/test/') && !file.startsWith('test/'))
    .map(file => ({ file, lines: readFileSync(file, 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > 320)
  expect(long).toEqual([])
})

test('banned calls are not made', () => {
  const bad: string[] = []
  for (const file of sources.filter(name => name !== 'test/architecture.test.ts')) {
    const text = readFileSync(file, 'utf8')
    for (const { call, why, allowedIn } of banned) {
      if (allowedIn?.test(file)) continue
      if (call.test(text) && !(why.includes('Logger') && !runtime.includes(file))) bad.push(`${file}: ${why}`)
    }
  }
  expect(bad).toEqual([])
})

import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/error.js'
import { asItIs } from '../../../src/core/config/hidden.js'
import { resolveConnector } from '../../../src/pipeline/assemble/resolve-connector.js'
import type { ConfigProviders } from '../../../src/ports/config-provider.js'

const asked: string[] = []
const providers: ConfigProviders = new Map([
  [
    'p',
    {
      get: async (path: string, keys: ReadonlySet<string>) => {
        asked.push(`${path}:${[...keys].toSorted().join('+')}`)
        if (path === '/broken') throw new MillraceError('config.provider_failed', 'Could not read.', { hint: 'Do it.' })
        if (path === '/closed') return { values: new Map(), withheld: 'It is closed.' }
        return { values: new Map([...keys].filter(key => key !== 'none').map(key => [key, `value-of-${key}\n`])) }
      },
    },
  ],
])
const resolve = (raw: Readonly<Record<string, string | null>>) => resolveConnector(raw, providers, [])

test('each place is read once; what is no variable of a known provider stays', async () => {
  asked.length = 0
  const raw = { a: '${p:/f:x}', b: '${p:/f:y}-${p:/f:x}', c: '${q:x}${topic}', d: null, e: '${p:z}', f: 'plain' }
  const { config, issues, left } = await resolve(raw)
  expect(config).toEqual({
    ...raw,
    a: 'value-of-x\n',
    b: 'value-of-y\n-value-of-x\n',
    e: 'value-of-z\n',
  })
  expect(asked).toEqual(['/f:x+y', ':z'])
  expect([...issues, ...left]).toEqual([])
})

test('a variable without a value stays, and why is told', async () => {
  const { config, issues, left } = await resolve({ a: '${p:/f:none}', b: '${p:/closed:x}' })
  expect(config).toEqual({ a: '${p:/f:none}', b: '${p:/closed:x}' })
  expect(issues).toEqual([])
  expect(left).toEqual([
    { variable: '${p:/f:none}', reason: 'It has no value there.' },
    { variable: '${p:/closed:x}', reason: 'It is closed.' },
  ])
})

test('each key whose variable cannot be looked up is an issue, and is left whole', async () => {
  const { config, issues } = await resolve({ a: '${p:/broken:x}${p:/f:y}', b: '${p:/broken:x}' })
  expect(config).toEqual({ a: '${p:/broken:x}${p:/f:y}', b: '${p:/broken:x}' })
  expect(issues).toEqual(['a', 'b'].map(key => ({ key, message: 'Could not read.', hint: 'Do it.' })))
})

test.each(['name', 'connector.class', 'restart.max', 'isolation', 'consumer.override.group.id'])(
  'a variable in %s is refused: the node reads it itself',
  async key => {
    const { config, issues } = await resolve({ [key]: '${p:/f:x}' })
    expect(config).toEqual({ [key]: '${p:/f:x}' })
    expect(issues).toMatchObject([{ key, hint: 'Write the value out.' }])
    expect((await resolve({ [key]: '${other:/f:x}' })).issues).toEqual([])
  },
)

test('texts show the variable, also of a value that one is part of', async () => {
  const { hide } = await resolve({ url: 'db://u:${p:/f:x}@h', list: '${p:/f:y}' })
  expect(hide('at db://u:value-of-x\n@h: bad value-of-y')).toBe('at db://u:${p:/f:x}@h: bad ${p:/f:y}')
  expect((await resolve({ a: '${q:x}', b: 'c' })).hide).toBe(asItIs)
})

test('what a plugin plans is stored with variables, and has the values of the day again', async () => {
  const raw = { password: '${p:/f:x}' }
  const { hideData, revealData } = await resolve(raw)
  const planned = { url: 'u:value-of-x@h', of: ['value-of-x', 7] }
  const stored = { url: 'u:${p:/f:x}@h', of: ['${p:/f:x}', 7] }
  expect(hideData(planned)).toEqual(stored)
  expect(revealData(stored)).toEqual(planned)
  // Data that looks like a variable, such as a table of that name, is none.
  expect(revealData('${p:/etc/shadow:root}')).toBe('${p:/etc/shadow:root}')
})

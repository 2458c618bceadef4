import { expect, test } from 'vitest'
import type { HttpSettings } from '../../src/core/api/http-settings.js'
import type { Herder } from '../../src/ports/herder.js'
import { valuesOf } from '../../src/rest/response-headers.js'
import { buildRest } from '../../src/rest/server.js'

const herder = {
  whenUp: () => undefined,
  connectors: () => [],
  connector: () => undefined,
} as Partial<Herder> as Herder
const some: HttpSettings = {
  headers: [],
  crossOrigin: { origins: ['http://one\\.example', 'https://.*\\.two\\.example'], methods: ['GET', 'PUT'] },
}

async function ask(
  http: HttpSettings,
  method: 'GET' | 'OPTIONS' | 'HEAD' | 'DELETE',
  url: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const { statusCode, headers: answered, body } = await buildRest(herder, http).inject({ method, url, headers })
  const of = (prefix: string) =>
    Object.fromEntries(Object.entries(answered).filter(([name]) => name.startsWith(prefix)))
  return { status: statusCode, crossOrigin: of('access-control-'), headers: answered, body }
}

test.each(['http://one.example', 'HTTP://ONE.example', 'https://a.b.two.example'])(
  'a page of %s may call, and is told so whatever the answer',
  async origin => {
    for (const [url, status] of [
      ['/connectors', 200],
      ['/connectors/no', 404],
      ['/nowhere', 404],
    ] as const) {
      const answer = await ask(some, 'GET', url, { origin })
      expect(answer).toMatchObject({ status, crossOrigin: { 'access-control-allow-origin': origin } })
      expect(answer.headers['vary']).toBe('Origin')
    }
    expect((await ask(some, 'DELETE', '/connectors', { origin })).crossOrigin).toEqual({
      'access-control-allow-origin': origin,
    })
  },
)

test.each(['http://other.example', 'http://onexexample', 'http://one.example.evil', 'null'])(
  'a page of %s is answered without leave',
  async origin => {
    const answer = await ask(some, 'GET', '/connectors', { origin })
    expect(answer).toMatchObject({ status: 200, crossOrigin: {} })
    expect(answer.headers['vary']).toBe('Origin')
  },
)

test('what a browser asks before a call is told the methods, and answered as OPTIONS', async () => {
  const preflight = { origin: 'http://one.example', 'access-control-request-method': 'PUT' }
  expect(await ask(some, 'OPTIONS', '/connectors/x/config', preflight)).toMatchObject({
    status: 200,
    crossOrigin: {
      'access-control-allow-origin': 'http://one.example',
      'access-control-allow-methods': 'GET,PUT',
      'access-control-allow-headers': 'Content-Type',
      'access-control-max-age': '60',
    },
    headers: { allow: 'GET, HEAD, OPTIONS, PATCH, PUT' },
  })
  expect((await ask(some, 'OPTIONS', '/connectors', { origin: 'http://one.example' })).crossOrigin).toEqual({
    'access-control-allow-origin': 'http://one.example',
  })
  expect(
    (await ask(some, 'OPTIONS', '/connectors', { ...preflight, origin: 'http://no.example' })).crossOrigin,
  ).toEqual({})
})

test('with * every origin is allowed by its own name; without rules nobody hears of it', async () => {
  const any: HttpSettings = { headers: [], crossOrigin: { origins: ['*'], methods: ['GET'] } }
  expect((await ask(any, 'GET', '/connectors', { origin: 'null' })).crossOrigin).toEqual({
    'access-control-allow-origin': 'null',
  })
  const none = await ask({ headers: [] }, 'GET', '/connectors', { origin: 'http://one.example' })
  expect(none.crossOrigin).toEqual({})
  expect(none.headers).not.toHaveProperty('vary')
})

test('headers that the worker file names are on every answer, several of one name as several', async () => {
  const http: HttpSettings = {
    headers: [
      { action: 'set', name: 'X-Frame-Options', value: 'DENY' },
      { action: 'add', name: 'Twice', value: 'a' },
      { action: 'add', name: 'twice', value: 'b' },
    ],
  }
  for (const [method, url] of [
    ['GET', '/connectors'],
    ['HEAD', '/connectors'],
    ['OPTIONS', '/connectors'],
    ['GET', '/nowhere'],
    ['DELETE', '/connectors'],
  ] as const) {
    const { headers } = await ask(http, method, url)
    expect([method, url, headers['x-frame-options'], headers['twice']]).toEqual([method, url, 'DENY', ['a', 'b']])
  }
})

test('set replaces what earlier rules said of a header, and dates count from now', () => {
  const values = valuesOf(
    [
      { action: 'add', name: 'A', value: '1' },
      { action: 'set', name: 'a', value: '2' },
      { action: 'addDate', name: 'B', inMs: 1_000 },
      { action: 'setDate', name: 'C', inMs: -1_000 },
    ],
    Date.UTC(2026, 10, 25),
  )
  expect(Object.fromEntries(values)).toEqual({
    a: ['2'],
    b: ['Wed, 25 Nov 2026 00:00:01 GMT'],
    c: ['Tue, 24 Nov 2026 23:59:59 GMT'],
  })
})

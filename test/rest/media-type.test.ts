import { expect, test } from 'vitest'
import type { Herder } from '../../src/ports/herder.js'
import { buildRest } from '../../src/rest/server.js'
import { takesJson } from '../../src/rest/media-type.js'

const app = buildRest({ whenUp: () => undefined, connectors: () => [] } as Partial<Herder> as Herder)
const ask = async (method: 'GET' | 'DELETE' | 'OPTIONS' | 'HEAD', url: string, accept: string) => {
  const answer = await app.inject({ method, url, headers: { accept } })
  return [answer.statusCode, answer.body === '' ? undefined : answer.body]
}

test.each([
  [undefined, true],
  ['', true],
  ['*/*', true],
  ['application/*;q=0.1', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['Application/JSON; charset=utf-8', true],
  ['text/html', false],
  ['text/html, application/json;q=0', false],
])('Accept: %s', (accept, takes) => {
  expect(takesJson(accept)).toBe(takes)
})

test('who does not take JSON gets 406, where path and method are right', async () => {
  const refused = '{"error_code":406,"message":"HTTP 406 Not Acceptable"}'
  expect(await ask('GET', '/connectors', 'text/html')).toEqual([406, refused])
  expect(await ask('HEAD', '/connectors', 'text/html')).toEqual([406, undefined])
  expect((await ask('DELETE', '/connectors', 'text/html'))[0]).toBe(405)
  expect((await ask('GET', '/nowhere', 'text/html'))[0]).toBe(404)
  expect((await ask('OPTIONS', '/connectors', 'text/plain'))[0]).toBe(200)
})

test('JSON is of the very type that Connect names', async () => {
  const { headers } = await app.inject({ method: 'GET', url: '/connectors' })
  expect(headers['content-type']).toBe('application/json')
})

test.each(['/connectors//stop', '//connectors', '/connectors//status?a//b'])(
  '%s has an empty segment: 400',
  async url => {
    const answer = await app.inject({ method: 'PUT', url })
    expect([answer.statusCode, answer.json()]).toEqual([400, { error_code: 400, message: 'HTTP 400 Bad Request' }])
  },
)

test('a query may have one', async () => {
  expect((await app.inject({ method: 'GET', url: '/connectors?a=//' })).statusCode).toBe(200)
})

import { afterEach, expect, test } from 'vitest'
import type { Herder } from '../../src/ports/herder.js'
import type { Inspector } from '../../src/ports/inspector.js'
import type { LogLevels } from '../../src/ports/log-levels.js'
import { startRestOn, type RestServers } from '../../src/rest/listeners.js'

const parts = {
  herder: { whenUp: () => undefined, connectors: () => ['c'] } as Partial<Herder> as Herder,
  inspector: {} as Inspector,
  levels: { list: () => ({}), set: () => ['root'] } as Partial<LogLevels> as LogLevels,
  http: { headers: [{ action: 'set', name: 'x-main', value: 'yes' }] },
} as const
const anyPort = { host: '127.0.0.1', port: 0 }

let servers: RestServers | undefined
afterEach(() => servers?.close())

async function ask(url: string | undefined, path: string, method = 'GET') {
  const answer = await fetch(`${url}${path}`, { method })
  return { status: answer.status, main: answer.headers.get('x-main'), body: await answer.json() }
}
const nothing = { error_code: 404, message: 'HTTP 404 Not Found' }

test('without admin listeners the loggers are beside the rest', async () => {
  servers = await startRestOn({ main: [anyPort] }, parts)
  expect(servers.adminUrl).toBeUndefined()
  expect(await ask(servers.url, '/admin/loggers')).toEqual({ status: 200, main: 'yes', body: {} })
})

test('with admin listeners they are there, and nothing else', async () => {
  servers = await startRestOn({ main: [anyPort], admin: [anyPort, anyPort] }, parts)
  expect(await ask(servers.adminUrl, '/admin/loggers')).toEqual({ status: 200, main: null, body: {} })
  expect(await ask(servers.adminUrl, '/connectors')).toMatchObject({ status: 404, body: nothing })
  expect(await ask(servers.url, '/admin/loggers')).toMatchObject({ status: 404, body: nothing })
  expect(await ask(servers.url, '/admin/loggers/root', 'PUT')).toMatchObject({ status: 404, body: nothing })
  expect(await ask(servers.url, '/connectors')).toEqual({ status: 200, main: 'yes', body: ['c'] })
})

test('with an empty list they are nowhere', async () => {
  servers = await startRestOn({ main: [anyPort], admin: [] }, parts)
  expect(servers.adminUrl).toBeUndefined()
  expect(await ask(servers.url, '/admin/loggers')).toMatchObject({ status: 404, body: nothing })
})

test('a listener that cannot be had closes those that could', async () => {
  servers = await startRestOn({ main: [anyPort] }, parts)
  const taken = Number(new URL(servers.url).port)
  await expect(
    startRestOn({ main: [anyPort], admin: [{ host: '127.0.0.1', port: taken }] }, parts),
  ).rejects.toMatchObject({ code: 'rest.port_in_use' })
})

import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import type { User } from '../../src/core/api/users.js'
import { Secret } from '../../src/core/config/field.js'
import type { Herder } from '../../src/ports/herder.js'
import type { Inspector } from '../../src/ports/inspector.js'
import type { LogLevels } from '../../src/ports/log-levels.js'
import { isOpen } from '../../src/rest/access.js'
import { LogIns } from '../../src/rest/log-in.js'
import { buildRest } from '../../src/rest/server.js'
import { startRestOn, type RestServers } from '../../src/rest/listeners.js'

const parts = {
  herder: {
    whenUp: () => undefined,
    connectors: () => ['c'],
    health: () => Promise.resolve('healthy'),
  } as Partial<Herder> as Herder,
  inspector: {} as Inspector,
  levels: { list: () => ({}) } as Partial<LogLevels> as LogLevels,
}
const anyPort = { host: '127.0.0.1', port: 0 }
const alice: User = { name: 'alice', role: 'write', password: { kind: 'plain', secret: new Secret('wonder länd') } }
const asAlice = `Basic ${Buffer.from('alice:wonder länd').toString('base64')}`
const asMallory = `Basic ${Buffer.from('alice:guess').toString('base64')}`

let servers: RestServers | undefined
afterEach(() => servers?.close())

async function ask(url: string, method = 'GET', headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(url, { method, headers })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? undefined : (JSON.parse(text) as unknown),
  }
}

test('who does not log in is refused whatever the path, in the form of every other failure', async () => {
  servers = await startRestOn({ main: [anyPort] }, { ...parts, users: [alice] })
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/health'],
    ['GET', '/connectors'],
    ['GET', '/metrics'],
    ['GET', '/millrace/v1/overview'],
    ['GET', '/admin/loggers'],
    ['GET', '/nowhere'],
    ['DELETE', '/connectors'],
    ['OPTIONS', '/connectors'],
    ['POST', '/connectors'],
    ['PUT', '/connectors/x/tasks'],
    ['POST', '/connectors/x/fence'],
  ] as const)
    for (const authorization of ['', asMallory, 'Bearer x', 'Basic !!!']) {
      const { status, headers, body } = await ask(`${servers.url}${path}`, method, { authorization })
      expect([method, path, status, body]).toEqual([
        method,
        path,
        401,
        { error_code: 401, message: 'User cannot access the resource.' },
      ])
      expect(headers.get('www-authenticate')).toBe('Basic realm="Millrace", charset="UTF-8"')
    }
})

test('who logs in is answered', async () => {
  servers = await startRestOn({ main: [anyPort] }, { ...parts, users: [alice] })
  expect(await ask(`${servers.url}/connectors`, 'GET', { authorization: asAlice })).toMatchObject({
    status: 200,
    body: ['c'],
  })
  expect(await ask(`${servers.url}/nowhere`, 'GET', { authorization: asAlice })).toMatchObject({ status: 404 })
})

test('admin listeners ask as well', async () => {
  servers = await startRestOn({ main: [anyPort], admin: [anyPort] }, { ...parts, users: [alice] })
  expect(await ask(`${servers.adminUrl}/admin/loggers`)).toMatchObject({ status: 401 })
  expect(await ask(`${servers.adminUrl}/admin/loggers`, 'GET', { authorization: asAlice })).toMatchObject({
    status: 200,
  })
})

test("what Connect's workers ask of each other stays open", async () => {
  servers = await startRestOn({ main: [anyPort] }, { ...parts, users: [alice] })
  expect(await ask(`${servers.url}/connectors/x/tasks`, 'POST')).toMatchObject({ status: 500 })
  expect(await ask(`${servers.url}/connectors/x/fence/?y=1`, 'PUT')).toMatchObject({ status: 500 })
})

test.each([
  ['POST', '/connectors/a/tasks', true],
  ['POST', '/connectors/a/tasks/', true],
  ['PUT', '/connectors/a%20b/fence', true],
  ['GET', '/connectors/a/tasks', false],
  ['POST', '/connectors/a/fence', false],
  ['PUT', '/connectors/a/tasks', false],
  ['POST', '/connectors/a/b/tasks', false],
  ['POST', '/connectors//tasks', false],
  ['POST', '/connectors/a/tasks/0', false],
  ['POST', '/x/connectors/a/tasks', false],
  ['POST', '/connectors/a/tasks/0/restart', false],
])('%s %s is open: %s', (method, path, open) => {
  expect(isOpen(method, path)).toBe(open)
})

test('pages of other origins learn before anybody has logged in that they may say who asks', async () => {
  const http = { headers: [], crossOrigin: { origins: ['http://one.example'], methods: ['GET'] } }
  const logIns = new LogIns([alice])
  const preflight = { origin: 'http://one.example', 'access-control-request-method': 'GET' }
  const preflightOf = async (app: FastifyInstance) => {
    const { statusCode, headers } = await app.inject({ method: 'OPTIONS', url: '/connectors', headers: preflight })
    return [statusCode, headers['access-control-allow-headers'], headers['access-control-allow-origin']]
  }
  const app = buildRest(parts.herder, http, { logIns })
  expect(await preflightOf(app)).toEqual([200, 'Content-Type,Authorization', preflight.origin])
  expect(await preflightOf(buildRest(parts.herder, http))).toEqual([200, 'Content-Type', preflight.origin])
  expect(await preflightOf(buildRest(parts.herder, undefined, { logIns }))).toEqual([401, undefined, undefined])
  const { statusCode, headers } = await app.inject({ url: '/connectors', headers: preflight })
  expect([statusCode, headers['access-control-allow-origin']]).toEqual([401, preflight.origin])
})

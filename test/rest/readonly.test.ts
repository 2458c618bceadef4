import type { FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/error.js'
import type { User } from '../../src/core/api/users.js'
import { Secret } from '../../src/core/config/field.js'
import type { Herder } from '../../src/ports/herder.js'
import type { Inspector } from '../../src/ports/inspector.js'
import type { LogLevels } from '../../src/ports/log-levels.js'
import { hideSecrets } from '../../src/rest/hidden-secrets.js'
import { LogIns } from '../../src/rest/log-in.js'
import { loggerRoutes } from '../../src/rest/logger-routes.js'
import { buildRest, type Access } from '../../src/rest/server.js'
import { taskRoutes } from '../../src/rest/task-routes.js'

/** Every path that there is, with what may be done there (OPTIONS and HEAD aside), and what of it changes something or has a plugin act. */
const table: Readonly<Record<string, { readonly reads?: 'GET'; readonly changes?: readonly string[] }>> = {
  '/': { reads: 'GET' },
  '/health': { reads: 'GET' },
  '/metrics': { reads: 'GET' },
  '/connectors': { reads: 'GET', changes: ['POST'] },
  '/connectors/c': { reads: 'GET', changes: ['DELETE'] },
  '/connectors/c/config': { reads: 'GET', changes: ['PATCH', 'PUT'] },
  '/connectors/c/status': { reads: 'GET' },
  '/connectors/c/restart': { changes: ['POST'] },
  '/connectors/c/pause': { changes: ['PUT'] },
  '/connectors/c/resume': { changes: ['PUT'] },
  '/connectors/c/stop': { changes: ['PUT'] },
  '/connectors/c/tasks': { reads: 'GET', changes: ['POST'] },
  '/connectors/c/tasks/0/status': { reads: 'GET' },
  '/connectors/c/tasks/0/restart': { changes: ['POST'] },
  '/connectors/c/topics': { reads: 'GET' },
  '/connectors/c/topics/reset': { changes: ['PUT'] },
  '/connectors/c/offsets': { reads: 'GET', changes: ['DELETE', 'PATCH'] },
  '/connectors/c/fence': { changes: ['PUT'] },
  '/connector-plugins': { reads: 'GET' },
  '/connector-plugins/p/config': { reads: 'GET' },
  '/connector-plugins/p/config/validate': { changes: ['PUT'] },
  '/admin/loggers': { reads: 'GET' },
  '/admin/loggers/root': { reads: 'GET', changes: ['PUT'] },
  '/millrace/v1/dry-run': { changes: ['POST'] },
  '/millrace/v1/overview': { reads: 'GET' },
  '/millrace/v1/connectors/c/tasks': { reads: 'GET' },
}
const every = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const

/** Whatever is asked of it fails as something that is not there, so that 403 is told by nobody but who refuses. */
const nothing = new Proxy({}, { get: () => () => fail() })
function fail(): never {
  throw new MillraceError('rest.not_found', 'nothing')
}
function api(
  access: Access,
  herder: Partial<Herder> = { ...allOf(nothing as Herder), whenUp: () => undefined },
): FastifyInstance {
  const app = buildRest(herder as Herder, undefined, access)
  taskRoutes(app, nothing as Inspector)
  loggerRoutes(app, nothing as LogLevels)
  return app
}
function allOf(herder: Herder): Partial<Herder> {
  return new Proxy(
    {},
    {
      get: (own, key) => Reflect.get(own, key) ?? Reflect.get(herder, key),
      ownKeys: () => [],
    },
  )
}

test('the table has every path and every method', async () => {
  const app = api({})
  await app.ready()
  const paths = app.printRoutes({ commonPrefix: false, includeHooks: false })
  expect(paths.match(/ \(/g)).toHaveLength(Object.keys(table).length)
  for (const [url, { reads, changes = [] }] of Object.entries(table)) {
    const { headers } = await app.inject({ method: 'OPTIONS', url })
    const allowed = [...(reads ? ['GET', 'HEAD'] : []), 'OPTIONS', ...changes].toSorted().join(', ')
    expect([url, headers['allow']]).toEqual([url, allowed])
  }
})

const user = (name: string, role: User['role']): User => ({
  name,
  role,
  password: { kind: 'plain', secret: new Secret('x') },
})
const logIns = new LogIns([user('reader', 'read'), user('writer', 'write')])
const as = (name: string) => ({ authorization: `Basic ${Buffer.from(`${name}:x`).toString('base64')}` })

test.each([
  ['a listener for reading only', { readonly: true }, {}, 'This listener is for reading only'],
  ['a user who may only read', { logIns }, as('reader'), 'This user may only read'],
  [
    'a user who may write, on a listener for reading only',
    { logIns, readonly: true },
    as('writer'),
    'This listener is for reading only',
  ],
])('%s: every change is 403, and every reading is not', async (_, access, headers, who) => {
  const app = api(access)
  for (const url of [...Object.keys(table), '/nowhere'])
    for (const method of every) {
      const { statusCode, body } = await app.inject({ method: method as 'GET', url, headers })
      const open = method === 'GET' || method === 'HEAD'
      // Who has not logged in at what is open to everybody is no user at all.
      expect([method, url, statusCode === 403]).toEqual([method, url, !open && !isOpenToAll(access, method, url)])
      if (statusCode === 403)
        expect(JSON.parse(body)).toEqual({ error_code: 403, message: `${who}; ${method} could change something.` })
    }
})

/** What Connect's workers ask of each other changes nothing, and asks nobody to log in. */
function isOpenToAll({ readonly }: Access, method: string, url: string): boolean {
  return readonly !== true && ['POST /connectors/c/tasks', 'PUT /connectors/c/fence'].includes(`${method} ${url}`)
}

test('who may write is refused nothing', async () => {
  const app = api({ logIns })
  for (const url of Object.keys(table))
    for (const method of every) {
      const { statusCode } = await app.inject({ method: method as 'GET', url, headers: as('writer') })
      expect([method, url, statusCode]).not.toEqual([method, url, 403])
    }
})

test('the changes of the table do not come as far as the node', async () => {
  const asked: string[] = []
  const herder = new Proxy({}, { get: (_target, key) => () => void asked.push(String(key)) })
  const app = api({ readonly: true }, herder)
  for (const [url, { changes = [] }] of Object.entries(table))
    for (const method of changes) await app.inject({ method: method as 'PUT', url })
  expect(asked).toEqual([])
})

const config = {
  'connector.class': 'db',
  pin: '1234',
  'token.count': '3',
  'db.url': 'postgres://me:s3cret@host/db',
  'jdbc.url': 'jdbc:postgresql://host/db?user=me&password=s3cret',
  'db.file': '${file:/etc/db:pin}',
  empty: '',
  none: null,
  'transforms.t.api.key': 's3cret',
  'producer.override.sasl.jaas.config': 's3cret',
}
const shown = {
  ...config,
  pin: '[hidden]',
  'db.url': '[hidden]',
  'jdbc.url': '[hidden]',
  'transforms.t.api.key': '[hidden]',
  'producer.override.sasl.jaas.config': '[hidden]',
}
const declared: Readonly<Record<string, boolean>> = {
  pin: true,
  'db.file': true,
  empty: true,
  none: true,
  'token.count': false,
}

test('secrets are what the plugin declares as such, and for the rest what looks like one', () => {
  expect(hideSecrets(config, key => declared[key])).toEqual(shown)
  expect(hideSecrets({ pin: '1', password: 'x' }, () => undefined)).toEqual({ pin: '1', password: '[hidden]' })
})

test('whoever may only read sees configurations without secrets, and others as they were written', async () => {
  const info = { name: 'c', config, tasks: [], type: 'sink' } as const
  const herder: Partial<Herder> = {
    whenUp: () => undefined,
    connectors: () => ['c'],
    connector: () => info,
    tasks: () => [{ id: { connector: 'c', task: 0 }, config }],
    pluginConfig: name => {
      if (name !== 'db') throw new Error('another plugin')
      return Promise.resolve(
        Object.entries(declared).map(([key, secret]) => ({ name: key, type: secret ? 'PASSWORD' : 'INT' }) as never),
      )
    },
  }
  const readings = async (access: Access, headers = {}) => {
    const app = api(access, herder)
    const urls = [
      '/connectors/c',
      '/connectors/c/config',
      '/connectors/c/tasks',
      '/connectors?expand=info',
      '/connectors',
    ]
    return Promise.all(urls.map(async url => (await app.inject({ url, headers })).json()))
  }
  const answers = (seen: object) => [
    { ...info, config: seen },
    seen,
    [{ id: { connector: 'c', task: 0 }, config: seen }],
    { c: { info: { ...info, config: seen } } },
    ['c'],
  ]
  expect(await readings({})).toEqual(answers(config))
  expect(await readings({ logIns }, as('writer'))).toEqual(answers(config))
  expect(await readings({ logIns }, as('reader'))).toEqual(answers(shown))
  expect(await readings({ readonly: true })).toEqual(answers(shown))
})

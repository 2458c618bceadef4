import { afterAll, beforeAll, expect, test } from 'vitest'
import { path, startApiNode, steady, type ApiNode } from './api-node.js'

let api: ApiNode
beforeAll(async () => {
  api = await startApiNode()
})
afterAll(() => api.end())

const error = (code: number, message: unknown) => ({ status: code, body: { error_code: code, message } })
const info = (name: string, config = {}, tasks = 1) => ({
  name,
  config: { ...steady, ...config, name },
  tasks: Array.from({ length: tasks }, (_, task) => ({ connector: name, task })),
  type: 'source',
})

test('a new connector is answered 201 with its place and the tasks that were planned', async () => {
  const answer = await api.ask('POST', '/connectors', { name: ' made ', config: steady })
  expect(answer).toMatchObject({ status: 201, body: info('made') })
  expect(answer.headers['location']).toBe('http://localhost:80/connectors/made')
  expect(await api.ask('GET', '/connectors/made')).toMatchObject({ status: 200, body: info('made') })
  expect((await api.ask('GET', '/connectors/made/config')).body).toEqual({ ...steady, name: 'made' })
  expect((await api.ask('GET', '/connectors/made/tasks')).body).toMatchObject([
    { id: { connector: 'made', task: 0 }, config: { ...steady, 'task.class': 'steady' } },
  ])
  expect(await api.ask('POST', '/connectors', { name: 'made', config: steady })).toMatchObject(
    error(409, 'Connector made already exists'),
  )
})

test('what is wrong with the configuration is told before that the name is taken (trap 3)', async () => {
  await api.ask('POST', '/connectors', { name: 'taken', config: steady })
  const { status, body } = await api.ask('POST', '/connectors', {
    name: 'taken',
    config: { ...steady, count: 'many', 'tasks.max': '0' },
  })
  expect(status).toBe(400)
  const lines = (body as { message: string }).message.split('\n')
  expect(lines[0]).toMatch(/contains the following \d error\(s\):$/)
  expect(lines).toContain('Invalid value 0 for configuration tasks.max: Value must be at least 1')
  expect(lines).toContain('Invalid value many for configuration count: Not a number of type INT')
  expect(lines.at(-1)).toContain('/connector-plugins/{connectorType}/config/validate')
})

test.each([
  ['malformed JSON', '{"name":', /not JSON/],
  ['no body', undefined, /missing/],
  ['null', 'null', /not an object/],
  ['a list', '[]', /not an object/],
  ['an unknown field', { name: 'x', config: steady, colour: 'red' }, /colour/],
  ['no config', { name: 'x' }, /config/],
  ['a nested value', { name: 'x', config: { ...steady, file: { a: 1 } } }, /file/],
  ['an unknown initial state', { name: 'x', config: steady, initial_state: 'ASLEEP' }, /ASLEEP/],
])('a body with %s is answered 500 (trap 1)', async (_what, body, message) => {
  expect(await api.ask('POST', '/connectors', body)).toMatchObject(error(500, expect.stringMatching(message)))
})

test('scalars become text, a null value is refused', async () => {
  const text = `{"name":"scalars","config":{"connector.class":"steady","topic":"steady","count":5,"a":true,"b":1.0,"c":12345678901234567890}}`
  expect((await api.ask('POST', '/connectors', text)).body).toMatchObject({
    config: { count: '5', a: 'true', b: '1.0', c: '12345678901234567890' },
  })
  expect(await api.ask('PUT', '/connectors/scalars/config', { ...steady, a: null })).toMatchObject(
    error(400, expect.stringContaining('Null value can not be supplied')),
  )
})

test('a class that is missing or unknown, and another name than the path, are answered 400', async () => {
  expect(await api.ask('POST', '/connectors', { name: 'c', config: {} })).toMatchObject(
    error(400, 'Connector config {name=c} contains no connector type'),
  )
  expect(await api.ask('PUT', '/connectors/c/config', { 'connector.class': 'nope' })).toMatchObject(
    error(400, expect.stringMatching(/matches nope, available connectors are: .*steady/)),
  )
  expect(await api.ask('PUT', '/connectors/c/config', { ...steady, name: 'd' })).toMatchObject(
    error(400, "Connector name configuration (d) doesn't match connector name in the URL (c)"),
  )
})

test.each(['with space', 'a/b', '😀', '<b onload="x">', '%2F', '__proto__', 'x'.repeat(500)])(
  'the name %s goes all the way',
  async name => {
    expect(await api.ask('PUT', path(name, '/config'), steady)).toMatchObject({ status: 201, body: info(name) })
    expect(await api.ask('GET', path(name, '/status'))).toMatchObject({
      status: 200,
      body: { name, connector: { state: 'RUNNING' } },
    })
    const expanded = (await api.ask('GET', '/connectors?expand=info&expand=status')).body as Record<string, unknown>
    expect(Object.keys(expanded)).toContain(name)
    expect((await api.ask('DELETE', path(name))).status).toBe(204)
    expect((await api.ask('GET', path(name))).status).toBe(404)
  },
)

test.each(['', ' ', 'a\u0000b', 'line\nbreak', '\u009f'])('the name %j is refused by validation', async name => {
  expect((await api.ask('POST', '/connectors', { name, config: steady })).status).toBe(400)
})

test('half a surrogate pair is stored as what its bytes can say', async () => {
  const { status, body } = await api.ask(
    'POST',
    '/connectors',
    '{"name":"\\ud800","config":{"connector.class":"steady","topic":"t","count":"1"}}',
  )
  expect([status, (body as { name: string }).name]).toEqual([201, '\u{FFFD}'])
  expect((await api.ask('DELETE', path('\u{FFFD}'))).status).toBe(204)
})

test('PATCH merges, null removes a key, and the name in the body is not looked at (trap 27)', async () => {
  await api.ask('PUT', '/connectors/patched/config', { ...steady, extra: 'x' })
  const answer = await api.ask('PATCH', '/connectors/patched/config', { extra: null, count: 3 })
  expect(answer).toMatchObject({ status: 200, body: info('patched', { count: '3' }) })
  expect((answer.body as { config: object }).config).not.toHaveProperty('extra')
  expect((await api.ask('PATCH', '/connectors/patched/config', { name: 'other' })).status).toBe(200)
  expect((await api.ask('PATCH', '/connectors/patched/config', { count: 'x' })).status).toBe(400)
  expect((await api.ask('PATCH', '/connectors/patched/config', 'null')).status).toBe(500)
  expect(await api.ask('PATCH', '/connectors/nobody/config', {})).toMatchObject(
    error(404, 'Connector nobody not found'),
  )
})

test('a deleted connector has nothing left, and its name can be used at once', async () => {
  for (let round = 0; round < 3; round++) {
    expect((await api.ask('PUT', '/connectors/again/config', steady)).status).toBe(201)
    expect((await api.ask('DELETE', '/connectors/again')).status).toBe(204)
    expect((await api.ask('GET', '/connectors/again/status')).status).toBe(404)
    expect((await api.ask('GET', '/connectors/again/tasks/0/status')).status).toBe(404)
  }
  expect(await api.ask('DELETE', '/connectors/again')).toMatchObject(error(404, 'Connector again not found'))
})

test('HEAD, OPTIONS, 404, 405, 413 and 415 are answered as Connect answers them (contract §1.1)', async () => {
  expect((await api.ask('HEAD', '/connectors')).status).toBe(200)
  const options = await api.ask('OPTIONS', '/connectors/x/config')
  expect([options.status, options.headers['allow'], options.headers['content-type']]).toEqual([
    200,
    'GET, HEAD, OPTIONS, PATCH, PUT',
    expect.stringContaining('text/plain'),
  ])
  expect(await api.ask('GET', '/nowhere')).toMatchObject(error(404, 'HTTP 404 Not Found'))
  expect(await api.ask('GET', '/connectors/x/tasks/one/status')).toMatchObject(error(404, 'HTTP 404 Not Found'))
  expect(await api.ask('DELETE', '/connectors')).toMatchObject(error(405, 'HTTP 405 Method Not Allowed'))
  expect(await api.ask('PUT', '/connectors/x/config', 'a=b', 'application/x-www-form-urlencoded')).toMatchObject(
    error(415, 'HTTP 415 Unsupported Media Type'),
  )
  const large = { ...steady, padding: 'x'.repeat(1 << 20) }
  expect(await api.ask('PUT', '/connectors/x/config', large)).toMatchObject(error(413, 'HTTP 413 Payload Too Large'))
  expect((await api.ask('GET', '/connectors/%zz')).status).toBe(400)
})

test('a healthy node says so', async () => {
  expect(await api.ask('GET', '/health')).toMatchObject({
    status: 200,
    body: {
      status: 'healthy',
      message: 'Worker has completed startup and is ready to handle requests.',
    },
  })
})

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../process/node-process.js'
import { startTestNode, type TestNode } from './test-node.js'

const secrets = { file: 'hunter2/of file', directory: 'hunter2 "of" directory', env: 'hunter2ofenv' }
let home: string
let node: TestNode
/** All that the REST API has answered. */
let answers: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-secrets-'))
  await writeFile(join(home, 'db.properties'), `password=${secrets.file}\nport=hunter2port\n`)
  await mkdir(join(home, 'folder'))
  await writeFile(join(home, 'folder', 'password'), `${secrets.directory}\n`)
  process.env['MILLRACE_TEST_PASSWORD'] = secrets.env
  answers = ''
  node = await startTestNode({
    plugins: [new URL('../fixtures/plugins/leaky.mjs', import.meta.url)],
    listen: { host: 'localhost', port: 0 },
    providers: [
      { kind: 'file', alias: 'file', allowedPaths: [home] },
      { kind: 'directory', alias: 'directory' },
      { kind: 'env', alias: 'env', allowlistPattern: 'MILLRACE_TEST_.*' },
    ],
    limits: {},
  })
})
afterEach(async () => {
  await node.end()
  await rm(home, { recursive: true, force: true })
  delete process.env['MILLRACE_TEST_PASSWORD']
})

const variables = (): Readonly<Record<keyof typeof secrets, string>> => ({
  file: `\${file:${join(home, 'db.properties')}:password}`,
  directory: `\${directory:${join(home, 'folder')}:password}`,
  env: '${env:MILLRACE_TEST_PASSWORD}',
})

async function ask(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${node.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  answers += `${method} ${path}\n${text}\n`
  return { status: answer.status, text }
}

const everything = (name: string): readonly string[] => [
  '/connectors?expand=info&expand=status',
  ...['', '/config', '/status', '/tasks', '/tasks-config', '/tasks/0/status', '/topics', '/offsets'].map(
    rest => `/connectors/${name}${rest}`,
  ),
  `/millrace/v1/connectors/${name}/tasks`,
  '/millrace/v1/overview',
  '/metrics',
  '/admin/loggers',
]

const base = { 'connector.class': 'leaky', 'tasks.max': '1', 'restart.policy': 'none' }

/** I8: neither the answers nor the log have any of the secrets. */
async function expectNothingTold(): Promise<void> {
  const log = await readFile(join(node.home, 'node.log'), 'utf8')
  for (const told of [answers, log]) expect(told).not.toMatch(/hunter2/)
}

test.each(Object.keys(secrets) as (keyof typeof secrets)[])(
  'a secret by the %s provider reaches the plugin, and neither an answer nor the log',
  async kind => {
    const variable = variables()[kind]
    const config = { ...base, password: variable, token: variable, leak: 'throws' }
    const validated = await ask('PUT', '/connector-plugins/leaky/config/validate', { ...config, name: kind })
    const { configs } = JSON.parse(validated.text) as {
      configs: { value: { name: string; value: string | null; recommended_values: string[] } }[]
    }
    const valueOf = (key: string) => configs.find(({ value }) => value.name === key)?.value
    // Connect shows the value of a key that is declared as no password.
    expect([valueOf('password')?.value, valueOf('token')?.value]).toEqual(['[hidden]', variable])
    expect(valueOf('token')?.recommended_values).toEqual([`${variable}-1`])

    for (const leak of ['validate', 'validate-throws', 'tasks-throw']) {
      await ask('PUT', '/connector-plugins/leaky/config/validate', { ...config, name: leak, leak })
      const refused = await ask('POST', '/connectors', { name: leak, config: { ...config, leak } })
      expect(refused.status).toBe(leak === 'tasks-throw' ? 500 : 400)
      expect(refused.text).toContain(variable.replaceAll('"', '\\"'))
      if (leak === 'tasks-throw') for (const path of everything(leak)) await ask('GET', path)
    }

    const dead = { 'errors.tolerance': 'all', 'errors.log.enable': 'true', 'errors.log.include.messages': 'true' }
    const transforms = { transforms: 't', 'transforms.t.type': 'leaky-transform', 'transforms.t.token': variable }
    for (const leak of ['throws', 'rejects', 'timer', 'records']) {
      const exclusive = { token: `${variable}${leak}` }
      const more = leak === 'records' ? { ...dead, ...transforms } : {}
      const created = await ask('POST', '/connectors', {
        name: leak,
        config: { ...config, leak, ...exclusive, ...more },
      })
      expect(created).toMatchObject({ status: 201 })
    }
    for (const leak of ['throws', 'rejects', 'timer'])
      await until(`${leak} to fail`, 20_000, () => node.taskState(leak) === 'FAILED')
    await until('the record to be skipped', 20_000, async () =>
      (await node.logLines()).some(({ msg }) => msg === 'A record failed'),
    )
    expect(node.trace('throws')).toContain(`read with ${variable} and ${variable}throws`)
    const clash = { ...config, leak: 'records', token: `${variable}records` }
    expect(await ask('POST', '/connectors', { name: 'clash', config: clash })).toMatchObject({ status: 400 })
    await ask('PUT', '/connectors/records/stop')
    const change = { offsets: [{ partition: { of: 'records' }, offset: { index: 2 } }] }
    await until('the tasks to be gone', 20_000, async () => {
      const { status, text } = await ask('PATCH', '/connectors/records/offsets', change)
      return status === 400 && text.includes('offsets with')
    })
    for (const leak of ['throws', 'rejects', 'timer', 'records'])
      for (const path of everything(leak)) await ask('GET', path)

    const lines = await node.logLines()
    expect(lines.filter(({ msg }) => String(msg).endsWith('the task has them'))).not.toEqual([])
    expect(lines.filter(({ msg }) => String(msg).endsWith('the task lacks them'))).toEqual([])
    const tasks = JSON.parse((await ask('GET', '/connectors/throws/tasks')).text) as { config: object }[]
    expect(tasks[0]?.config).toMatchObject({ password: variable, token: `${variable}throws` })
    await expectNothingTold()
  },
)

test('a dry run shows what is made of a secret, and never the secret', async () => {
  const { file, env } = variables()
  const transforms = {
    transforms: 'name,hoist,fail',
    'transforms.name.type': 'org.apache.kafka.connect.transforms.InsertHeader',
    'transforms.name.header': env,
    'transforms.name.value.literal': file,
    'transforms.hoist.type': 'org.apache.kafka.connect.transforms.HoistField$Value',
    'transforms.hoist.field': env,
    'transforms.fail.type': 'leaky-transform',
    'transforms.fail.token': file,
    'transforms.fail.predicate': 'topic',
    predicates: 'topic',
    'predicates.topic.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
    'predicates.topic.pattern': 'fails',
  }
  const of = (more: object) => ({
    config: { ...base, ...transforms, name: 'dry', password: file, token: env, leak: 'records', topic: env, ...more },
    timeoutMs: 500,
  })
  const shown = await ask('POST', '/millrace/v1/dry-run', of({}))
  expect(shown.status).toBe(200)
  const [, first] = shown.text.split('\n').map(line => line && (JSON.parse(line) as { steps: { value: object }[] }))
  expect((first as { steps: { stage: string; value: object }[] }).steps[2]).toMatchObject({
    stage: 'transform:hoist',
    value: { topic: env, value: { data: { [env]: 'x' } }, headers: [{ name: env, data: file }] },
  })
  const failed = await ask('POST', '/millrace/v1/dry-run', of({ topic: 'fails' }))
  expect(failed.text).toContain(`transforming with ${file}`)
  for (const leak of ['validate', 'validate-throws', 'tasks-throw', 'throws', 'rejects', 'timer']) {
    const { text } = await ask('POST', '/millrace/v1/dry-run', of({ leak }))
    expect([leak, text]).toEqual([leak, expect.stringContaining(env)])
  }
  await expectNothingTold()
})

test('a client that fails after its task has ended tells nothing either', async () => {
  const { file, env } = variables()
  const config = { ...base, leak: 'late', password: file, token: env }
  await ask('POST', '/connectors', { name: 'a', config })
  await until('the task to run', 20_000, () => node.taskState('a') === 'RUNNING')
  await ask('DELETE', '/connectors/a')
  const late = await until('it to fail', 20_000, async () =>
    (await node.logLines()).find(({ msg }) => String(msg).startsWith('A task that has ended left something running')),
  )
  expect(late).toMatchObject({ error: expect.stringMatching(/./), hint: `Do not use ${env}.` })
  await expectNothingTold()
})

test('a value that does not fit is told of by its variable', async () => {
  const port = `\${file:${join(home, 'db.properties')}:port}`
  const config = { ...base, leak: 'nowhere', port }
  const message = `Invalid value ${port} for configuration port: Not a number of type INT`
  const { text } = await ask('PUT', '/connector-plugins/leaky/config/validate', { ...config, name: 'a' })
  expect(text).toContain(message)
  const refused = await ask('POST', '/connectors', { name: 'a', config })
  expect(refused).toMatchObject({ status: 400, text: expect.stringContaining(message) })
  await expectNothingTold()
})

test('what cannot be looked up is refused, each key by itself; what has no value stays as it is written', async () => {
  const config = {
    ...base,
    leak: 'nowhere',
    password: `\${file:${join(home, 'absent')}:k}`,
    token: '${env:/path:k}',
    'restart.max': '${env:MILLRACE_TEST_PASSWORD}',
  }
  const { status, text } = await ask('POST', '/connectors', { name: 'a', config })
  expect(status).toBe(400)
  for (const told of ['no such file', 'Path is not supported', 'The node reads this key itself'])
    expect(text).toContain(told)
  const infos = (await ask('PUT', '/connector-plugins/leaky/config/validate', { ...config, name: 'a' })).text
  expect(JSON.parse(infos)).toMatchObject({ error_count: 3 })

  const topic = '${env:HOME}${env:MILLRACE_TEST_ABSENT}${file:/etc/passwd:root}${vault:a:b}${topic}'
  expect(await ask('POST', '/connectors', { name: 'b', config: { ...base, leak: 'nowhere', topic } })).toMatchObject({
    status: 201,
  })
  await until('the task to run', 20_000, () => node.taskState('b') === 'RUNNING')
  const left = (await node.logLines()).filter(({ msg }) => String(msg).startsWith('A variable has no value'))
  expect(new Set(left.map(({ variable, reason }) => `${variable as string} ${reason as string}`))).toEqual(
    new Set([
      '${env:HOME} It has no value there.',
      '${env:MILLRACE_TEST_ABSENT} It has no value there.',
      '${file:/etc/passwd:root} The path is not below allowed.paths.',
    ]),
  )
})

test('a restarted task has the value of the day', async () => {
  const variable = variables().file
  const config = { ...base, leak: 'nowhere', password: variable, token: variable }
  await ask('POST', '/connectors', { name: 'a', config })
  await until('the task to run', 20_000, () => node.taskState('a') === 'RUNNING')
  await rm(join(home, 'db.properties'))
  await ask('POST', '/connectors/a/tasks/0/restart')
  await until('the task to fail', 20_000, () => node.taskState('a') === 'FAILED')
  expect(node.trace('a')).toContain('no such file')
  await writeFile(join(home, 'db.properties'), 'password=hunter2new')
  await ask('POST', '/connectors/a/tasks/0/restart')
  await until('the task to run again', 20_000, () => node.taskState('a') === 'RUNNING')
  const reading = async () => (await node.logLines()).filter(({ msg }) => String(msg).endsWith('the task has them'))
  expect(await reading()).toHaveLength(2)
  await expectNothingTold()
})

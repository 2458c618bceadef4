import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isRunning, putConnector, startNodeProcess, until, type NodeProcess } from '../process/node-process.js'
import type { DatabaseServer } from '../servers/database/database-server.js'
import { startPostgres } from '../servers/database/start-postgres.js'
import { postgresDatabase, type TestDatabase } from '../servers/database/test-database.js'
import { describeWithPostgres, serverStartMs } from '../servers/shared/suites.js'

/** What each password contains, right or wrong, wherever it stands in a configuration. */
const mark = 'hunter2'
const right = `${mark}-right`
const role = 'secretive'
const json = {
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
}

describeWithPostgres('passwords of databases', () => {
  let home: string
  let server: DatabaseServer
  let database: TestDatabase
  let node: NodeProcess
  /** Every text that came back, by what was asked. */
  const answers: [asked: string, text: string][] = []
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'millrace-secrets-'))
    server = await startPostgres()
    database = await postgresDatabase(server)
    await database.run(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '${right}'`)
    await database.run('CREATE TABLE orders (id int PRIMARY KEY, note text)')
    await database.run(`INSERT INTO orders VALUES (1, 'a')`)
    node = await startNodeProcess(join(home, 'data'), ['--empty'])
  }, serverStartMs)
  afterAll(async () => {
    await node?.end('SIGKILL')
    await server?.stop()
    await rm(home, { recursive: true, force: true })
  })

  const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(node.url + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    answers.push([`${method} ${path}`, text])
    return text
  }
  const log = () => readFile(join(home, 'data', 'millrace.log'), 'utf8')
  const place = () => `${server.host}:${server.port}/${database.database}`
  const capture = (more: Record<string, string> = {}) => ({
    ...json,
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'topic.prefix': 'shop',
    'database.hostname': server.host,
    'database.port': String(server.port),
    'database.user': role,
    'database.password': right,
    'database.dbname': database.database,
    'slot.max.retries': '2',
    'slot.retry.delay.ms': '100',
    ...more,
  })
  const read = (url: string, more: Record<string, string> = {}) => ({
    ...json,
    'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
    'connection.url': url,
    'connection.attempts': '1',
    'connection.backoff.ms': '100',
    mode: 'bulk',
    'topic.prefix': 'read-',
    'table.whitelist': 'orders',
    ...more,
  })
  const store = (more: Record<string, string> = {}) => ({
    ...json,
    'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
    topics: 'read-orders',
    'connection.url': `jdbc:postgresql://${place()}`,
    'connection.user': role,
    'connection.password': right,
    'connection.attempts': '1',
    'insert.mode': 'insert',
    'auto.create': 'true',
    'table.name.format': 'copied',
    ...more,
  })
  const apart = { 'connection.user': role, 'connection.password': right }
  const names = ['capture', 'apart', 'before-host', 'among-settings', 'store'] as const

  test(
    'are in no log line, no status, no error, no answer and no file but the stored configurations',
    { timeout: 120_000 },
    async () => {
      await ask('PUT', '/admin/loggers/root', { level: 'TRACE' })
      const good = {
        capture: capture(),
        apart: read(`jdbc:postgresql://${place()}`, apart),
        'before-host': read(`jdbc:postgresql://${role}:${right}@${place()}`, { 'topic.prefix': 'before-' }),
        'among-settings': read(`jdbc:postgresql://${place()}?user=${role}&password=${right}`, {
          'topic.prefix': 'among-',
        }),
        store: store(),
      } satisfies Record<(typeof names)[number], Record<string, string>>
      for (const name of names) await putConnector(node.url, name, good[name])
      for (const name of names) await until(`${name} to run`, 30_000, () => isRunning(node.url, name))
      await until('rows to be copied', 30_000, () =>
        database.rows('SELECT count(*) FROM copied').then(
          ([row]) => Number(row![0]) > 0,
          () => false,
        ),
      )
      const wrong = [
        capture({ 'database.password': `${mark}-wrong` }),
        capture({ 'database.password': `${mark}-wrong`, 'database.hostname': 'nowhere.invalid' }),
        capture({ 'database.sslpassword': `${mark}-key`, 'database.sslmode': 'verify-full' }),
        capture({ 'database.dbname': 'nowhere' }),
        read(`jdbc:postgresql://${place()}`, { ...apart, 'connection.password': `${mark}-wrong` }),
        read(`jdbc:postgresql://${role}:${mark}-wrong@${place()}`),
        read(`jdbc:postgresql://${role}:${mark}/wrong@${place()}`),
        read(`jdbc:postgresql://${role}:${mark}@wrong:x@${place()}`),
        read(`jdbc:oracle://${role}:${mark}-wrong@${place()}`),
        read(`postgresql://${role}:${mark}-wrong@${place()}`),
        read(`jdbc:mysql://${role}:${mark}-wrong@${place()}`),
        read(`jdbc:mariadb://${place()}?user=${role}&password=${mark}-wrong`),
        read(`jdbc:sqlite:/nowhere/at/all?password=${mark}`),
        read(`jdbc:postgresql://${place()}`, { ...apart, 'table.whitelist': '', query: 'SELECT * FROM nowhere' }),
        store({ 'connection.password': `${mark}-wrong` }),
      ]
      for (const config of wrong) {
        const refused = await ask('POST', '/connectors', { name: 'refused', config })
        expect(refused).toContain('"error_code":400')
        const type = config['connector.class'].split('.').at(-1)!
        const shown = JSON.parse(await ask('PUT', `/connector-plugins/${type}/config/validate`, config)) as {
          configs: { value: { name: string; value: string; errors: string[] } }[]
        }
        // What was sent comes back, as Connect sends it back; its errors tell nothing of it.
        answers.pop()
        answers.push(['errors', JSON.stringify(shown.configs.map(({ value }) => value.errors))])
        for (const { value } of shown.configs)
          if (value.name.endsWith('password')) expect([null, '', '[hidden]']).toContain(value.value)
        await ask('POST', '/millrace/v1/dry-run', { name: 'dry', config, limit: 1 })
      }
      for (const config of Object.values(good))
        await ask('POST', '/millrace/v1/dry-run', { name: 'dry', config, limit: 1 })

      await server.kill()
      for (const name of names) await ask('POST', `/connectors/${name}/restart?includeTasks=true`)
      await until('connections to be refused', 60_000, async () => {
        for (const name of names) await ask('GET', `/millrace/v1/connectors/${name}/tasks`)
        return (await log()).includes('ECONNREFUSED')
      })
      await server.start()
      await database.run(`ALTER ROLE ${role} PASSWORD 'another'`)
      for (const name of names) await ask('POST', `/connectors/${name}/restart?includeTasks=true`)
      await until('log-ins to be refused', 60_000, async () => (await log()).includes('password authentication failed'))
      for (const name of names) {
        for (const part of ['status', 'offsets', 'topics']) await ask('GET', `/connectors/${name}/${part}`)
        await ask('GET', `/millrace/v1/connectors/${name}/tasks`)
      }
      for (const path of ['/metrics', '/health', '/millrace/v1/overview', '/admin/loggers', '/connectors'])
        await ask('GET', path)
      await node.end('SIGTERM')

      expect((await log()).length).toBeGreaterThan(10_000)
      expect(node.output().split('\n').filter(tells)).toEqual([])
      expect(answers.filter(([, text]) => tells(text))).toEqual([])
      const files = await readdir(join(home, 'data'), { recursive: true, withFileTypes: true })
      const telling: string[] = []
      for (const file of files) {
        const path = join(file.parentPath, file.name)
        if (file.isFile() && tells(await readFile(path, 'latin1'))) telling.push(path.slice(home.length + 1))
      }
      expect(telling.filter(path => !isConfigurations(path))).toEqual([])
    },
  )
})

const tells = (text: string): boolean => text.includes(mark)

/** Connect stores configurations as they were given. */
function isConfigurations(path: string): boolean {
  return path.startsWith('data/log/topics/connect-configs-')
}

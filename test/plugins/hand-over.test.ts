import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { putConnector, startNodeProcess, until, type NodeProcess } from '../process/node-process.js'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../servers/database/test-database.js'
import { sharedServer } from '../servers/shared/shared-servers.js'
import {
  describeWithJava,
  describeWithMariadb,
  describeWithMysql,
  describeWithPostgres,
  serverStartMs,
} from '../servers/shared/suites.js'
import { DebeziumPeer } from './debezium-peer.js'

const binlog = {
  /** How many read the log. */
  readers: `SELECT count(*) FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'`,
  config: ({ database }: TestDatabase) => ({
    'database.include.list': database,
    'database.server.id': '83001',
    'include.schema.changes': 'false',
    'schema.history.internal': 'io.debezium.relational.history.MemorySchemaHistory',
  }),
  /** It stores the row within its event. */
  again: 0,
  /** The other has kept no history of definitions meanwhile. */
  back: { 'snapshot.mode': 'recovery' },
}

const databases = [
  {
    name: 'postgres',
    suite: describeWithPostgres,
    open: async () => postgresDatabase(await sharedServer('postgres')),
    connector: 'postgresql.PostgresConnector',
    schema: () => 'public',
    readers: `SELECT count(*) FROM pg_replication_slots WHERE database = current_database() AND active`,
    config: ({ database }: TestDatabase) => ({
      'plugin.name': 'pgoutput',
      'database.dbname': database,
      'slot.name': `slot_${database}`,
      'slot.retry.delay.ms': '200',
      'slot.max.retries': '100',
    }),
    /** Debezium 3.5 does not store how many changes of its position it has read, so those of this position come again. */
    again: 1,
    back: {},
  },
  {
    name: 'mariadb',
    suite: describeWithMariadb,
    open: async () => mysqlDatabase(await sharedServer('mariadb')),
    connector: 'mariadb.MariaDbConnector',
    schema: ({ database }: TestDatabase) => database,
    ...binlog,
  },
  {
    name: 'mysql',
    suite: describeWithMysql,
    open: async () => mysqlDatabase(await sharedServer('mysql')),
    connector: 'mysql.MySqlConnector',
    schema: ({ database }: TestDatabase) => database,
    ...binlog,
  },
] as const

describeWithJava('a connector that is handed over from Debezium, and back', () => {
  let home: string
  let peer: DebeziumPeer
  let node: NodeProcess
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'millrace-hand-over-'))
    ;[peer, node] = await Promise.all([
      DebeziumPeer.start('hand-over'),
      startNodeProcess(join(home, 'data'), ['--empty']),
    ])
  }, serverStartMs)
  afterAll(async () => {
    await Promise.all([peer?.stop(), node?.end('SIGKILL')])
    await rm(home, { recursive: true, force: true })
  })

  const json = {
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
  }
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(node.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
  const post = (path: string, body: unknown) => ask('POST', path, body)
  describe.each(databases)('of $name', ({ name, suite, open, connector, schema, readers, again, back, ...of }) => {
    suite('with a server', () => {
      let database: TestDatabase
      beforeAll(async () => {
        database = await open()
      }, serverStartMs)
      afterAll(() => database?.drop())
      const isFree = async (): Promise<boolean> => (await database.rows(readers))[0]![0] === '0'

      test('goes on where the other stood, while changes go on', { timeout: 180_000 }, async () => {
        const common = {
          'connector.class': `io.debezium.connector.${connector}`,
          'topic.prefix': name,
          'database.hostname': database.host,
          'database.port': String(database.port),
          'database.user': database.user,
          'database.password': database.password,
          ...of.config(database),
        }
        const topic = `${name}.${schema(database)}.orders`
        const insert = (from: number, to: number): Promise<void> =>
          database.run(
            `INSERT INTO orders VALUES ${numbers(from, to)
              .map(id => `(${id})`)
              .join(', ')}`,
          )
        await database.run('CREATE TABLE orders (id int PRIMARY KEY)')
        await insert(1, 50)
        let last = 50
        const over = new AbortController()
        const load = async (): Promise<void> => {
          while (!over.signal.aborted) {
            await insert(last + 1, last + 3)
            last += 3
            await sleep(5)
          }
        }
        await peer.create(name, common)
        const loading = load()
        const debezium = async (least: number): Promise<number[]> => {
          const records = await peer.read(topic, Math.max(least, await peer.count(topic)))
          return records.map(({ value }) => (value as { payload: { after: { id: number } } }).payload.after.id)
        }
        await debezium(200)
        await peer.rest('PUT', `/connectors/${name}/stop`)
        await until('Debezium to stop', 20_000, () => isFree())
        const first = await debezium(200)
        const from = await peer.rest('GET', `/connectors/${name}/offsets`)

        await post('/connectors', { name, config: { ...common, ...json }, initial_state: 'STOPPED' })
        await ask('PATCH', `/connectors/${name}/offsets`, from)
        const file = join(home, `lines-${name}`)
        await putConnector(node.url, `lines-${name}`, {
          'connector.class': 'FileStreamSink',
          topics: topic,
          file,
          'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
          'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
        })
        await ask('PUT', `/connectors/${name}/resume`)
        const ours = async (): Promise<number[]> =>
          (await readFile(file, 'utf8').catch(() => ''))
            .split('\n')
            .slice(0, -1)
            .map(line => (JSON.parse(line) as { after: { id: number } }).after.id)
        await until('changes by ours', 30_000, async () => (await ours()).length > 200)
        await ask('PUT', `/connectors/${name}/stop`)
        await until('ours to stop', 20_000, () => isFree())
        const left = (await ask('GET', `/connectors/${name}/offsets`)) as object
        await peer.rest('PATCH', `/connectors/${name}/offsets`, left)
        await peer.rest('PUT', `/connectors/${name}/config`, { ...common, ...back })
        await peer.rest('PUT', `/connectors/${name}/resume`)
        await debezium(first.length + 200)
        over.abort()
        await loading
        const all = await debezium(last - (await ours()).length + again)
        const middle = await ours()
        const to = first.length + middle.length - again

        expect(all.slice(0, first.length)).toEqual(numbers(1, first.length))
        expect(middle).toEqual(numbers(first.length + 1 - again, to))
        expect(all.slice(first.length)).toEqual(numbers(to + 1, last))
      })
    })
  })
})

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}

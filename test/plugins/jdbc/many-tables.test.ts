import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { putConnector, startNodeProcess, statesOf, until, type NodeProcess } from '../../process/node-process.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithPostgres, serverStartMs } from '../../servers/shared/suites.js'

const count = 500
const tasks = 8
const rows = 20

describeWithPostgres('a database of 500 tables, by 8 tasks of the JDBC source', () => {
  let home: string
  let database: TestDatabase
  let node: NodeProcess
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'millrace-many-tables-'))
    ;[database, node] = await Promise.all([
      sharedServer('postgres').then(postgresDatabase),
      startNodeProcess(join(home, 'data'), ['--empty']),
    ])
  }, serverStartMs)
  afterAll(async () => {
    await node?.end('SIGKILL')
    await database?.drop()
    await rm(home, { recursive: true, force: true })
  })

  /** Tables with these numbers, each with rows from 1 on. */
  const make = (from: number, to: number) =>
    database.run(
      `DO $$ BEGIN FOR t IN ${from}..${to} LOOP
         EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY, of int NOT NULL DEFAULT %s)', t, t);
         EXECUTE format('INSERT INTO t%s SELECT FROM generate_series(1, ${rows})', t);
       END LOOP; END $$`,
    )
  const drop = (names: readonly string[]) => database.run(`DROP TABLE ${names.join(', ')}`)
  const add = (from: number, to: number) =>
    database.run(
      `DO $$ BEGIN FOR t IN ${from}..${to} LOOP
         EXECUTE format('INSERT INTO t%s SELECT FROM generate_series(1, ${rows})', t);
       END LOOP; END $$`,
    )
  const log = () => readFile(join(home, 'data', 'millrace.log'), 'utf8')
  const plans = async (): Promise<number> => (await log()).split('Tables to read').length - 1
  /** Rows that have arrived, `table:id`, in their order. */
  const arrived = async (): Promise<readonly string[]> =>
    (await readFile(join(home, 'lines'), 'utf8').catch(() => ''))
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line) as { id: number; of: number })
      .map(({ id, of }) => `${of}:${id}`)
  const expected = (from: number, to: number, ids: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at).flatMap(of =>
      Array.from({ length: ids }, (_, id) => `${of}:${id + 1}`),
    )
  const lines = async (least: number): Promise<readonly string[]> => {
    await until(`${least} rows`, 60_000, async () => (await arrived()).length >= least)
    return (await arrived()).toSorted()
  }

  test('each row once; tables that come and go divide the work anew once a change', { timeout: 180_000 }, async () => {
    await make(1, count)
    await putConnector(node.url, 'many', {
      'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
      ...database.connection,
      'tasks.max': String(tasks),
      'topic.prefix': 'many-',
      mode: 'incrementing',
      'incrementing.column.name': 'id',
      'poll.interval.ms': '500',
      'table.poll.interval.ms': '3000',
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
    })
    await putConnector(node.url, 'lines', {
      'connector.class': 'FileStreamSink',
      'topics.regex': 'many-t.*',
      file: join(home, 'lines'),
      'consumer.override.metadata.max.age.ms': '500',
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    })
    expect(await lines(count * rows)).toEqual(expected(1, count, rows).toSorted())
    expect(await statesOf(node.url, 'many')).toEqual({ connector: 'RUNNING', tasks: Array(tasks).fill('RUNNING') })
    expect(await plans()).toBe(1)

    await make(count + 1, count + 10)
    expect(await lines((count + 10) * rows)).toEqual(expected(1, count + 10, rows).toSorted())
    expect(await plans()).toBe(2)

    await drop(['t7', 't100', 't250', 't251', 't252', `t${count}`])
    // Read on at once, although it may take a while until tables are listed again.
    await add(1, 6)
    await add(count + 1, count + 10)
    const all = [
      ...expected(1, 6, 2 * rows),
      ...expected(7, count, rows),
      ...expected(count + 1, count + 10, 2 * rows),
    ].toSorted()
    expect(await lines(all.length)).toEqual(all)
    await until('the tables to be gone from the plan', 30_000, async () => (await plans()) > 2)
    expect(await plans()).toBe(3)
    expect(await statesOf(node.url, 'many')).toEqual({ connector: 'RUNNING', tasks: Array(tasks).fill('RUNNING') })
    expect(await log()).not.toContain('Restarting')
  })
})

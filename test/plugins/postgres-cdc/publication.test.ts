import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/postgres-cdc'
import type { RawConfig, SourcePlugin } from '../../../src/plugin/index.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithPostgres, serverStartMs } from '../../servers/shared/suites.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[])[0]!
const password = 'only-what-it-needs'

describeWithPostgres('publications, and a user who is nobody special', () => {
  let database: TestDatabase
  let role: string
  let names = 0
  const drives: SourceDrive[] = []
  beforeAll(async () => {
    database = await postgresDatabase(await sharedServer('postgres'))
    role = `plain_${database.database}`
    await database.run(`CREATE ROLE ${role} LOGIN REPLICATION PASSWORD '${password}'`)
  }, serverStartMs)
  afterAll(async () => {
    await Promise.all(drives.map(one => one.stop()))
    await database?.run(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active`,
    )
    await database?.run(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)
    await database?.drop()
  })

  /** Of a schema of a test's own, as the plain user. */
  const configOf = (schema: string, more: RawConfig): RawConfig => ({
    'topic.prefix': schema,
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': role,
    'database.password': password,
    'database.dbname': database.database,
    'slot.name': `slot_${database.database}_${schema}`,
    'publication.name': `pub_${schema}`,
    'schema.include.list': schema,
    'slot.retry.delay.ms': '100',
    ...more,
  })
  const newSchema = async (...statements: readonly string[]): Promise<string> => {
    const schema = `s${names++}`
    await database.run(`CREATE SCHEMA ${schema}`)
    await database.run(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`)
    await database.run(`SET search_path TO ${schema}`)
    for (const statement of statements) await database.run(statement)
    return schema
  }
  const open = async (raw: RawConfig): Promise<SourceDrive> => {
    const drive = await SourceDrive.open(source, raw)
    drives.push(drive)
    return drive
  }
  const seen = (drive: SourceDrive): readonly unknown[] =>
    drive.records.map(({ topic, value }) => {
      const { op, after } = value as { op: string; after: unknown }
      return [topic.split('.').at(-1), op, after]
    })

  test('disabled: with the right to replicate and to read, and a publication that is there', async () => {
    const schema = await newSchema(
      'CREATE TABLE a (id int PRIMARY KEY)',
      'INSERT INTO a VALUES (1)',
      `GRANT SELECT ON a TO ${role}`,
    )
    const raw = configOf(schema, { 'publication.autocreate.mode': 'disabled' })
    expect(await SourceDrive.validate(source, raw)).toEqual([])
    await expect((await open(raw)).read(1)).rejects.toMatchObject({ code: 'postgres.publication_missing' })
    await database.run(`CREATE PUBLICATION pub_${schema} FOR TABLE ${schema}.a`)
    const drive = await open(raw)
    await drive.read(1)
    await database.run(`INSERT INTO ${schema}.a VALUES (2)`)
    await drive.read(1)
    expect(seen(drive)).toEqual([
      ['a', 'r', { id: 1 }],
      ['a', 'c', { id: 2 }],
    ])
  })

  test('filtered: the owner of the tables makes the publication, and it follows the tables that are captured', async () => {
    const schema = await newSchema(
      'CREATE TABLE a (id int PRIMARY KEY)',
      'CREATE TABLE b (id int PRIMARY KEY)',
      'CREATE TABLE c (id int PRIMARY KEY)',
      ...['a', 'b', 'c'].map(table => `ALTER TABLE ${table} OWNER TO ${role}`),
    )
    const raw = configOf(schema, {
      'publication.autocreate.mode': 'filtered',
      'table.include.list': `${schema}\\.a`,
      'schema.include.list': '',
    })
    await expect((await open(raw)).read(1)).rejects.toMatchObject({ code: 'postgres.publication_denied' })
    await database.run(`GRANT CREATE ON DATABASE ${database.database} TO ${role}`)
    const published = (): Promise<unknown> =>
      database.rows(`SELECT tablename FROM pg_publication_tables WHERE pubname = 'pub_${schema}' ORDER BY 1`)
    const first = await open(raw)
    await first.readFor(500)
    expect(await published()).toEqual([['a']])
    await database.run(`INSERT INTO ${schema}.b VALUES (1)`)
    await database.run(`INSERT INTO ${schema}.a VALUES (1)`)
    await first.read(1)
    await first.commit()
    await first.stop()
    const second = await SourceDrive.open(
      source,
      { ...raw, 'table.include.list': `${schema}\\.(a|b)` },
      { offsets: first.offsets },
    )
    drives.push(second)
    await second.readFor(500)
    expect(await published()).toEqual([['a'], ['b']])
    await database.run(`INSERT INTO ${schema}.b VALUES (2)`)
    await database.run(`INSERT INTO ${schema}.c VALUES (2)`)
    await second.read(1)
    await database.run(`REVOKE CREATE ON DATABASE ${database.database} FROM ${role}`)
    expect([...seen(first), ...seen(second)]).toEqual([
      ['a', 'c', { id: 1 }],
      ['b', 'c', { id: 2 }],
    ])
  })

  test('all_tables: refused to who may not, and what to do; made by who may, tables to come included', async () => {
    const schema = await newSchema('CREATE TABLE a (id int PRIMARY KEY)', `GRANT SELECT ON a TO ${role}`)
    const raw = configOf(schema, { 'publication.autocreate.mode': 'all_tables' })
    await expect((await open(raw)).read(1)).rejects.toMatchObject({
      code: 'postgres.publication_denied',
      hint: expect.stringContaining('superuser') as string,
    })
    const drive = await open({ ...raw, 'database.user': database.user, 'database.password': database.password })
    await drive.readFor(500)
    await database.run(`CREATE TABLE ${schema}.later (id int PRIMARY KEY)`)
    await database.run(`INSERT INTO ${schema}.later VALUES (1)`)
    await drive.read(1)
    expect(seen(drive)).toEqual([['later', 'c', { id: 1 }]])
    await drive.commit()
    await drive.stop()
    const filtered = configOf(schema, { 'publication.autocreate.mode': 'filtered' })
    await expect((await open(filtered)).read(1)).rejects.toMatchObject({ code: 'postgres.publication_for_all' })
    await database.run(`DROP PUBLICATION pub_${schema}`)
  })

  test('no_tables: made empty, and tables are added by hand while changes stream', async () => {
    const schema = await newSchema(
      'CREATE TABLE a (id int PRIMARY KEY)',
      'INSERT INTO a VALUES (1)',
      `GRANT SELECT ON a TO ${role}`,
    )
    await database.run(`GRANT CREATE ON DATABASE ${database.database} TO ${role}`)
    const drive = await open(configOf(schema, { 'publication.autocreate.mode': 'no_tables' }))
    await drive.read(1)
    await drive.readFor(300)
    await database.run(`REVOKE CREATE ON DATABASE ${database.database} FROM ${role}`)
    await database.run(`INSERT INTO ${schema}.a VALUES (2)`)
    await database.run(`ALTER PUBLICATION pub_${schema} ADD TABLE ${schema}.a`)
    await database.run(`INSERT INTO ${schema}.a VALUES (3)`)
    await drive.read(1)
    expect(seen(drive)).toEqual([
      ['a', 'r', { id: 1 }],
      ['a', 'c', { id: 3 }],
    ])
  })

  test('a table that the user may not read fails with its name', async () => {
    const schema = await newSchema('CREATE TABLE closed (id int PRIMARY KEY)', 'INSERT INTO closed VALUES (1)')
    await database.run(`CREATE PUBLICATION pub_${schema} FOR TABLE ${schema}.closed`)
    const drive = await open(configOf(schema, {}))
    await expect(drive.read(1)).rejects.toMatchObject({
      code: 'postgres.failed',
      message: expect.stringContaining('permission denied for table closed') as string,
      disposition: 'fatal',
    })
  })

  test('of a publication with a row filter and a list of columns, changes have what is published', async () => {
    const [version] = await database.rows('SHOW server_version_num')
    if (Number(version![0]) < 150_000) return
    const schema = await newSchema(
      'CREATE TABLE a (id int PRIMARY KEY, kept text, secret text NOT NULL)',
      `GRANT SELECT ON a TO ${role}`,
    )
    await database.run(`CREATE PUBLICATION pub_${schema} FOR TABLE ${schema}.a (id, kept) WHERE (id % 2 = 0)`)
    const drive = await open(configOf(schema, {}))
    await drive.readFor(500)
    await database.run(`INSERT INTO ${schema}.a SELECT g, 'k' || g, 'never' FROM generate_series(1, 4) g`)
    await database.run(`UPDATE ${schema}.a SET kept = 'new' WHERE id = 2`)
    await database.run(`UPDATE ${schema}.a SET id = 5 WHERE id = 4`)
    await drive.readUntil(() => drive.records.length >= 4)
    await drive.readFor(200)
    expect(drive.records.map(({ value }) => (value as { op: string; after: unknown } | null)?.after ?? null)).toEqual([
      { id: 2, kept: 'k2' },
      { id: 4, kept: 'k4' },
      { id: 2, kept: 'new' },
      null,
      null,
    ])
  })
})

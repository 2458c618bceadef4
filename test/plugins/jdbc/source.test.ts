import { acceptSource } from 'millrace/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import type { RawConfig, SourcePlugin } from '../../../src/plugin/index.js'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import {
  describeWithMariadb,
  describeWithMysql,
  describeWithPostgres,
  serverStartMs,
} from '../../servers/shared/suites.js'
import { Offsets, SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === 'jdbc-source')!
const module = new URL('../../../plugins/jdbc/dist/index.js', import.meta.url)

/** The servers in what a suite needs of them. */
const servers = [
  {
    name: 'PostgreSQL',
    suite: describeWithPostgres,
    open: async () => postgresDatabase(await sharedServer('postgres')),
    counted: 'bigserial PRIMARY KEY',
    stamp: 'timestamp(6)',
  },
  {
    name: 'MariaDB',
    suite: describeWithMariadb,
    open: async () => mysqlDatabase(await sharedServer('mariadb')),
    counted: 'bigint AUTO_INCREMENT PRIMARY KEY',
    stamp: 'datetime(6)',
  },
  {
    name: 'MySQL',
    suite: describeWithMysql,
    open: async () => mysqlDatabase(await sharedServer('mysql')),
    counted: 'bigint AUTO_INCREMENT PRIMARY KEY',
    stamp: 'datetime(6)',
  },
] as const

const base = (database: TestDatabase, more: Record<string, string> = {}): RawConfig => ({
  ...database.connection,
  mode: 'incrementing',
  'topic.prefix': 'db-',
  'poll.interval.ms': '50',
  ...more,
})

describe.each(servers)('the JDBC source on $name', ({ suite, open, counted, stamp }) => {
  suite('with a server', () => {
    let database: TestDatabase
    let tables = 0
    beforeAll(async () => {
      database = await open()
    }, serverStartMs)
    afterAll(() => database?.drop())
    const table = async (columns: string): Promise<string> => {
      const name = `t${tables++}`
      await database.run(`CREATE TABLE ${name} (${columns})`)
      return name
    }
    const drives: SourceDrive[] = []
    const drive = async (raw: RawConfig, offsets?: Offsets): Promise<SourceDrive> => {
      const opened = await SourceDrive.open(source, raw, { ...(offsets && { offsets }) })
      drives.push(opened)
      return opened
    }
    afterAll(() => Promise.all(drives.map(one => one.stop())))

    acceptSource(source, {
      test,
      module,
      async config() {
        const name = await table(`id ${counted}, note varchar(40) NOT NULL`)
        return base(database, { 'table.whitelist': name, 'batch.max.rows': '5' })
      },
      async produce(config, count) {
        const notes = Array.from({ length: count }, () => `note ${Math.random()}`)
        const name = config['table.whitelist']!
        const [last] = await database.rows(`SELECT coalesce(max(id), 0) FROM ${name}`)
        await database.run(`INSERT INTO ${name} (note) VALUES ${notes.map(note => `('${note}')`).join(',')}`)
        return notes.map((note, index) => ({ id: Number(last![0]) + index + 1, note }))
      },
      can: { resume: true, follow: true },
    })

    test('ten rows of one time are all read, wherever the source was killed between them', async () => {
      const name = await table(`id int, changed ${stamp} NOT NULL`)
      const rows = Array.from({ length: 10 }, (_, id) => `(${id}, '2026-03-01 10:00:00.123456')`)
      await database.run(`INSERT INTO ${name} VALUES (100, '2026-03-01 09:00:00'), ${rows.join(',')}`)
      const raw = base(database, {
        mode: 'timestamp',
        'timestamp.column.name': 'changed',
        'table.whitelist': name,
        'batch.max.rows': '1',
      })
      for (let killed = 1; killed <= 10; killed++) {
        const offsets = new Offsets()
        const first = await drive(raw, offsets)
        await first.read(killed)
        await first.commit()
        await first.stop()
        const second = await drive(raw, offsets)
        const ids = (await second.read(10)).map(({ value }) => (value as { id: number }).id)
        expect(
          ids.toSorted((a, b) => a - b),
          `after ${killed}`,
        ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        await second.commit()
        expect([...offsets.entries.values()]).toEqual([
          {
            partition: { protocol: '1', table: expect.stringMatching(new RegExp(`\\.${name}$`)) as string },
            offset: { timestamp: 1_772_359_200_123, timestamp_nanos: 123_456_000 },
          },
        ])
        await second.stop()
      }
    })

    test('a time with microseconds is neither read again nor passed over, in any granularity', async () => {
      const name = await table(`id int, changed ${stamp} NOT NULL`)
      await database.run(
        `INSERT INTO ${name} VALUES (1, '2026-03-01 10:00:00.000001'), (2, '2026-03-01 10:00:00.000002')`,
      )
      const seen: unknown[] = []
      for (const granularity of ['connect_logical', 'micros_long', 'micros_iso_datetime_string', 'nanos_string']) {
        const offsets = new Offsets()
        const raw = base(database, {
          mode: 'timestamp+incrementing',
          'timestamp.column.name': 'changed',
          'incrementing.column.name': 'id',
          'validate.non.null': 'false',
          'timestamp.granularity': granularity,
          'table.whitelist': name,
        })
        const first = await drive(raw, offsets)
        const [record] = await first.read(2)
        seen.push((record!.value as { changed: unknown }).changed)
        await first.commit()
        await first.stop()
        const second = await drive(raw, offsets)
        expect(await second.readFor(200)).toEqual([])
        await second.stop()
      }
      expect(seen).toEqual([
        new Date('2026-03-01T10:00:00.000Z'),
        1_772_359_200_000_001,
        '2026-03-01T10:00:00.000001',
        '1772359200000001000',
      ])
    })

    test('a transaction that ends late is read with a delay, and missed without', async () => {
      const name = await table(`id int, changed ${stamp} NOT NULL`)
      const raw = (delay: number): RawConfig =>
        base(database, {
          mode: 'timestamp',
          'timestamp.column.name': 'changed',
          'timestamp.delay.interval.ms': String(delay),
          'table.whitelist': name,
        })
      const [patient, hasty] = await Promise.all([drive(raw(1_500)), drive(raw(0))])
      const now = name && (await database.rows(`SELECT CURRENT_TIMESTAMP(6)`))[0]![0]!.replace(/\+00$/, '')
      // A later row is there before an earlier one.
      await database.run(`INSERT INTO ${name} VALUES (2, '${now}')`)
      await hasty.read(1)
      const earlier = new Date(Date.parse(`${now.replace(' ', 'T')}Z`) - 500)
        .toISOString()
        .replace('T', ' ')
        .replace('Z', '')
      await database.run(`INSERT INTO ${name} VALUES (1, '${earlier}')`)
      const ids = (await patient.read(2)).map(({ value }) => (value as { id: number }).id)
      expect(ids).toEqual([1, 2])
      expect(await hasty.readFor(300)).toEqual([])
    })

    test('several columns of time count in their order', async () => {
      const name = await table(`id int, changed ${stamp}, made ${stamp} NOT NULL`)
      await database.run(
        `INSERT INTO ${name} VALUES (1, NULL, '2026-03-02 00:00:00'), (2, '2026-03-01 00:00:00', '2026-01-01 00:00:00')`,
      )
      const reading = await drive(
        base(database, { mode: 'timestamp', 'timestamp.column.name': 'changed,made', 'table.whitelist': name }),
      )
      expect((await reading.read(2)).map(({ value }) => (value as { id: number }).id)).toEqual([2, 1])
    })

    test('a table that is dropped does not hold up the others, and is read on once it is back', async () => {
      const [kept, gone] = [await table(`id ${counted}`), await table(`id ${counted}`)]
      const raw = base(database, { 'table.whitelist': `${kept},${gone}`, 'table.poll.interval.ms': '300' })
      const opened = await drive(raw)
      const next = async (count: number): Promise<readonly string[]> =>
        (await opened.read(count)).map(({ topic, value }) => `${topic}:${(value as { id: number }).id}`)
      await database.run(`INSERT INTO ${kept} VALUES (1)`)
      expect(await next(1)).toEqual([`db-${kept}:1`])
      await database.run(`DROP TABLE ${gone}`)
      await opened.readFor(200)
      await database.run(`INSERT INTO ${kept} VALUES (2)`)
      expect(await next(1)).toEqual([`db-${kept}:2`])
      await database.run(`CREATE TABLE ${gone} (id ${counted})`)
      await database.run(`INSERT INTO ${gone} VALUES (7)`)
      expect(await next(1)).toEqual([`db-${gone}:7`])
      const told = opened.log.filter(({ level, message }) => level === 'warn' && message === 'A table is gone')
      expect(told.length).toBeGreaterThan(0)
      await opened.stop()
      const planned = await drive(raw)
      await database.run(`DROP TABLE ${gone}`)
      await expect(planned.read(1)).rejects.toMatchObject({ code: 'jdbc.table_missing', disposition: 'retry' })
      expect(planned.replans).toBe(1)
    })

    test('a column that is added, renamed or dropped shows in the next rows', async () => {
      const name = await table(`id ${counted}, a int`)
      const reading = await drive(base(database, { 'table.whitelist': name }))
      await database.run(`INSERT INTO ${name} (a) VALUES (1)`)
      await reading.read(1)
      await database.run(`ALTER TABLE ${name} ADD b varchar(5)`)
      await database.run(`INSERT INTO ${name} (a, b) VALUES (2, 'x')`)
      await reading.read(1)
      await database.run(`ALTER TABLE ${name} DROP COLUMN a`)
      await database.run(`INSERT INTO ${name} (b) VALUES ('y')`)
      await reading.read(1)
      expect(reading.records.map(({ valueSchema }) => valueSchema?.fields?.map(({ name }) => name))).toEqual([
        ['id', 'a'],
        ['id', 'a', 'b'],
        ['id', 'b'],
      ])
      expect(reading.records.map(({ valueSchema }) => valueSchema?.name)).toEqual([name, name, name])
    })

    test('tables are divided among tasks, and a new one calls for a new division', async () => {
      const names = [await table(`id ${counted}`), await table(`id ${counted}`), await table(`id ${counted}`)]
      const planned = await SourceDrive.open(source, base(database, { 'table.whitelist': names.join(',') }), { max: 2 })
      expect(
        (planned.tasks as { tables: { table: string }[] }[]).map(({ tables }) => tables.map(({ table }) => table)),
      ).toEqual([[names[0], names[1]], [names[2]]])
    })

    test('what is not there, or cannot be counted by, is told in one sentence', async () => {
      const nothing = await drive(base(database, { 'table.whitelist': 'nowhere' }))
      await expect(nothing.read(1)).rejects.toThrow('There is no table to read')
      const name = await table(`id varchar(40) NOT NULL`)
      await database.run(`INSERT INTO ${name} VALUES ('7')`)
      const texts = await drive(base(database, { 'table.whitelist': name }))
      await expect(texts.read(1)).rejects.toThrow('has no column that the database counts up')
      const nullable = await table(`id int`)
      const nulls = await drive(base(database, { 'table.whitelist': nullable, 'incrementing.column.name': 'id' }))
      await expect(nulls.read(1)).rejects.toThrow('"id" may be null')
    })

    test('validation tries the database and the query, and shows no password', async () => {
      const wrong = { ...database.connection, 'connection.password': 'hunter2-wrong' }
      const issues = await SourceDrive.validate(source, { ...base(database), ...wrong })
      expect(issues.map(({ key }) => key)).toEqual(['connection.url', 'connection.user', 'connection.password'])
      expect(JSON.stringify(issues)).not.toContain('hunter2')
      const query = await SourceDrive.validate(source, base(database, { mode: 'bulk', query: 'SELECT * FROM nowhere' }))
      expect(query).toEqual([{ key: 'query', message: expect.stringContaining('nowhere') as string }])
    })

    test('a query with clauses of its own is read like a table', async () => {
      const name = await table(`id ${counted}, a int`)
      await database.run(`INSERT INTO ${name} (a) VALUES (1), (2), (3)`)
      const query = `SELECT x.id AS number, x.a, y.a AS other FROM ${name} x JOIN ${name} y ON x.id = y.id WHERE x.a > 1 ORDER BY x.a DESC`
      const reading = await drive(
        base(database, { query, 'incrementing.column.name': 'number', 'topic.prefix': 'joined' }),
      )
      const records = await reading.read(2)
      expect(records.map(({ topic, value, offset, partition }) => ({ topic, value, offset, partition }))).toEqual(
        [2, 3].map(id => ({
          topic: 'joined',
          value: { number: id, a: id, other: id },
          offset: { incrementing: id },
          partition: { query: 'query' },
        })),
      )
    })

    test('a running statement ends with the task', async () => {
      const slow = database.connection['connection.url']!.includes('postgresql')
        ? 'SELECT pg_sleep(30)'
        : 'SELECT sleep(30)'
      const reading = await drive(base(database, { mode: 'bulk', query: slow, 'topic.prefix': 'slow' }))
      const pending = reading.readFor(20_000)
      await new Promise(resolve => setTimeout(resolve, 500))
      const started = performance.now()
      await reading.stop()
      expect(performance.now() - started).toBeLessThan(3_000)
      await pending.catch(() => undefined)
    })

    test(
      'a large table is read without holding it in memory, and tells how far it is',
      { timeout: 120_000 },
      async () => {
        const name = await table(`id ${counted}, filler varchar(1000)`)
        const numbers = database.connection['connection.url']!.includes('postgresql')
          ? `SELECT repeat('x', 1000) FROM generate_series(1, 100000)`
          : `WITH d AS (SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) SELECT repeat('x', 1000) FROM d a, d b, d c, d d, d e`
        await database.run(`INSERT INTO ${name} (filler) ${numbers}`)
        await database.run(
          `ANALYZE ${database.connection['connection.url']!.includes('postgresql') ? '' : 'TABLE'} ${name}`,
        )
        const reading = await drive(
          base(database, { mode: 'bulk', 'table.whitelist': name, 'poll.interval.ms': '100000' }),
        )
        const before = process.memoryUsage().rss
        let largest = 0
        for (let read = 0; read < 100_000; read += 1_000) {
          await reading.readUntil(() => reading.records.length >= 1_000, 30_000)
          reading.records.length = 0
          largest = Math.max(largest, process.memoryUsage().rss)
        }
        expect(largest - before).toBeLessThan(60 << 20)
        expect(reading.progress.at(-1)![0]).toBeGreaterThanOrEqual(100_000)
        expect(Math.abs(reading.progress[0]![1]! - 100_000)).toBeLessThan(20_000)
      },
    )
  })
})

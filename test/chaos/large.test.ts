import { expect, test } from 'vitest'
import { until } from '../process/node-process.js'
import { readLarge, type LargeRead } from '../process/large.js'
import type { TestDatabase } from '../servers/database/test-database.js'
import { describeWithPostgres } from '../servers/shared/suites.js'

const rows = Number(process.env['LARGE_ROWS'] ?? 5_000_000)
const tables = Number(process.env['LARGE_TABLES'] ?? 5_000)
const ms = 300_000 + rows / 2
/** A heap of so much, MB, whatever there is to read. */
const growthMb = 256

const capture = (database: TestDatabase, more: Readonly<Record<string, string>>) => ({
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'topic.prefix': 'large',
  'database.hostname': database.host,
  'database.port': String(database.port),
  'database.user': database.user,
  'database.password': database.password,
  'database.dbname': database.database,
  ...more,
})
const streams = (database: TestDatabase) =>
  until('changes to be streamed', 300_000, async () => {
    const [row] = await database.rows('SELECT count(*) FROM pg_replication_slots WHERE active')
    return Number(row![0]) > 0
  })
const fill = (database: TestDatabase) =>
  database.run(`INSERT INTO t SELECT g, 'row ' || g FROM generate_series(1, ${rows}) g`)
const create = (database: TestDatabase) => database.run('CREATE TABLE t (id int PRIMARY KEY, note text)')

const reads: Readonly<Record<string, LargeRead>> = {
  [`the JDBC source: the first reading of ${rows} rows`]: {
    records: rows,
    async prepare(database) {
      await create(database)
      await fill(database)
    },
    config: database => ({
      'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
      ...database.connection,
      'topic.prefix': 'large-',
      'table.whitelist': 't',
      mode: 'incrementing',
      'incrementing.column.name': 'id',
    }),
  },
  [`change capture: one transaction of ${rows} rows`]: {
    records: rows,
    prepare: create,
    config: database => capture(database, { 'snapshot.mode': 'no_data' }),
    async change(database) {
      await streams(database)
      await fill(database)
    },
  },
  [`change capture: ${tables} tables`]: {
    records: 2 * tables,
    prepare: database =>
      database.run(
        `DO $$ BEGIN FOR t IN 1..${tables} LOOP
           EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', t); EXECUTE format('INSERT INTO t%s VALUES (1)', t);
           IF t % 100 = 0 THEN COMMIT; END IF;
         END LOOP; END $$`,
      ),
    config: database => capture(database, {}),
    async change(database) {
      await streams(database)
      await database.run(
        `DO $$ BEGIN FOR t IN 1..${tables} LOOP
           EXECUTE format('INSERT INTO t%s VALUES (2)', t); IF t % 100 = 0 THEN COMMIT; END IF;
         END LOOP; END $$`,
      )
    },
  },
}

describeWithPostgres('much to read', () => {
  test.each(Object.keys(reads))('%s', { timeout: ms + 600_000 }, async name => {
    const figures = await readLarge(reads[name]!, ms)
    process.stderr.write(`${name}: ${JSON.stringify(figures)}\n`)
    expect(figures.most).toBeLessThan(figures.before + growthMb)
  })
})

import type { TestDatabase } from '../../test/servers/database/test-database.js'
import { endOf, type Workload } from '../connect/workload.js'
import { jsonConverters } from './capture-workloads.js'

/** The rows of the workloads for PostgreSQL, in MariaDB's types. */
const columns = `id bigint PRIMARY KEY, customer int NOT NULL, status varchar(20) NOT NULL, note text, amount decimal(12,2), rate double, changed datetime, paid tinyint(1)`
const rowsOf = (first: number, last: number): string =>
  `SELECT seq, seq % 1000, 'shipped', CONCAT('note of order ', seq), seq * 1.25, seq / 7.0, '2026-01-01' + INTERVAL seq SECOND, seq % 2 FROM seq_${first}_to_${last}`

let replicas = 90_000

function connection(database: TestDatabase, run: string, table: string): Readonly<Record<string, string>> {
  return {
    'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector',
    'topic.prefix': run,
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
    'database.server.id': String(replicas++),
    'table.include.list': `${database.database}\\.${table}`,
    'include.schema.changes': 'false',
    'schema.history.internal': 'io.debezium.relational.history.MemorySchemaHistory',
    ...jsonConverters,
  }
}

/** All rows of a table, at the first start. */
export function mariadbSnapshot(database: TestDatabase, records: number): Workload {
  const topic = (run: string): string => `${run}.${database.database}.stored`
  return {
    name: 'MariaDB → Kafka, rows of a table (snapshot)',
    records,
    targets: { rate: 2, rss: 1 / 4 },
    prepare: () => database.run(`CREATE TABLE stored (${columns}); INSERT INTO stored ${rowsOf(1, records)}`),
    config: (_, run) => connection(database, run, 'stored'),
    arrived: (place, run) => endOf(place, topic(run)),
    discard: ({ log }, run) => log.topics.delete(topic(run)),
  }
}

/** Changes that wait in the log: inserts, in transactions of a thousand. */
export function mariadbStream(database: TestDatabase, records: number): Workload {
  const topic = (run: string): string => `${run}.${database.database}.changing`
  let offset: Readonly<Record<string, string | number>> = {}
  return {
    name: 'MariaDB → Kafka, changes of a table (stream)',
    records,
    targets: { rate: 2, rss: 1 / 4 },
    async prepare() {
      await database.run(`CREATE TABLE changing (${columns})`)
      const [status] = await database.rows('SHOW MASTER STATUS')
      const [gtids] = await database.rows('SELECT @@gtid_current_pos')
      offset = { file: status![0]!, pos: Number(status![1]), gtids: gtids![0]! }
      for (let first = 1; first < records; first += 1_000)
        await database.run(`INSERT INTO changing ${rowsOf(first, first + 999)}`)
    },
    // Debezium has to learn the tables anew: the memory of its definitions is new with each run.
    config: (_, run) => ({ ...connection(database, run, 'changing'), 'snapshot.mode': 'recovery' }),
    start: run => ({ partition: { server: run }, offset }),
    arrived: (place, run) => endOf(place, topic(run)),
    discard: ({ log }, run) => log.topics.delete(topic(run)),
  }
}

import type { TestDatabase } from '../../test/servers/database/test-database.js'
import { endOf, type Workload } from '../connect/workload.js'
import { jsonConverters } from './capture-workloads.js'

/** What differs between the two servers that have a binlog. */
export interface BinlogServer {
  readonly name: string
  readonly connector: string
  /** A SELECT of numbers, called `seq`. */
  readonly numbers: (first: number, last: number) => string
  /** A SELECT of the GTIDs of all that was committed. */
  readonly gtids: string
}

export const mariadbServer: BinlogServer = {
  name: 'MariaDB',
  connector: 'io.debezium.connector.mariadb.MariaDbConnector',
  numbers: (first, last) => `SELECT seq FROM seq_${first}_to_${last}`,
  gtids: 'SELECT @@gtid_current_pos',
}
export const mysqlServer: BinlogServer = {
  name: 'MySQL',
  connector: 'io.debezium.connector.mysql.MySqlConnector',
  numbers: (first, last) =>
    `WITH RECURSIVE numbers(seq) AS (SELECT ${first} UNION ALL SELECT seq + 1 FROM numbers WHERE seq < ${last}) SELECT seq FROM numbers`,
  gtids: 'SELECT @@gtid_executed',
}

/** The rows of the workloads for PostgreSQL, in types of these. */
const columns = `id bigint PRIMARY KEY, customer int NOT NULL, status varchar(20) NOT NULL, note text, amount decimal(12,2), rate double, changed datetime, paid tinyint(1)`
const rowsOf = (server: BinlogServer, first: number, last: number): string =>
  `SELECT seq, seq % 1000, 'shipped', CONCAT('note of order ', seq), seq * 1.25, seq / 7.0, '2026-01-01' + INTERVAL seq SECOND, seq % 2 FROM (${server.numbers(first, last)}) numbers`

/** Fills a table in transactions of a thousand rows: MySQL's recursion ends there. */
async function fill(database: TestDatabase, server: BinlogServer, table: string, records: number): Promise<void> {
  for (let first = 1; first < records; first += 1_000)
    await database.run(`INSERT INTO ${table} ${rowsOf(server, first, first + 999)}`)
}

let replicas = 90_000

function connection(
  { connector }: BinlogServer,
  database: TestDatabase,
  run: string,
  table: string,
): Readonly<Record<string, string>> {
  return {
    'connector.class': connector,
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
export function binlogSnapshot(server: BinlogServer, database: TestDatabase, records: number): Workload {
  const topic = (run: string): string => `${run}.${database.database}.stored`
  return {
    name: `${server.name} → Kafka, rows of a table (snapshot)`,
    records,
    targets: { rate: 2, rss: 1 / 4 },
    async prepare() {
      await database.run(`CREATE TABLE stored (${columns})`)
      await fill(database, server, 'stored', records)
    },
    config: (_, run) => connection(server, database, run, 'stored'),
    arrived: (place, run) => endOf(place, topic(run)),
    discard: ({ log }, run) => log.topics.delete(topic(run)),
  }
}

/** Changes that wait in the log: inserts, in transactions of a thousand. */
export function binlogStream(server: BinlogServer, database: TestDatabase, records: number): Workload {
  const topic = (run: string): string => `${run}.${database.database}.changing`
  let offset: Readonly<Record<string, string | number>> = {}
  return {
    name: `${server.name} → Kafka, changes of a table (stream)`,
    records,
    targets: { rate: 2, rss: 1 / 4 },
    async prepare() {
      await database.run(`CREATE TABLE changing (${columns})`)
      const [status] = await database.rows('SHOW MASTER STATUS')
      const [gtids] = await database.rows(server.gtids)
      offset = { file: status![0]!, pos: Number(status![1]), gtids: gtids![0]!.replaceAll('\n', '') }
      await fill(database, server, 'changing', records)
    },
    // Debezium has to learn the tables anew: the memory of its definitions is new with each run.
    config: (_, run) => ({ ...connection(server, database, run, 'changing'), 'snapshot.mode': 'recovery' }),
    start: run => ({ partition: { server: run }, offset }),
    arrived: (place, run) => endOf(place, topic(run)),
    discard: ({ log }, run) => log.topics.delete(topic(run)),
  }
}

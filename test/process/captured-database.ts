import type { DatabaseAddress } from '../servers/database/database-server.js'
import { sequence } from '../servers/database/sequence.js'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../servers/database/test-database.js'

/** A database whose table `orders` is captured: how its kind makes rows and changes them. */
export interface CapturedDatabase {
  readonly database: TestDatabase
  /** So many rows, before anything is captured. */
  fill(rows: number): Promise<void>
  /** Inserts, updates, changed keys and a few deletes, in one transaction. */
  change(of: {
    readonly id: number
    readonly note: string
    readonly remainder: number
    readonly deleted: number
  }): Promise<void>
  /** Of the connector; and the topic of `orders`. */
  readonly config: Readonly<Record<string, string>>
  readonly topic: string
  drop(): Promise<void>
}

const unwrapped = {
  'topic.prefix': 'shop',
  'time.precision.mode': 'connect',
  transforms: 'unwrap',
  'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
}

export async function capturedPostgres(server: DatabaseAddress): Promise<CapturedDatabase> {
  const database = await postgresDatabase(server)
  const slot = `kill_${database.database}`
  return {
    database,
    topic: 'shop.public.orders',
    config: {
      ...unwrapped,
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      ...addressOf(database),
      'database.dbname': database.database,
      'slot.name': slot,
      'slot.retry.delay.ms': '200',
      'slot.max.retries': '100',
      'table.include.list': 'public.orders',
    },
    fill: rows =>
      database.run(
        `CREATE TABLE orders (id int PRIMARY KEY, note text, amount numeric(12,2), changed timestamp);
         INSERT INTO orders SELECT g, 'order ' || g || ' ' || repeat('x', 200), g * 1.25, '2026-01-01'::timestamp + g * interval '1 ms' FROM generate_series(1, ${rows}) g`,
      ),
    change: ({ id, note, remainder, deleted }) =>
      database.run(
        `BEGIN; INSERT INTO orders SELECT g, 'new', 1, now() FROM generate_series(${id + 1}, ${id + 10}) g;
         ${changes(id, note, remainder, deleted)} COMMIT`,
      ),
    async drop() {
      await database.run(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slot}' AND NOT active`,
      )
      await database.drop()
    },
  }
}

export const capturedMariadb = (server: DatabaseAddress): Promise<CapturedDatabase> =>
  capturedBinlog(server, 'io.debezium.connector.mariadb.MariaDbConnector')
export const capturedMysql = (server: DatabaseAddress): Promise<CapturedDatabase> =>
  capturedBinlog(server, 'io.debezium.connector.mysql.MySqlConnector')

/** Either server, by its connector. */
async function capturedBinlog(server: DatabaseAddress, connector: string): Promise<CapturedDatabase> {
  const database = await mysqlDatabase(server)
  return {
    database,
    topic: `shop.${database.database}.orders`,
    config: {
      ...unwrapped,
      'connector.class': connector,
      ...addressOf(database),
      'table.include.list': `${database.database}\\.orders`,
      'include.schema.changes': 'false',
    },
    fill: rows =>
      database.run(
        `CREATE TABLE orders (id int PRIMARY KEY, note text, amount decimal(12,2), changed datetime(3));
         INSERT INTO orders SELECT seq, CONCAT('order ', seq, ' ', REPEAT('x', 200)), seq * 1.25, '2026-01-01' + INTERVAL seq SECOND FROM ${sequence(1, rows)}`,
      ),
    change: ({ id, note, remainder, deleted }) =>
      database.run(
        `BEGIN; INSERT INTO orders SELECT seq, 'new', 1, now(3) FROM ${sequence(id + 1, id + 10)};
         ${changes(id, note, remainder, deleted)} COMMIT`,
      ),
    drop: () => database.drop(),
  }
}

function changes(id: number, note: string, remainder: number, deleted: number): string {
  return `UPDATE orders SET note = '${note}' WHERE id % 997 = ${remainder};
          UPDATE orders SET id = -id WHERE id = ${id + 3};
          DELETE FROM orders WHERE id IN (${id + 5}, ${deleted});`
}

function addressOf(database: TestDatabase): Readonly<Record<string, string>> {
  return {
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
  }
}

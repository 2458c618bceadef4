import type { TestDatabase } from '../../test/servers/database/test-database.js'
import { endOf, type Workload } from '../connect/workload.js'

const json = 'org.apache.kafka.connect.json.JsonConverter'
export const jsonConverters = {
  'key.converter': json,
  'key.converter.schemas.enable': 'false',
  'value.converter': json,
  'value.converter.schemas.enable': 'false',
}
/** As many as a comparison has runs, and some more. */
const slots = 24

/** Rows of eight columns, about 100 bytes, as an order has them. */
export const orderColumns = `id bigint PRIMARY KEY, customer int NOT NULL, status varchar(20) NOT NULL, note text, amount numeric(12,2), rate double precision, created timestamp NOT NULL, paid boolean`
export const ordersOf = (count: number): string =>
  `SELECT g, g % 1000, 'shipped', 'note of order ' || g, g * 1.25, g / 7.0, '2026-01-01'::timestamp + g * interval '1 s', g % 2 = 0 FROM generate_series(1, ${count}) g`

function connection(database: TestDatabase): Readonly<Record<string, string>> {
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
    'database.dbname': database.database,
    'plugin.name': 'pgoutput',
    'publication.autocreate.mode': 'disabled',
    'publication.name': 'bench',
    ...jsonConverters,
  }
}

/** All rows of a table, at the first start. */
export function captureSnapshot(database: TestDatabase, records: number): Workload {
  return {
    name: 'PostgreSQL → Kafka, rows of a table (snapshot)',
    records,
    targets: { rate: 2, rss: 1 / 4 },
    async prepare() {
      await database.run(
        `CREATE TABLE stored (${orderColumns}); INSERT INTO stored ${ordersOf(records)}; ANALYZE stored; CREATE PUBLICATION bench FOR ALL TABLES`,
      )
    },
    config: (_, run) => ({
      ...connection(database),
      'topic.prefix': run,
      'slot.name': run.replaceAll('-', '_'),
      'table.include.list': 'public.stored',
    }),
    arrived: (place, run) => endOf(place, `${run}.public.stored`),
    async discard({ log }, run) {
      await log.topics.delete(`${run}.public.stored`)
      await dropSlot(database, run.replaceAll('-', '_'))
    },
  }
}

/** Changes that wait in the log: inserts, in transactions of a thousand. */
export function captureStream(database: TestDatabase, records: number): Workload {
  const used = new Map<string, number>()
  return {
    name: 'PostgreSQL → Kafka, changes of a table (stream)',
    records,
    targets: { rate: 2, rss: 1 / 4 },
    async prepare() {
      await database.run(`CREATE TABLE changing (${orderColumns}); CREATE PUBLICATION bench FOR ALL TABLES`)
      for (let slot = 0; slot < slots; slot++)
        await database.run(`SELECT pg_create_logical_replication_slot('bench_${slot}', 'pgoutput')`)
      for (let from = 0; from < records; from += 1_000)
        await database.run(
          `INSERT INTO changing SELECT * FROM (${ordersOf(records)}) r(id) WHERE id > ${from} AND id <= ${from + 1_000}`,
        )
    },
    config: (_, run) => {
      const slot = used.size
      used.set(run, slot)
      return {
        ...connection(database),
        'topic.prefix': run,
        'slot.name': `bench_${slot}`,
        'table.include.list': 'public.changing',
        'snapshot.mode': 'no_data',
      }
    },
    arrived: (place, run) => endOf(place, `${run}.public.changing`),
    async discard({ log }, run) {
      await log.topics.delete(`${run}.public.changing`)
      await dropSlot(database, `bench_${used.get(run)}`)
    },
  }
}

/** Its connection may need a moment to end. */
async function dropSlot(database: TestDatabase, slot: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const rows = await database.rows(`SELECT active FROM pg_replication_slots WHERE slot_name = '${slot}'`)
    if (rows.length === 0) return
    if (rows[0]![0] === 'f') return database.run(`SELECT pg_drop_replication_slot('${slot}')`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

import type { TestDatabase } from '../../test/servers/database/test-database.js'
import { fillTopic } from '../connect/filling.js'
import { endOf, type Workload } from '../connect/workload.js'
import { jsonConverters, orderColumns, ordersOf } from './capture-workloads.js'

const targets = { rate: 2, rss: 1 / 4 }

/** All rows of a table, by their growing numbers. */
export function jdbcRows(database: TestDatabase, records: number): Workload {
  return {
    name: 'PostgreSQL → Kafka, rows of a table (JDBC)',
    records,
    targets,
    prepare: () =>
      database.run(`CREATE TABLE stored (${orderColumns}); INSERT INTO stored ${ordersOf(records)}; ANALYZE stored`),
    config: (_, run) => ({
      ...database.connection,
      'connector.class': 'io.aiven.connect.jdbc.JdbcSourceConnector',
      mode: 'incrementing',
      'incrementing.column.name': 'id',
      'table.whitelist': 'stored',
      'batch.max.rows': '1000',
      'topic.prefix': `${run}-`,
      ...jsonConverters,
    }),
    arrived: (place, run) => endOf(place, `${run}-stored`),
    discard: ({ log }, run) => log.topics.delete(`${run}-stored`),
  }
}

const topic = 'orders'
const field = (name: string, type: string): string => `{"type":"${type}","optional":false,"field":"${name}"}`
const fields = [
  field('id', 'int64'),
  field('customer', 'int32'),
  field('status', 'string'),
  field('note', 'string'),
  field('rate', 'double'),
  field('paid', 'boolean'),
]
const order = (id: number): string =>
  `{"schema":{"type":"struct","fields":[${fields.join()}],"optional":false},"payload":{"id":${id},"customer":${id % 1_000},"status":"shipped","note":"note of order ${id}","rate":${id / 8},"paid":${id % 2 === 0}}}`

/** Records into a table that is made for them, row by row where there is one with their key already. */
export function jdbcUpserts(database: TestDatabase, records: number): Workload {
  const table = (run: string): string => run.replaceAll('-', '_')
  return {
    name: 'Kafka → PostgreSQL, upserts (JDBC)',
    records,
    targets,
    prepare: ({ log }) => fillTopic(log, topic, records, index => order(index + 1)),
    config: (_, run) => ({
      ...database.connection,
      'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector',
      topics: topic,
      'table.name.format': table(run),
      'auto.create': 'true',
      'insert.mode': 'upsert',
      'pk.mode': 'record_value',
      'pk.fields': 'id',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    }),
    // The topic has one partition and the numbers grow: the last is how many there are.
    async arrived(_, run) {
      const [there] = await database.rows(`SELECT to_regclass('${table(run)}')`)
      if (there![0] === null) return 0
      const [last] = await database.rows(`SELECT coalesce(max(id), 0) FROM ${table(run)}`)
      return Number(last![0])
    },
    discard: (_, run) => database.run(`DROP TABLE ${table(run)}`),
  }
}

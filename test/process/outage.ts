import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { startPostgres } from '../servers/database/start-postgres.js'
import { postgresDatabase, type TestDatabase } from '../servers/database/test-database.js'
import { startKafka } from '../servers/kafka/start-kafka.js'
import { memoryOf } from './memory.js'
import { isRunning, putConnector, until } from './node-process.js'
import { TestCluster } from './test-cluster.js'

const names = ['capture', 'read', 'store-captured', 'store-read'] as const
/** What a worker may take more than before an outage, MB: queues are bounded, whatever happens outside. */
const growthMb = 200
/** After an outage everything runs again within this. */
const healMs = 120_000

/** What was seen of an outage. */
export interface OutageFigures {
  readonly rows: number
  /** The memory of the worker before it, and the most that it took until all had arrived, MB. */
  readonly memory: readonly [before: number, most: number]
  /** From its end until all rows had arrived, ms. */
  readonly healed: number
}

/**
 * PostgreSQL → change capture and the JDBC source → Kafka → the JDBC sink → PostgreSQL, while rows are written. First the broker is gone for so long, then the
 * database. Afterwards all rows are there, in both copies, without anybody's doing.
 */
export async function outage(ms: number): Promise<{ readonly kafka: OutageFigures; readonly database: OutageFigures }> {
  const [kafka, postgres] = await Promise.all([startKafka(), startPostgres()])
  const cluster = await TestCluster.open(kafka.bootstrap.plaintext)
  try {
    const [from, to] = [await postgresDatabase(postgres), await postgresDatabase(postgres)]
    await from.run('CREATE TABLE orders (id serial PRIMARY KEY, note text, version int NOT NULL DEFAULT 0)')
    const node = await cluster.start('a')
    for (const name of names) await putConnector(node.url, name, { ...configs(from, to)[name], ...json })
    const memory = memoryOf(node.pid)
    const load = new Load(from)

    const during = async (what: string, down: () => Promise<void>, up: () => Promise<void>): Promise<OutageFigures> => {
      for (const name of names) await until(`${name} to run`, healMs, () => isRunning(node.url, name))
      load.begin()
      await sleep(5_000)
      const before = await memory.now()
      await memory.peak()
      await down()
      await sleep(ms)
      await up()
      const started = performance.now()
      await sleep(2_000)
      await load.end()
      await until(`both copies to be whole after ${what} was away`, healMs, async () => {
        const [captured, read] = [await sumOf(to, 'captured', 'version'), await sumOf(to, 'read', '0')]
        return captured === (await sumOf(from, 'orders', 'version')) && read === (await sumOf(from, 'orders', '0'))
      })
      const healed = performance.now() - started
      const most = await memory.peak()
      for (const name of names) await until(`${name} to run`, healMs, () => isRunning(node.url, name))
      expect(node.isOver(), node.output()).toBe(false)
      expect(most, `memory while ${what} was away`).toBeLessThan(before + growthMb)
      return { rows: load.rows, memory: [before, most], healed: Math.round(healed) }
    }
    const [broker] = kafka.brokers
    const ofKafka = await during(
      'the broker',
      () => broker!.kill(),
      () => broker!.start(),
    )
    const ofDatabase = await during(
      'the database',
      () => postgres.kill(),
      () => postgres.start(),
    )
    return { kafka: ofKafka, database: ofDatabase }
  } finally {
    await cluster.close()
    await Promise.all([kafka.stop(), postgres.stop()])
  }
}

/** Counts a table's rows, and what is in them. `version`: what stands for the column that only captured changes have right. */
async function sumOf(database: TestDatabase, table: string, version: string): Promise<string> {
  const sql = `SELECT count(*) || '/' || coalesce(sum(hashtext(id || note || ${version})), 0) FROM ${table}`
  return database.rows(sql).then(
    ([row]) => row![0]!,
    () => 'there is none yet',
  )
}

/** Writes and changes rows, about 1,000 a second, for as long as the database is there. */
class Load {
  rows = 0
  readonly #database: TestDatabase
  #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(database: TestDatabase) {
    this.#database = database
  }

  begin(): void {
    this.#stop = new AbortController()
    this.#running = this.#run(this.#stop.signal)
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#database.run(
          `INSERT INTO orders (note) SELECT repeat('x', 500) || g FROM generate_series(1, 25) g;
           UPDATE orders SET version = version + 1 WHERE id IN (SELECT max(id) - 10 FROM orders)`,
        )
        this.rows += 25
      } catch {
        // It is away.
      }
      await sleep(25)
    }
  }
}

const json = {
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
}

function configs(
  from: TestDatabase,
  to: TestDatabase,
): Readonly<Record<(typeof names)[number], Readonly<Record<string, string>>>> {
  const store = {
    'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
    ...to.connection,
    'insert.mode': 'upsert',
    'auto.create': 'true',
    'consumer.override.metadata.max.age.ms': '1000',
  }
  return {
    capture: {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'topic.prefix': 'changes',
      'database.hostname': from.host,
      'database.port': String(from.port),
      'database.user': from.user,
      'database.password': from.password,
      'database.dbname': from.database,
      transforms: 'unwrap',
      'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
    },
    read: {
      'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
      ...from.connection,
      'topic.prefix': 'read-',
      'table.whitelist': 'orders',
      mode: 'incrementing',
      'incrementing.column.name': 'id',
      'poll.interval.ms': '200',
    },
    'store-captured': {
      ...store,
      topics: 'changes.public.orders',
      'table.name.format': 'captured',
      'pk.mode': 'record_key',
    },
    'store-read': {
      ...store,
      topics: 'read-orders',
      'table.name.format': 'read',
      'pk.mode': 'record_value',
      'pk.fields': 'id',
    },
  }
}

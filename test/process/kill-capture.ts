import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../servers/database/test-database.js'
import type { DatabaseAddress } from '../servers/database/database-server.js'
import { putConnector, startNodeProcess, until } from './node-process.js'

const rows = 40_000
const json = {
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
}

/**
 * PostgreSQL → change capture → ExtractNewRecordState → topic → JDBC sink → MariaDB, on a node that is killed with SIGKILL at random moments: so often while the
 * rows are read that were there, and so often while changes stream. In the end both tables must be the same.
 */
export async function killCapture(
  servers: { readonly postgres: DatabaseAddress; readonly mariadb: DatabaseAddress },
  rounds: { readonly snapshot: number; readonly stream: number },
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-kill-capture-'))
  const [from, to] = await Promise.all([postgresDatabase(servers.postgres), mysqlDatabase(servers.mariadb)])
  const slot = `kill_${from.database}`
  try {
    await from.run(`CREATE TABLE orders (id int PRIMARY KEY, note text, amount numeric(12,2), changed timestamp)`)
    await from.run(
      `INSERT INTO orders SELECT g, 'order ' || g || ' ' || repeat('x', 200), g * 1.25, '2026-01-01'::timestamp + g * interval '1 ms' FROM generate_series(1, ${rows}) g`,
    )
    let node = await startNodeProcess(join(home, 'data'), ['--empty'])
    await putConnector(node.url, 'capture', { ...captureConfig(from, slot), ...json })
    await putConnector(node.url, 'store', { ...storeConfig(to), ...json })
    const strike = async (work: () => Promise<void>): Promise<void> => {
      const working = work()
      await sleep(Math.random() * 1_500)
      await node.end('SIGKILL')
      await working
      node = await startNodeProcess(join(home, 'data'))
    }
    for (let round = 0; round < rounds.snapshot; round++) await strike(async () => undefined)
    const stored = async (): Promise<number> =>
      to.rows('SELECT count(*) FROM orders').then(
        ([row]) => Number(row![0]),
        () => 0,
      )
    await until('the rows to arrive', 120_000, async () => (await stored()) >= rows)
    for (let round = 0; round < rounds.stream; round++) await strike(() => change(from, round))
    await until(
      'both tables to be the same',
      120_000,
      async () => (await sumOf(to, 'MD5')) === (await sumOf(from, 'md5')),
    )
    expect(await node.end('SIGTERM'), node.output()).toMatchObject({ code: 0 })
    expect(await contents(to)).toEqual(await contents(from))
  } finally {
    await from.run(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slot}' AND NOT active`,
    )
    await Promise.all([from.drop(), to.drop()])
    await rm(home, { recursive: true, force: true })
  }
}

/** Inserts, updates, changed keys and deletes, in transactions of many sizes. */
async function change(database: TestDatabase, round: number): Promise<void> {
  const base = rows + round * 1_000
  for (let at = 0; at < 30; at++) {
    const id = base + at * 10
    await database.run(
      `BEGIN; INSERT INTO orders SELECT g, 'new', 1, now() FROM generate_series(${id + 1}, ${id + 10}) g;
       UPDATE orders SET note = 'changed ${round}.${at}' WHERE id % 997 = ${at};
       UPDATE orders SET id = -id WHERE id = ${id + 3};
       DELETE FROM orders WHERE id IN (${id + 5}, ${round * 50 + at + 1}); COMMIT`,
    )
    await sleep(20)
  }
}

async function sumOf(database: TestDatabase, md5: string): Promise<string> {
  const part = `conv(substr(${md5}(concat(id, note)), 1, 8), 16, 10)`
  const number = md5 === 'md5' ? `('x' || substr(md5(concat(id, note)), 1, 8))::bit(32)::bigint` : part
  const [row] = await database.rows(`SELECT count(*), sum(${number}) FROM orders`)
  return row!.map(one => String(Number(one))).join('/')
}

function contents(database: TestDatabase) {
  return database.rows(`SELECT id, note FROM orders ORDER BY id`)
}

function captureConfig(database: TestDatabase, slot: string): Record<string, string> {
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'topic.prefix': 'shop',
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
    'database.dbname': database.database,
    'slot.name': slot,
    'slot.retry.delay.ms': '200',
    'slot.max.retries': '100',
    'time.precision.mode': 'connect',
    'table.include.list': 'public.orders',
    transforms: 'unwrap',
    'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
  }
}

function storeConfig(database: TestDatabase): Record<string, string> {
  return {
    'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
    topics: 'shop.public.orders',
    ...database.connection,
    'table.name.format': 'orders',
    'insert.mode': 'upsert',
    'pk.mode': 'record_key',
    'delete.enabled': 'true',
    'auto.create': 'true',
  }
}

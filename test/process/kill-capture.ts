import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { DatabaseAddress } from '../servers/database/database-server.js'
import { mysqlDatabase, type TestDatabase } from '../servers/database/test-database.js'
import type { CapturedDatabase } from './captured-database.js'
import { putConnector, startNodeProcess, until } from './node-process.js'

const rows = 40_000
const json = {
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
}

/**
 * A database → change capture → ExtractNewRecordState → topic → JDBC sink → MariaDB, on a node that is killed with SIGKILL at random moments, so often
 * while rows are read that were there, and so often while changes stream. In the end both tables must be the same. Drops what was captured.
 */
export async function killCapture(
  from: CapturedDatabase,
  mariadb: DatabaseAddress,
  rounds: { readonly snapshot: number; readonly stream: number },
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-kill-capture-'))
  const to = await mysqlDatabase(mariadb)
  try {
    await from.fill(rows)
    let node = await startNodeProcess(join(home, 'data'), ['--empty'])
    await putConnector(node.url, 'capture', { ...from.config, ...json })
    await putConnector(node.url, 'store', { ...storeConfig(to, from.topic), ...json })
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
    await until('both tables to be the same', 120_000, async () => (await sumOf(to)) === (await sumOf(from.database)))
    expect(await node.end('SIGTERM'), node.output()).toMatchObject({ code: 0 })
    expect(await contents(to)).toEqual(await contents(from.database))
  } finally {
    await Promise.all([from.drop(), to.drop()])
    await rm(home, { recursive: true, force: true })
  }
}

/** Inserts, updates, changed keys and deletes, in transactions of many sizes. */
async function change(from: CapturedDatabase, round: number): Promise<void> {
  const base = rows + round * 1_000
  for (let at = 0; at < 30; at++) {
    await from.change({
      id: base + at * 10,
      note: `changed ${round}.${at}`,
      remainder: at,
      deleted: round * 50 + at + 1,
    })
    await sleep(20)
  }
}

/** Enough to see that they differ; both kinds of servers can reckon it. */
async function sumOf(database: TestDatabase): Promise<string> {
  const [row] = await database.rows(
    `SELECT count(*), sum(id), sum(id * char_length(note)), sum(ascii(right(note, 1)) * (id % 1009)) FROM orders`,
  )
  return row!.map(one => String(Number(one))).join('/')
}

function contents(database: TestDatabase) {
  return database.rows(`SELECT id, note FROM orders ORDER BY id`)
}

function storeConfig(database: TestDatabase, topic: string): Record<string, string> {
  return {
    'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
    topics: topic,
    ...database.connection,
    'table.name.format': 'orders',
    'insert.mode': 'upsert',
    'pk.mode': 'record_key',
    'delete.enabled': 'true',
    'auto.create': 'true',
  }
}

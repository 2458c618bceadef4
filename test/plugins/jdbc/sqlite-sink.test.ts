import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'libsql'
import { afterAll, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import { Decimal, schema, type RawConfig, type SinkPlugin } from '../../../src/plugin/index.js'
import { putConnector, startNodeProcess, until } from '../../process/node-process.js'
import { SinkDrive, type MadeRecord } from '../sink-drive.js'

const sink = (plugins as readonly (SinkPlugin | { name: string })[]).find(
  ({ name }) => name === 'jdbc-sink',
) as SinkPlugin
const folder = mkdtempSync(join(tmpdir(), 'millrace-sqlite-sink-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

const keySchema = schema.struct({ id: schema.int32() })
const rowSchema = schema.struct({ id: schema.int32(), note: schema.string({ optional: true }) })
const upserted = (id: number, note: string | null): MadeRecord => ({
  key: { id },
  keySchema,
  value: { id, note },
  valueSchema: rowSchema,
})
const deleted = (id: number): MadeRecord => ({ key: { id }, keySchema, value: null })
const byKey = { 'pk.mode': 'record_key', 'insert.mode': 'upsert', 'delete.enabled': 'true', 'auto.create': 'true' }

/** Does something with a database's file from outside, as another program would. */
function within<T>(file: string, use: (database: Database.Database) => T): T {
  const database = new Database(file)
  try {
    database.exec('PRAGMA busy_timeout = 10000')
    return use(database)
  } finally {
    database.close()
  }
}
const rowsOf = (file: string, columns = 'id, note', table = 'things') =>
  within(file, database =>
    database.prepare(`SELECT ${columns} FROM ${table} ORDER BY id`).safeIntegers(true).raw(true).all(),
  ) as unknown[][]

async function open(more: RawConfig = {}, { tolerant = true } = {}): Promise<{ drive: SinkDrive; file: string }> {
  const file = join(folder, `${files++}.db`)
  const raw = { 'connection.url': `jdbc:sqlite:${file}`, 'retry.backoff.ms': '50', ...byKey, ...more }
  return { drive: await SinkDrive.open(sink, raw, { tolerant }), file }
}

test('a thousand changes of some keys in one batch end as the last of each says', async () => {
  const { drive, file } = await open()
  const made = Array.from({ length: 1_000 }, (_, at) =>
    at % 7 === 3 ? deleted(at % 5) : upserted(at % 5, `change ${at}`),
  )
  await drive.put(made)
  const wanted = new Map<number, string>()
  for (const { key, value } of made) {
    const { id } = key as { id: number }
    if (value === null) wanted.delete(id)
    else wanted.set(id, (value as { note: string }).note)
  }
  expect(rowsOf(file)).toEqual([...wanted].toSorted(([a], [b]) => a - b).map(([id, note]) => [BigInt(id), note]))
  await drive.close()
})

test.each([
  ['', { day: 1_772_323_200_000n, time: 36_672_345n, at: 1_782_900_000_123n }],
  ['?date_class=TEXT', { day: '2026-03-01', time: '10:11:12.345', at: '2026-07-01 10:00:00.123' }],
])('every type of a record has its column, and what it holds stays: %s', async (properties, moments) => {
  const of = schema.struct({
    id: schema.int32(),
    i8: schema.int8(),
    i64: schema.int64(),
    f32: schema.float32(),
    f64: schema.float64(),
    yes: schema.boolean(),
    text: schema.string(),
    bytes: schema.bytes(),
    amount: schema.decimal(2),
    day: schema.date(),
    time: schema.time(),
    at: schema.timestamp(),
    none: schema.string({ optional: true }),
  })
  const path = join(folder, `${files++}.db`)
  const { drive } = await open({ 'connection.url': `jdbc:sqlite:${path}${properties}`, 'date.timezone': 'UTC' })
  const value = {
    id: 1,
    i8: -128,
    i64: 9_223_372_036_854_775_807n,
    f32: 1.5,
    f64: 0.1,
    yes: true,
    text: `O'Hara \\ "😀"`,
    bytes: Buffer.from([0, 255, 39]),
    amount: new Decimal(-12345n, 2),
    day: new Date('2026-03-01T00:00:00Z'),
    time: new Date('1970-01-01T10:11:12.345Z'),
    at: new Date('2026-07-01T10:00:00.123Z'),
    none: null,
  }
  await drive.put([{ key: { id: 1 }, keySchema, value, valueSchema: of }])
  expect(drive.rejected).toEqual([])
  expect(rowsOf(path, 'i8, i64, f32, f64, yes, text, lower(hex(bytes)), amount, day, time, at, none, id')).toEqual([
    [
      -128n,
      9_223_372_036_854_775_807n,
      1.5,
      0.1,
      1n,
      value.text,
      '00ff27',
      -123.45,
      moments.day,
      moments.time,
      moments.at,
      null,
      1n,
    ],
  ])
  const declared = within(path, database =>
    database.prepare(`SELECT name || ' ' || type FROM pragma_table_info('things')`).raw(true).all(),
  )
  expect(declared.flat()).toEqual(
    expect.arrayContaining(['id INTEGER', 'amount NUMERIC', 'bytes BLOB', 'text TEXT', 'f64 REAL', 'at NUMERIC']),
  )
  await drive.close()
})

test('tables grow by optional and defaulted fields, and by nothing else', async () => {
  const { drive, file } = await open({ 'auto.evolve': 'true' })
  await drive.put([upserted(1, 'a')])
  const wider = schema.struct([
    ...rowSchema.fields!,
    { name: 'extra', schema: schema.int64({ optional: true }) },
    { name: 'flag', schema: schema.int32({ default: 5 }) },
  ])
  const value = { id: 2, note: 'x', extra: 2n ** 60n, flag: null }
  await drive.put([{ key: { id: 2 }, keySchema, value, valueSchema: wider }, upserted(3, 'narrow')])
  const required = schema.struct([...rowSchema.fields!, { name: 'needed', schema: schema.string() }])
  const needed = { id: 4, note: 'x', needed: 'x' }
  await drive.put([{ key: { id: 4 }, keySchema, value: needed, valueSchema: required }, upserted(5, 'after')])
  expect(drive.rejected.map(({ error }) => error.message)).toEqual([
    expect.stringContaining('one that is required cannot be added'),
  ])
  expect(rowsOf(file, 'id, note, extra, flag')).toEqual([
    [1n, 'a', null, 5n],
    [2n, 'x', 2n ** 60n, 5n],
    [3n, 'narrow', null, 5n],
    [5n, 'after', null, 5n],
  ])
  await drive.close()
})

test('of three thousand rows one that the database refuses is set aside; where none may be, none of its batch stays', async () => {
  const batch = Array.from({ length: 3_000 }, (_, id) => upserted(id, id === 1_500 ? 'bad' : `note ${id}`))
  for (const tolerant of [true, false]) {
    const { drive, file } = await open({}, { tolerant })
    within(file, database =>
      database.exec(`CREATE TABLE things (id INTEGER PRIMARY KEY, note TEXT CHECK (note <> 'bad'))`),
    )
    if (tolerant) await drive.put(batch)
    else await expect(drive.put(batch)).rejects.toThrow(/CHECK/)
    expect(drive.rejected.map(({ record }) => record.kafkaOffset)).toEqual([1_500])
    expect(rowsOf(file).length).toBe(tolerant ? 2_999 : 0)
    await drive.close()
  }
})

test('rows of many columns, and very many of them, are divided by themselves; the same batch again changes nothing', async () => {
  const wide = schema.struct([
    { name: 'id', schema: schema.int32() },
    ...Array.from({ length: 300 }, (_, at) => ({ name: `c${at}`, schema: schema.int32() })),
  ])
  const { drive, file } = await open()
  const records = drive.records(
    Array.from({ length: 3_000 }, (_, id) => ({
      key: { id },
      keySchema,
      valueSchema: wide,
      value: { id, ...Object.fromEntries(Array.from({ length: 300 }, (__, at) => [`c${at}`, id + at])) },
    })),
  )
  await drive.putAgain(records)
  const sums = 'count(*), sum(id), sum(c299), min(id) AS id'
  const once = rowsOf(file, sums)
  expect(once).toEqual([[3_000n, 4_498_500n, 5_395_500n, 0n]])
  await drive.putAgain(records)
  expect(rowsOf(file, sums)).toEqual(once)
  await drive.close()
})

test('while another program holds the lock, nothing is set aside: it is written afterwards', async () => {
  const { drive, file } = await open()
  await drive.put([upserted(1, 'before')])
  const other = new Database(file)
  other.exec('BEGIN IMMEDIATE')
  other.exec(`INSERT INTO things VALUES (9, 'of another')`)
  const putting = drive.put([upserted(2, 'waited')])
  await sleep(500)
  other.exec('COMMIT')
  other.close()
  await putting
  expect(drive.rejected).toEqual([])
  expect(rowsOf(file)).toEqual([
    [1n, 'before'],
    [2n, 'waited'],
    [9n, 'of another'],
  ])
  await drive.close()
})

test(
  'a node that is killed again and again while it writes: each row is there once',
  { timeout: 120_000 },
  async () => {
    const [from, to] = [join(folder, 'from.db'), join(folder, 'to.db')]
    const count = 30_000
    within(from, database =>
      database.exec(`CREATE TABLE lines (id INTEGER PRIMARY KEY, note TEXT NOT NULL);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      INSERT INTO lines SELECT i, 'line ' || i FROM n`),
    )
    const json = {
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    }
    const home = join(folder, 'node')
    let node = await startNodeProcess(home, ['--empty'])
    try {
      await putConnector(node.url, 'read', {
        ...json,
        'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
        'connection.url': `jdbc:sqlite:${from}`,
        mode: 'incrementing',
        'topic.prefix': 'from-',
        'table.whitelist': 'lines',
        'poll.interval.ms': '100',
      })
      await putConnector(node.url, 'store', {
        ...json,
        'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
        'connection.url': `jdbc:sqlite:${to}`,
        topics: 'from-lines',
        'table.name.format': 'lines',
        'insert.mode': 'upsert',
        'pk.mode': 'record_value',
        'pk.fields': 'id',
        'auto.create': 'true',
        'batch.size': '100',
        'consumer.override.max.poll.records': '200',
      })
      const arrived = (): number => {
        try {
          return Number(rowsOf(to, 'count(*), 1 AS id', 'lines')[0]![0])
        } catch {
          return 0
        }
      }
      for (let round = 0; round < 4; round++) {
        const before = arrived()
        await until('rows to arrive', 30_000, () => arrived() > before || arrived() === count)
        await node.end('SIGKILL')
        node = await startNodeProcess(home)
      }
      await until('all rows to arrive', 60_000, () => arrived() === count)
      expect(rowsOf(to, 'count(*), sum(id), min(note), 1 AS id', 'lines')).toEqual(
        rowsOf(from, 'count(*), sum(id), min(note), 1 AS id', 'lines'),
      )
    } finally {
      await node.end('SIGKILL')
    }
  },
)

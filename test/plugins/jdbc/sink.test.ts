import { acceptSink } from 'millrace/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import { Decimal, schema, type RawConfig, type SinkPlugin } from '../../../src/plugin/index.js'
import type { DatabaseServer } from '../../servers/database/database-server.js'
import { startMariadb } from '../../servers/database/start-mariadb.js'
import { startMysql } from '../../servers/database/start-mysql.js'
import { startPostgres } from '../../servers/database/start-postgres.js'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import {
  describeWithMariadb,
  describeWithMysql,
  describeWithPostgres,
  serverStartMs,
} from '../../servers/shared/suites.js'
import { SinkDrive, type MadeRecord } from '../sink-drive.js'

const sink = (plugins as readonly (SinkPlugin | { name: string })[]).find(
  ({ name }) => name === 'jdbc-sink',
) as SinkPlugin
const module = new URL('../../../plugins/jdbc/dist/index.js', import.meta.url)

const servers = [
  {
    name: 'PostgreSQL',
    isPostgres: true,
    suite: describeWithPostgres,
    open: async () => postgresDatabase(await sharedServer('postgres')),
    start: () => startPostgres(),
    databaseOf: postgresDatabase,
  },
  {
    name: 'MariaDB',
    isPostgres: false,
    suite: describeWithMariadb,
    open: async () => mysqlDatabase(await sharedServer('mariadb')),
    start: () => startMariadb(),
    databaseOf: mysqlDatabase,
  },
  {
    name: 'MySQL',
    isPostgres: false,
    suite: describeWithMysql,
    open: async () => mysqlDatabase(await sharedServer('mysql')),
    start: () => startMysql(),
    databaseOf: mysqlDatabase,
  },
] as const

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

describe.each(servers)('the JDBC sink on $name', ({ suite, open, start, databaseOf, isPostgres }) => {
  suite('with a server', () => {
    let database: TestDatabase
    let tables = 0
    const drives: SinkDrive[] = []
    beforeAll(async () => {
      database = await open()
    }, serverStartMs)
    afterAll(async () => {
      await Promise.all(drives.map(drive => drive.close()))
      await database?.drop()
    })
    const table = (): string => `s${tables++}`
    const drive = async (name: string, more: RawConfig = {}, tolerant = true): Promise<SinkDrive> => {
      const raw = { ...database.connection, 'table.name.format': name, 'retry.backoff.ms': '50', ...more }
      const opened = await SinkDrive.open(sink, raw, { tolerant })
      drives.push(opened)
      return opened
    }
    const rowsOf = (name: string, columns = 'id, note') => database.rows(`SELECT ${columns} FROM ${name} ORDER BY id`)

    acceptSink(sink, {
      test,
      module,
      config: () => ({
        ...database.connection,
        'table.name.format': table(),
        'insert.mode': 'upsert',
        'pk.mode': 'record_value',
        'pk.fields': 'id',
        'auto.create': 'true',
      }),
      read: config =>
        rowsOf(config['table.name.format']!).then(
          rows => rows.map(([id, note]) => ({ id: Number(id), note: note! })),
          () => [],
        ),
      value: id => ({ id, note: `note ${id}` }),
      valueSchema: rowSchema,
      rejects: { id: null, note: 'without a key' },
      can: { exactlyOnce: true, order: false },
    })

    test('a thousand changes of one key in one batch, shuffled among others, end as the last of them says', async () => {
      const name = table()
      const sinking = await drive(name, byKey)
      const made: MadeRecord[] = []
      for (let at = 0; at < 1_000; at++) {
        made.push(at % 7 === 3 ? deleted(1) : upserted(1, `change ${at}`))
        made.push(upserted(2 + (at % 5), `other ${at}`))
        if (at % 11 === 0) made.push(deleted(2 + (at % 5)))
      }
      await sinking.put(made)
      const wanted = new Map<number, string>()
      for (const { key, value } of made) {
        const { id } = key as { id: number }
        if (value === null) wanted.delete(id)
        else wanted.set(id, (value as { note: string }).note)
      }
      expect(await rowsOf(name)).toEqual(
        [...wanted].toSorted(([a], [b]) => a - b).map(([id, note]) => [String(id), note]),
      )
    })

    test('of three thousand rows one that the database refuses is set aside, and all others are written', async () => {
      const name = table()
      await database.run(`CREATE TABLE ${name} (id int PRIMARY KEY, note varchar(10) NOT NULL)`)
      const made = Array.from({ length: 3_000 }, (_, id) =>
        upserted(id, id === 1_499 ? 'much too long for it' : `n${id}`),
      )
      const sinking = await drive(name, { 'pk.mode': 'record_key', 'insert.mode': 'insert' })
      await sinking.put(made)
      expect(sinking.rejected.map(({ record }) => record.kafkaOffset)).toEqual([1_499])
      expect(sinking.rejected[0]!.error.message).toMatch(/refuses the record at things-0, offset 1499: .*too long/i)
      expect(await database.rows(`SELECT count(*) FROM ${name}`)).toEqual([['2999']])
    })

    test('where no record may be set aside, none of its batch stays', async () => {
      const name = table()
      await database.run(`CREATE TABLE ${name} (id int PRIMARY KEY, note varchar(10) NOT NULL)`)
      const sinking = await drive(name, { 'pk.mode': 'record_key', 'insert.mode': 'insert' }, false)
      await expect(sinking.put([upserted(1, 'a'), upserted(2, null), upserted(3, 'c')])).rejects.toThrow('offset 1')
      expect(await rowsOf(name)).toEqual([])
    })

    test('where the last change of a key is refused, the one before it counts', async () => {
      const name = table()
      await database.run(`CREATE TABLE ${name} (id int PRIMARY KEY, note varchar(10))`)
      const sinking = await drive(name, { ...byKey, 'auto.create': 'false' })
      await sinking.put([upserted(1, 'first'), upserted(1, 'second'), upserted(1, 'the third is too long')])
      expect(await rowsOf(name)).toEqual([['1', 'second']])
      expect(sinking.rejected.map(({ record }) => record.kafkaOffset)).toEqual([2])
    })

    test('the same batch again after a crash changes nothing', async () => {
      const name = table()
      const sinking = await drive(name, byKey)
      const records = sinking.records([upserted(1, 'a'), upserted(2, 'b'), deleted(1), upserted(3, null)])
      await sinking.putAgain(records)
      await (await drive(name, byKey)).putAgain(records)
      expect(await rowsOf(name)).toEqual([
        ['2', 'b'],
        ['3', null],
      ])
    })

    test('keys of several fields, of none, of Kafka’s coordinates, of one primitive', async () => {
      const pair = schema.struct({ a: schema.int32(), b: schema.string() })
      const names = [table(), table(), table(), table()] as const
      const two = await drive(names[0], byKey)
      const value = { value: { note: 'x' }, valueSchema: schema.struct({ note: schema.string() }) }
      await two.put([
        { key: { a: 1, b: 'x' }, keySchema: pair, ...value },
        { key: { a: 1, b: 'y' }, keySchema: pair, ...value },
        { key: { a: 1, b: 'x' }, keySchema: pair, value: null },
      ])
      expect(await database.rows(`SELECT a, b, note FROM ${names[0]}`)).toEqual([['1', 'y', 'x']])
      await (await drive(names[1], { 'auto.create': 'true' })).put([value, value])
      expect(await database.rows(`SELECT note FROM ${names[1]}`)).toEqual([['x'], ['x']])
      const kafka = await drive(names[2], { 'pk.mode': 'kafka', 'auto.create': 'true', 'insert.mode': 'upsert' })
      await kafka.put([value, value])
      expect(
        await database.rows(
          `SELECT __connect_topic, __connect_partition, __connect_offset, note FROM ${names[2]} ORDER BY 3`,
        ),
      ).toEqual([
        ['things', '0', '0', 'x'],
        ['things', '0', '1', 'x'],
      ])
      const one = await drive(names[3], { ...byKey, 'pk.fields': 'id' })
      await one.put([{ key: 7, keySchema: schema.int64(), ...value }])
      expect(await rowsOf(names[3])).toEqual([['7', 'x']])
    })

    test('records that cannot be rows are set aside, each with its reason', async () => {
      const sinking = await drive(table(), byKey)
      const map = schema.struct({ m: schema.map(schema.string(), schema.string()) })
      await sinking.put([
        { key: { id: 1 }, keySchema, value: { m: new Map() }, valueSchema: map },
        { key: { id: 1 }, keySchema, value: { id: 1 } },
        { key: null, value: { id: 1, note: 'x' }, valueSchema: rowSchema },
        { key: 5, keySchema: schema.int32(), value: { id: 1, note: 'x' }, valueSchema: rowSchema },
        { key: { id: null }, keySchema, value: { id: 1, note: 'x' }, valueSchema: rowSchema },
        upserted(9, 'good'),
      ])
      expect(sinking.rejected.map(({ error }) => error.message)).toEqual([
        'Unsupported source data type: MAP.',
        'The record at things-0, offset 1, has a value without a schema.',
        'The record at things-0, offset 2, has no key.',
        'The record at things-0, offset 3, has a primitive key.',
        'The field "id" of the key is null.',
      ])
    })

    test('tables grow by optional and defaulted fields, and by nothing else', async () => {
      const name = table()
      const sinking = await drive(name, { ...byKey, 'auto.evolve': 'true' })
      await sinking.put([upserted(1, 'a')])
      const wider = schema.struct([
        ...rowSchema.fields!,
        { name: 'extra', schema: schema.int64({ optional: true }) },
        { name: 'flag', schema: schema.int32({ default: 5 }) },
      ])
      const of = (id: number, of: typeof wider, more: object): MadeRecord => ({
        key: { id },
        keySchema,
        value: { id, note: 'x', ...more },
        valueSchema: of,
      })
      await sinking.put([of(2, wider, { extra: 2n ** 60n, flag: null }), upserted(3, 'narrow')])
      const required = schema.struct([...rowSchema.fields!, { name: 'needed', schema: schema.string() }])
      await sinking.put([of(4, required, { needed: 'x' }), upserted(5, 'after')])
      expect(sinking.rejected.map(({ error }) => error.message)).toEqual([
        expect.stringContaining('one that is required cannot be added'),
      ])
      const capitals = schema.struct([
        { name: 'ID', schema: schema.int32() },
        { name: 'NOTE', schema: schema.string() },
      ])
      await sinking.put([
        {
          key: { id: 6 },
          keySchema,
          value: { ID: 6, NOTE: 'capitals' },
          valueSchema: schema.struct([capitals.fields![1]!]),
        },
      ])
      expect(await rowsOf(name, 'id, note, extra, flag')).toEqual([
        ['1', 'a', null, '5'],
        ['2', 'x', '1152921504606846976', '5'],
        ['3', 'narrow', null, '5'],
        ['5', 'after', null, '5'],
        ['6', 'capitals', null, '5'],
      ])
    })

    test('two tasks that make and change the same table at once do not fail', async () => {
      for (let round = 0; round < 5; round++) {
        const name = table()
        const both = await Promise.all([
          drive(name, { ...byKey, 'auto.evolve': 'true' }),
          drive(name, { ...byKey, 'auto.evolve': 'true' }),
        ])
        await Promise.all(both.map((one, at) => one.put([upserted(at, 'x')])))
        const wider = schema.struct([...rowSchema.fields!, { name: 'extra', schema: schema.int32({ optional: true }) }])
        await Promise.all(
          both.map((one, at) =>
            one.put([{ key: { id: at }, keySchema, value: { id: at, note: 'y', extra: 1 }, valueSchema: wider }]),
          ),
        )
        expect(await rowsOf(name, 'id, note, extra')).toEqual([
          ['0', 'y', '1'],
          ['1', 'y', '1'],
        ])
      }
    })

    test('every type of a record has its column, and comes back as it was', async () => {
      const name = table()
      const of = schema.struct({
        id: schema.int32(),
        i8: schema.int8(),
        i16: schema.int16(),
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
      })
      const sinking = await drive(name, { ...byKey, 'date.timezone': 'UTC', 'db.timezone': 'Europe/Berlin' })
      await sinking.put([
        {
          key: { id: 1 },
          keySchema,
          valueSchema: of,
          value: {
            id: 1,
            i8: -128,
            i16: 32_767,
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
          },
        },
      ])
      expect(sinking.rejected).toEqual([])
      const bytes = isPostgres ? `encode(bytes, 'hex')` : 'lower(hex(bytes))'
      expect(await rowsOf(name, `id, i8, i16, i64, f32, f64, yes, text, ${bytes}, amount, day, time, at`)).toEqual([
        [
          '1',
          '-128',
          '32767',
          '9223372036854775807',
          '1.5',
          '0.1',
          isPostgres ? 't' : '1',
          `O'Hara \\ "😀"`,
          '00ff27',
          '-123.45',
          '2026-03-01',
          '11:11:12.345',
          '2026-07-01 12:00:00.123',
        ],
      ])
    })

    test('wide rows in great number, and very long ones, are divided by themselves', { timeout: 120_000 }, async () => {
      const name = table()
      const wide = schema.struct([
        { name: 'id', schema: schema.int32() },
        ...Array.from({ length: 299 }, (_, at) => ({ name: `c${at}`, schema: schema.int32() })),
      ])
      const columns = Object.fromEntries(Array.from({ length: 299 }, (_, at) => [`c${at}`, at]))
      const sinking = await drive(name, byKey)
      await sinking.put(
        Array.from({ length: 3_000 }, (_, id) => ({
          key: { id },
          keySchema,
          value: { id, ...columns },
          valueSchema: wide,
        })),
      )
      expect(await database.rows(`SELECT count(*), sum(c298) FROM ${name}`)).toEqual([['3000', String(3_000 * 298)]])
      const long = table()
      await database.run(`CREATE TABLE ${long} (id int PRIMARY KEY, note ${isPostgres ? 'text' : 'longtext'})`)
      const text = 'x'.repeat(4 << 20)
      await (await drive(long, byKey)).put(Array.from({ length: 8 }, (_, id) => upserted(id, text)))
      expect(await database.rows(`SELECT count(*), min(length(note)) FROM ${long}`)).toEqual([['8', String(4 << 20)]])
    })

    test('topics find their tables, whatever is in their names', async () => {
      const raw = { ...database.connection, ...byKey }
      const sinking = await SinkDrive.open(sink, { ...raw, 'topics.to.tables.mapping': 'odd topic:mapped' })
      drives.push(sinking)
      const long = 'T'.repeat(60)
      const topics = ['with-dash', 'UPPER', long, 'odd topic']
      await sinking.put(topics.map(topic => ({ ...upserted(1, topic), topic })))
      const quote = isPostgres ? '"' : '`'
      for (const [topic, name] of [
        ...topics.slice(0, 3).map(topic => [topic, topic] as const),
        ['odd topic', 'mapped'] as const,
      ])
        expect(await rowsOf(quote + name + quote)).toEqual([['1', topic]])
      const normalized = await SinkDrive.open(sink, {
        ...raw,
        'table.name.normalize': 'true',
        'table.name.format': 'n_${topic}',
      })
      drives.push(normalized)
      await normalized.put([{ ...upserted(1, 'x'), topic: 'a.b-c' }])
      expect(await rowsOf('n_a_b_c')).toEqual([['1', 'x']])
    })

    test('update changes rows that are there and makes none', async () => {
      const name = table()
      await database.run(`CREATE TABLE ${name} (id int PRIMARY KEY, note varchar(10))`)
      await database.run(`INSERT INTO ${name} VALUES (1, 'old')`)
      await (
        await drive(name, { 'pk.mode': 'record_key', 'insert.mode': 'update' })
      ).put([upserted(1, 'new'), upserted(2, 'none')])
      expect(await rowsOf(name)).toEqual([['1', 'new']])
    })

    test('two tasks that wait for each other are both done in the end, and no record is set aside', async () => {
      const name = table()
      const first = await drive(name, byKey)
      await first.put(Array.from({ length: 50 }, (_, id) => upserted(id, 'start')))
      const second = await drive(name, byKey)
      const ids = Array.from({ length: 50 }, (_, id) => id)
      const insist = async (sinking: SinkDrive, order: readonly number[], note: string): Promise<number> => {
        const records = sinking.records(order.map(id => upserted(id, note)))
        for (let attempt = 0; ; attempt++) {
          try {
            await sinking.putAgain(records)
            return attempt
          } catch (error) {
            if ((error as { disposition?: string }).disposition !== 'retry') throw error
          }
        }
      }
      for (let round = 0; round < 20; round++)
        await Promise.all([insist(first, ids, `a${round}`), insist(second, ids.toReversed(), `b${round}`)])
      expect([...first.rejected, ...second.rejected]).toEqual([])
      expect(await database.rows(`SELECT count(*) FROM ${name} WHERE note IN ('a19', 'b19')`)).toEqual([['50']])
    })

    test('validation says what does not go together, all of it, and tries the database', async () => {
      const issues = await SinkDrive.validate(sink, {
        ...database.connection,
        'delete.enabled': 'true',
        'insert.mode': 'upsert',
        'topics.to.tables.mapping': 'nothing',
      })
      expect(issues.map(({ key }) => key)).toEqual([
        'delete.enabled',
        'pk.mode',
        'insert.mode',
        'pk.mode',
        'topics.to.tables.mapping',
      ])
      const wrong = await SinkDrive.validate(sink, { ...database.connection, 'connection.password': 'hunter2-wrong' })
      expect(wrong.map(({ key }) => key)).toEqual(['connection.url', 'connection.user', 'connection.password'])
      expect(JSON.stringify(wrong)).not.toContain('hunter2')
    })

    test(
      'while the database is away nothing is set aside, and afterwards all is written',
      { timeout: 180_000 },
      async () => {
        const server: DatabaseServer = await start()
        try {
          const away = await databaseOf(server)
          const sinking = await SinkDrive.open(sink, {
            ...away.connection,
            ...byKey,
            'table.name.format': 'kept',
            'max.retries': '3',
            'retry.backoff.ms': '10',
          })
          drives.push(sinking)
          await sinking.put([upserted(1, 'before')])
          await server.kill()
          const records = sinking.records([upserted(2, 'meanwhile'), upserted(3, null)])
          for (let attempt = 1; attempt <= 3; attempt++)
            await expect(sinking.putAgain(records)).rejects.toMatchObject({
              code: 'jdbc.unavailable',
              disposition: 'retry',
            })
          await expect(sinking.putAgain(records)).rejects.toMatchObject({
            code: 'jdbc.unavailable',
            disposition: 'fatal',
          })
          await server.start()
          await sinking.putAgain(records)
          expect(sinking.rejected).toEqual([])
          expect(await away.rows('SELECT id, note FROM kept ORDER BY id')).toEqual([
            ['1', 'before'],
            ['2', 'meanwhile'],
            ['3', null],
          ])
        } finally {
          await server.stop()
        }
      },
    )
  })
})

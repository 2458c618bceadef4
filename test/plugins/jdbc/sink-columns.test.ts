import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import { schema, type SinkPlugin } from '../../../src/plugin/index.js'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import {
  describeWithMariadb,
  describeWithMysql,
  describeWithPostgres,
  serverStartMs,
} from '../../servers/shared/suites.js'
import { SinkDrive } from '../sink-drive.js'

const sink = (plugins as readonly (SinkPlugin | { name: string })[]).find(
  ({ name }) => name === 'jdbc-sink',
) as SinkPlugin

const byKey = { 'pk.mode': 'record_key', 'insert.mode': 'upsert', 'delete.enabled': 'true' }

describeWithPostgres('columns that only PostgreSQL has', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await postgresDatabase(await sharedServer('postgres'))
  }, serverStartMs)
  afterAll(() => database?.drop())

  test('texts become what the column is: uuid, jsonb, an enum, an address, an interval, a timestamp with zone', async () => {
    await database.run(`CREATE TYPE mood AS ENUM ('sad', 'happy')`)
    await database.run(
      'CREATE TABLE special (id uuid PRIMARY KEY, j jsonb, m mood, a inet, i interval, z timestamptz, tags text[], n numeric)',
    )
    const of = schema.struct({
      j: schema.string(),
      m: schema.string(),
      a: schema.string(),
      i: schema.string(),
      z: schema.timestamp(),
      tags: schema.array(schema.string({ optional: true })),
      n: schema.string(),
    })
    const sinking = await SinkDrive.open(sink, {
      ...database.connection,
      ...byKey,
      'pk.fields': 'id',
      'table.name.format': 'special',
      'db.timezone': 'Europe/Berlin',
    })
    const key = { key: '3e11fa47-71ca-11e1-9e33-c80aa9429562', keySchema: schema.string() }
    const value = {
      j: '{"a":1}',
      m: 'sad',
      a: '10.0.0.1',
      i: '1 day',
      z: new Date('2026-03-01T12:00:00Z'),
      tags: ['a"b', null, 'c,d'],
      n: '1e3',
    }
    await sinking.put([{ ...key, value, valueSchema: of }])
    await database.run(`SET TimeZone = 'UTC'`)
    expect(sinking.rejected).toEqual([])
    expect(await database.rows('SELECT j, m, a, i, z, tags, n FROM special')).toEqual([
      ['{"a": 1}', 'sad', '10.0.0.1', '1 day', '2026-03-01 12:00:00+00', '{"a\\"b",NULL,"c,d"}', '1000'],
    ])
    await sinking.put([{ ...key, value: null }])
    expect(await database.rows('SELECT id FROM special')).toEqual([])
    await sinking.close()
  })
})

const servers = [
  {
    name: 'MariaDB',
    suite: describeWithMariadb,
    open: async () => mysqlDatabase(await sharedServer('mariadb')),
    json: '{"b":2,"a":1.50}',
    refused: /refuses the record at things-0, offset 1: .*CONSTRAINT `positive` failed/,
  },
  {
    name: 'MySQL',
    suite: describeWithMysql,
    open: async () => mysqlDatabase(await sharedServer('mysql')),
    json: '{"a": 1.5, "b": 2}',
    refused: /refuses the record at things-0, offset 1: .*constraint 'positive' is violated/,
  },
] as const

describe.each(servers)('columns of $name', ({ suite, open, json, refused }) => {
  suite('with a server', () => {
    let database: TestDatabase
    beforeAll(async () => {
      database = await open()
    }, serverStartMs)
    afterAll(() => database?.drop())

    test('texts and bytes become what the column is, generated columns are left alone, and a check refuses one row', async () => {
      await database.run(
        `CREATE TABLE special (id int PRIMARY KEY, j json, e enum('a','b'), s set('x','y'), g geometry, y year, b bit(8),
         d datetime(6), t timestamp(6) NULL, n int, twice int AS (n * 2) STORED, made varchar(9) DEFAULT 'made',
         CONSTRAINT positive CHECK (n > 0))`,
      )
      const of = schema.struct({
        j: schema.string(),
        e: schema.string(),
        s: schema.string(),
        g: schema.bytes(),
        y: schema.int16(),
        b: schema.bytes(),
        d: schema.timestamp(),
        t: schema.timestamp(),
        n: schema.int32(),
      })
      const sinking = await SinkDrive.open(
        sink,
        {
          ...database.connection,
          ...byKey,
          'pk.fields': 'id',
          'table.name.format': 'special',
          'db.timezone': 'Europe/Berlin',
        },
        { tolerant: true },
      )
      const at = new Date('2026-03-01T12:00:00.123Z')
      const row = (id: number, n: number, j = '{"b":2,"a":1.50}') => ({
        key: id,
        keySchema: schema.int32(),
        value: {
          j,
          e: 'b',
          s: 'x,y',
          g: Buffer.from('AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==', 'base64'),
          y: 2026,
          b: Buffer.from([0x81]),
          d: at,
          t: at,
          n,
        },
        valueSchema: of,
      })
      await sinking.put([row(1, 5), row(2, -1), row(3, 7, '{'), row(1, 6)])
      await database.run(`SET time_zone = '+00:00'`)
      expect(
        await database.rows('SELECT id, concat(j), e, s, ST_AsText(g), y, hex(b), d, t, n, twice, made FROM special'),
      ).toEqual([
        [
          '1',
          json,
          'b',
          'x,y',
          'POINT(1 2)',
          '2026',
          '81',
          '2026-03-01 13:00:00.123000',
          '2026-03-01 12:00:00.123000',
          '6',
          '12',
          'made',
        ],
      ])
      expect(sinking.rejected.map(({ record }) => record.kafkaOffset)).toEqual([1, 2])
      expect(sinking.rejected[0]!.error.message).toMatch(refused)
      await sinking.put([{ key: 1, keySchema: schema.int32(), value: null }])
      expect(await database.rows('SELECT id FROM special')).toEqual([])
      await sinking.close()
    })
  })
})

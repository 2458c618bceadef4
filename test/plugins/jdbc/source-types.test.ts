import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import {
  describeWithMariadb,
  describeWithMysql,
  describeWithPostgres,
  serverStartMs,
} from '../../servers/shared/suites.js'
import { check, jsonType, readCases, type Case, type Described } from './source-cases.js'

const postgresCases: readonly Case[] = [
  ['boolean', 'true', 'boolean', true],
  ['bit(1)', "B'1'", 'boolean', true],
  ['bit(3)', "B'101'", 'int8', 5],
  ['bit(8)', "B'11111111'", 'int8', -1],
  ['bit(10)', "B'1010101010'", 'bytes', Buffer.from('1010101010').toString('base64')],
  ['smallint', '-32768', 'int16', -32_768],
  ['int', '2147483647', 'int32', 2_147_483_647],
  ['bigint', '9223372036854775807', 'int64', '9223372036854775807'],
  ['oid', '4294967295', 'int64', 4_294_967_295],
  ['real', '1.5', 'float', 1.5],
  ['double precision', '0.1', 'double', 0.1],
  ['numeric(20,2)', '123456789012345678.90', 'decimal(20,2)', '123456789012345678.90'],
  ['numeric(5,0)', '-12345', 'decimal(5,0)', '-12345'],
  ['numeric(3,-2)', '12300', 'decimal(3,-2)', '123E2'],
  ['money', "'-1234.56'", 'double', -1234.56],
  ['char(4)', "'ab'", 'string', 'ab  '],
  ['varchar(10)', "'grüße😀'", 'string', 'grüße😀'],
  ['text', "''", 'string', ''],
  ['date', "'2026-02-28'", 'Date', 20_512],
  ['date', "'0044-03-15 BC'", 'Date', -735_160],
  ['time', "'23:59:59.999999'", 'Time', 86_399_999],
  ['time with time zone', "'01:00:00+02'", 'Time', 82_800_000],
  ['timestamp', "'2026-03-01 12:00:00.123456'", 'Timestamp', 1_772_366_400_123],
  ['timestamp', "'1969-12-31 23:59:59.9999'", 'Timestamp', -1],
  ['timestamptz', "'2026-03-01 12:00:00.5+02'", 'Timestamp', 1_772_359_200_500],
  ['json', `'{"a": 1}'`, 'string', '{"a": 1}'],
  ['jsonb', `'{"b":2,"a":1}'`, 'string', '{"a": 1, "b": 2}'],
  ['uuid', "'3e11fa47-71ca-11e1-9e33-c80aa9429562'", 'string', '3e11fa47-71ca-11e1-9e33-c80aa9429562'],
  ['xml', "'<a/>'", 'string', '<a/>'],
  ['mood', "'sad'", 'string', 'sad'],
  ['positive', '7', 'int32', 7],
  ['bytea', "'\\x00ff10'", 'bytes', 'AP8Q'],
  ['int[]', "'{1,2}'"],
  ['interval', "'1 day'"],
  ['inet', "'10.0.0.1'"],
  ['point', "'(1,2)'"],
  ['int4range', "'[1,5)'"],
  ['tsvector', "'a'"],
]

/** What MariaDB and MySQL have in common. */
const mysqlCases: readonly Case[] = [
  ['TINYINT(1)', '-1', 'int8', -1],
  ['TINYINT UNSIGNED', '255', 'int16', 255],
  ['SMALLINT', '-32768', 'int16', -32_768],
  ['SMALLINT UNSIGNED', '65535', 'int32', 65_535],
  ['MEDIUMINT', '-8388608', 'int32', -8_388_608],
  ['MEDIUMINT UNSIGNED', '16777215', 'int64', 16_777_215],
  ['INT', '-2147483648', 'int32', -2_147_483_648],
  ['INT UNSIGNED', '4294967295', 'int64', 4_294_967_295],
  ['BIGINT', '-9223372036854775808', 'int64', '-9223372036854775808'],
  ['BIGINT UNSIGNED', '9223372036854775807', 'int64', '9223372036854775807'],
  ['BIT(1)', "b'1'", 'int8', 1],
  ['BIT(7)', "b'1111111'", 'int8', 127],
  ['FLOAT', '1.5', 'float', 1.5],
  ['DOUBLE', '0.1', 'double', 0.1],
  ['DECIMAL(30,10)', '-12345678901234567890.0123456789', 'decimal(30,10)', '-12345678901234567890.0123456789'],
  ['DECIMAL(4,0) UNSIGNED', '9999', 'decimal(4,0)', '9999'],
  ['CHAR(4)', "'ab'", 'string', 'ab'],
  ['VARCHAR(20) CHARACTER SET latin1', "'grüße'", 'string', 'grüße'],
  ['LONGTEXT', "'😀'", 'string', '😀'],
  ["ENUM('a','b')", "'b'", 'string', 'b'],
  ["SET('a','b')", "'a,b'", 'string', 'a,b'],
  ['BINARY(4)', "x'00ff'", 'bytes', 'AP8AAA=='],
  ['VARBINARY(4)', "x'00ff'", 'bytes', 'AP8='],
  ['BLOB', "x''", 'bytes', ''],
  ['DATE', "'2026-02-28'", 'Date', 20_512],
  ['YEAR', '2026', 'Date', 20_454],
  ['TIME(3)', "'23:59:59.999'", 'Time', 86_399_999],
  ['DATETIME(6)', "'2026-03-01 12:00:00.123456'", 'Timestamp', 1_772_366_400_123],
  ['TIMESTAMP(6) NULL', "'2026-03-01 12:00:00.5'", 'Timestamp', 1_772_366_400_500],
  ['BOOLEAN', 'true', 'int8', 1],
  // A number for the system of coordinates, then WKB.
  ['POINT', 'ST_GeomFromText("POINT(1 2)")', 'bytes', 'AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA=='],
]

const servers = [
  {
    name: 'MariaDB',
    suite: describeWithMariadb,
    open: async () => mysqlDatabase(await sharedServer('mariadb')),
    /** JSON is a text there. */
    json: '{"a":1,  "b": [1.50]}',
    own: [
      ['UUID', "'3E11FA47-71ca-11e1-9e33-c80aa9429562'", 'string', '3e11fa47-71ca-11e1-9e33-c80aa9429562'],
      ['INET4', "'10.0.0.1'", 'string', '10.0.0.1'],
      ['INET6', "'::1'", 'string', '::1'],
      ['VARCHAR(10) COMPRESSED', "'ab'", 'string', 'ab'],
    ] satisfies readonly Case[],
  },
  {
    name: 'MySQL',
    suite: describeWithMysql,
    open: async () => mysqlDatabase(await sharedServer('mysql')),
    /** JSON is a type of its own, printed anew. */
    json: '{"a": 1, "b": [1.5]}',
    own: [
      [
        'GEOMCOLLECTION',
        'ST_GeomFromText("GEOMETRYCOLLECTION(POINT(1 2))")',
        'bytes',
        'AAAAAAEHAAAAAQAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==',
      ],
      ['VARCHAR(10) CHARACTER SET binary', "'ab'", 'bytes', 'YWI='],
      ['VARCHAR(9) DEFAULT (uuid())', "'ab'", 'string', 'ab'],
      ['JSON', 'NULL', 'string', null],
    ] satisfies readonly Case[],
  },
] as const

describeWithPostgres('types of PostgreSQL in records of the JDBC source', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await postgresDatabase(await sharedServer('postgres'))
    await database.run(`CREATE TYPE mood AS ENUM ('sad', 'happy')`)
    await database.run(`CREATE DOMAIN positive AS int CHECK (VALUE > 0)`)
  }, serverStartMs)
  afterAll(() => database?.drop())

  test('every type of the contract, and those that are left out', async () => {
    const { records, drive } = await readCases(database, postgresCases)
    check(postgresCases, records)
    expect(
      drive.log.filter(({ level }) => level === 'warn').map(({ fields }) => (fields!['columns'] as string[]).length),
    ).toEqual([6])
  })

  test.each([
    ['none', ['decimal(0,127)', 'decimal(4,0)', 'decimal(10,2)', 'decimal(25,3)']],
    ['precision_only', ['decimal(0,127)', 'int16', 'decimal(10,2)', 'decimal(25,3)']],
    ['best_fit', ['double', 'int16', 'double', 'decimal(25,3)']],
    ['best_fit_eager_double', ['double', 'int16', 'double', 'double']],
  ])('numeric.mapping=%s', async (mapping, types) => {
    const cases: Case[] = [
      ['numeric', '1.5'],
      ['numeric(4,0)', '1234'],
      ['numeric(10,2)', '1.50'],
      ['numeric(25,3)', '1.500'],
    ]
    const { records } = await readCases(database, cases, { 'numeric.mapping': mapping })
    expect(records[0]!.valueSchema!.fields!.map(({ schema }) => jsonType(schema as Described))).toEqual(types)
  })

  test.each(['numeric:NaN', 'timestamp:infinity'])('%s fails the task with the value named', async text => {
    const [type, value] = text.split(':') as [string, string]
    await expect(readCases(database, [[type, `'${value}'`]])).rejects.toThrow(`"${value}" cannot be read as`)
  })
})

describe.each(servers)('types of $name in records of the JDBC source', ({ suite, open, own, json }) => {
  suite('with a server', () => {
    let database: TestDatabase
    beforeAll(async () => {
      database = await open()
    }, serverStartMs)
    afterAll(() => database?.drop())

    test('every type of the contract', async () => {
      const cases: Case[] = [...mysqlCases, ...own, ['JSON', `'{"a":1,  "b": [1.50]}'`, 'string', json]]
      const { records } = await readCases(database, cases)
      check(cases, records)
    })

    test('settings of the driver that change schemas', async () => {
      const cases: Case[] = [
        ['TINYINT(1)', '1', 'boolean', true],
        ['YEAR', '2026', 'int16', 2026],
      ]
      const url = `${database.connection['connection.url']}?transformedBitIsBoolean=true&yearIsDateType=false`
      const { records } = await readCases(database, cases, { 'connection.url': url })
      check(cases, records)
    })

    test('an unsigned number beyond an INT64, and a date of zeros, fail the task with the value named', async () => {
      await expect(readCases(database, [['BIGINT UNSIGNED', '18446744073709551615']])).rejects.toThrow(
        '"18446744073709551615" cannot be read as an INT64',
      )
      await database.run(`SET SESSION sql_mode = ''`)
      await expect(readCases(database, [['DATE', `'0000-00-00'`]])).rejects.toThrow(
        '"0000-00-00" cannot be read as a date',
      )
      const url = `${database.connection['connection.url']}?zeroDateTimeBehavior=convertToNull`
      const { records } = await readCases(database, [['DATE', `'0000-00-00'`]], { 'connection.url': url })
      expect(records.map(({ value }) => value)).toEqual([{ c0: null }, { c0: null }])
    })
  })
})

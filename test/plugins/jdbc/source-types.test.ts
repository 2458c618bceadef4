import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithMariadb, describeWithPostgres, serverStartMs } from '../../servers/shared/suites.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === 'jdbc-source')!

/** `[declaration, value in SQL, type as JSON with schema names it, value there]`; no type: records leave it out. */
type Case = readonly [declaration: string, literal: string, type?: string, value?: unknown]

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

const mariadbCases: readonly Case[] = [
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
  ['JSON', `'{"a": 1}'`, 'string', '{"a": 1}'],
  ['BINARY(4)', "x'00ff'", 'bytes', 'AP8AAA=='],
  ['VARBINARY(4)', "x'00ff'", 'bytes', 'AP8='],
  ['BLOB', "x''", 'bytes', ''],
  ['DATE', "'2026-02-28'", 'Date', 20_512],
  ['YEAR', '2026', 'Date', 20_454],
  ['TIME(3)', "'23:59:59.999'", 'Time', 86_399_999],
  ['DATETIME(6)', "'2026-03-01 12:00:00.123456'", 'Timestamp', 1_772_366_400_123],
  ['TIMESTAMP(6) NULL', "'2026-03-01 12:00:00.5'", 'Timestamp', 1_772_366_400_500],
]

const logical: Readonly<Record<string, string>> = {
  'org.apache.kafka.connect.data.Date': 'Date',
  'org.apache.kafka.connect.data.Time': 'Time',
  'org.apache.kafka.connect.data.Timestamp': 'Timestamp',
}

interface Described {
  readonly type: string
  readonly name?: string
  readonly field?: string
  readonly optional: boolean
  readonly parameters?: Readonly<Record<string, string>>
}

function shown({ type, name, parameters }: Described): string {
  if (parameters?.['scale'] !== undefined)
    return `decimal(${parameters['connect.decimal.precision']},${parameters['scale']})`
  return (name && logical[name]) ?? type
}

/** A table with a column for each case, read as JSON with schema; decimals as text. */
async function readCases(database: TestDatabase, cases: readonly Case[], more: Record<string, string> = {}) {
  const name = `cases_${Math.random().toString(36).slice(2)}`
  const columns = cases.map(([declaration], index) => `c${index} ${declaration}`)
  await database.run(`CREATE TABLE ${name} (${columns.join(', ')})`)
  await database.run(`INSERT INTO ${name} VALUES (${cases.map(([, literal]) => literal).join(', ')})`)
  await database.run(`INSERT INTO ${name} VALUES (${cases.map(() => 'NULL').join(', ')})`)
  const drive = await SourceDrive.open(source, {
    ...database.connection,
    mode: 'bulk',
    'topic.prefix': 'types-',
    'table.whitelist': name,
    ...more,
  })
  try {
    return { records: await drive.read(2), drive }
  } finally {
    await drive.stop()
  }
}

function check(cases: readonly Case[], records: readonly { valueSchema?: unknown; value: unknown }[]): void {
  const fields = (records[0]!.valueSchema as { fields: { name: string; schema: Described }[] }).fields
  const value = records[0]!.value as Record<string, unknown>
  const found = cases.map(([declaration, literal], index) => {
    const field = fields.find(({ name }) => name === `c${index}`)
    return field === undefined
      ? [declaration, literal]
      : [declaration, literal, jsonType(field.schema), jsonValue(value[`c${index}`])]
  })
  expect(found).toEqual(cases.map(([declaration, literal, ...rest]) => [declaration, literal, ...rest]))
  expect(fields.every(({ schema }) => schema.optional)).toBe(true)
  expect(Object.values(records[1]!.value as object).every(cell => cell === null)).toBe(true)
}

function jsonType(schema: Described): string {
  const type = shown(schema)
  return { float32: 'float', float64: 'double' }[type] ?? type
}

/** Dates as what stands for them in JSON, large numbers and decimals as texts. */
function jsonValue(value: unknown): unknown {
  if (value instanceof Date)
    return value.getTime() % 86_400_000 === 0 && Math.abs(value.getTime()) > 86_400_000
      ? value.getTime() / 86_400_000
      : value.getTime()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'object' && value !== null) {
    const { unscaled, scale } = value as { unscaled: bigint; scale: number }
    return scale < 0 ? `${unscaled}E${-scale}` : String(value)
  }
  return value
}

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

describeWithMariadb('types of MariaDB in records of the JDBC source', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await mysqlDatabase(await sharedServer('mariadb'))
  }, serverStartMs)
  afterAll(() => database?.drop())

  test('every type of the contract', async () => {
    const { records } = await readCases(database, mariadbCases)
    check(mariadbCases, records)
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

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', '-12:00', 'UTC+14', 'JST'] as const

describeWithPostgres('time zones of the JDBC source', () => {
  let postgres: TestDatabase
  let mariadb: TestDatabase
  beforeAll(async () => {
    const [one, two] = await Promise.all([sharedServer('postgres'), sharedServer('mariadb')])
    ;[postgres, mariadb] = await Promise.all([postgresDatabase(one), mysqlDatabase(two)])
  }, serverStartMs)
  afterAll(() => Promise.all([postgres?.drop(), mariadb?.drop()]))

  /** Wall clocks around both changes of clocks, and what Java’s calendar makes of them. */
  const clocks = [
    ['Europe/Berlin', '2026-03-29 01:59:59', '2026-03-29T00:59:59.000Z'],
    ['Europe/Berlin', '2026-03-29 02:30:00', '2026-03-29T01:30:00.000Z'],
    ['Europe/Berlin', '2026-03-29 03:00:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25 02:30:00', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25 03:00:00', '2026-10-25T02:00:00.000Z'],
    ['America/New_York', '2026-03-08 02:30:00', '2026-03-08T07:30:00.000Z'],
    ['America/New_York', '2026-11-01 01:30:00', '2026-11-01T05:30:00.000Z'],
    ['UTC+14', '2026-01-01 00:00:00', '2025-12-31T10:00:00.000Z'],
    ['-12:00', '2026-01-01 00:00:00', '2026-01-01T12:00:00.000Z'],
    ['JST', '2026-01-01 09:00:00', '2026-01-01T00:00:00.000Z'],
  ] as const

  test.each(clocks)('%s: %s is %s', async (zone, wall, instant) => {
    for (const [database, declaration] of [
      [postgres, 'timestamp'],
      [mariadb, 'datetime'],
    ] as const) {
      const { records } = await readCases(database, [[declaration, `'${wall}'`]], { 'db.timezone': zone })
      expect((records[0]!.value as { c0: Date }).c0.toISOString()).toBe(instant)
    }
  })

  test.each(zones)('%s moves neither dates nor instants', async zone => {
    const more = { 'db.timezone': zone }
    const instant = new Date('2026-03-01T12:00:00Z')
    const date = new Date('2026-03-01T00:00:00Z')
    const one = await readCases(
      postgres,
      [
        ['timestamptz', "'2026-03-01 12:00:00+00'"],
        ['date', "'2026-03-01'"],
      ],
      more,
    )
    expect(one.records[0]!.value).toEqual({ c0: instant, c1: date })
    await mariadb.run(`SET time_zone = '+00:00'`)
    const two = await readCases(
      mariadb,
      [
        ['timestamp NULL', "'2026-03-01 12:00:00'"],
        ['date', "'2026-03-01'"],
      ],
      more,
    )
    expect(two.records[0]!.value).toEqual({ c0: instant, c1: date })
  })

  test.each(zones)('%s: rows that are new by the clocks there are read, and none twice', async zone => {
    for (const [database, declaration] of [
      [postgres, 'timestamp'],
      [mariadb, 'datetime(6)'],
    ] as const) {
      const name = `zone_${Math.random().toString(36).slice(2)}`
      await database.run(`CREATE TABLE ${name} (id int, changed ${declaration} NOT NULL)`)
      // A minute ago, as clocks in the zone showed it.
      const offset = { UTC: 0, JST: 540, '-12:00': -720, 'UTC+14': 840 }[zone as string]
      const at = new Date(Date.now() - 60_000)
      const shownThere =
        offset === undefined
          ? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at)
          : new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19).replace('T', ' ')
      await database.run(`INSERT INTO ${name} VALUES (1, '${shownThere}')`)
      const drive = await SourceDrive.open(source, {
        ...database.connection,
        mode: 'timestamp',
        'timestamp.column.name': 'changed',
        'topic.prefix': 'zone-',
        'table.whitelist': name,
        'db.timezone': zone,
        'poll.interval.ms': '50',
      })
      const [record] = await drive.read(1)
      expect((record!.value as { changed: Date }).changed.getTime()).toBe(Math.floor(at.getTime() / 1_000) * 1_000)
      expect(await drive.readFor(200)).toEqual([])
      await drive.stop()
    }
  })
})

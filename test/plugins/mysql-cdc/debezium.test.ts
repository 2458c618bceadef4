import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/mysql-cdc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { mysqlDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { asPeer, DebeziumPeer, masked, type PeerRecord } from '../debezium-peer.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === 'mariadb-cdc')!

/** A column for each type, and values for it: each makes a row, null is one more. */
const types: readonly (readonly [declaration: string, ...values: string[]])[] = [
  ['tinyint', '-128'],
  ['tinyint(1)', '1', '7'],
  ['boolean NOT NULL DEFAULT true', 'false'],
  ['tinyint unsigned', '255'],
  ['smallint', '-32768'],
  ['smallint unsigned NOT NULL DEFAULT 5', '65535'],
  ['mediumint', '-8388608'],
  ['mediumint unsigned', '16777215'],
  ['int', '-2147483648'],
  ['int(5) unsigned zerofill', '42'],
  ['int unsigned NOT NULL', '4294967295'],
  ['bigint', '9223372036854775807', '-9223372036854775808'],
  ['bigint unsigned', '18446744073709551615', '9223372036854775808'],
  ['bigint unsigned NOT NULL DEFAULT 3', '7'],
  ['float', '1.1', '65536', '3.4e38'],
  ['float NOT NULL DEFAULT 0.5', '-0.1'],
  ['float(7,3)', '1234.568'],
  ['double', '0.1', '1.7976931348623157e308'],
  ['double(10,2) NOT NULL DEFAULT 1.5', '2.25'],
  ['decimal(20,2)', '123456789012345678.90', '-0.01'],
  ['decimal(20,2) NOT NULL DEFAULT 1.25', '-1'],
  ['decimal(5,0)', '-12345'],
  ['decimal', '7'],
  ['decimal(65,30) unsigned', '1.000000000000000000000000000001'],
  ['bit(1)', "b'1'", "b'0'"],
  ["bit(1) NOT NULL DEFAULT b'1'", "b'0'"],
  ['bit(3)', "b'101'"],
  ['bit(20)', "b'10000000000000000011'"],
  ['bit(64)', "b'1000000000000000000000000000000000000000000000000000000000000001'"],
  ['char(4)', "'ab'", "''"],
  ["char(4) NOT NULL DEFAULT 'x'", "'ü'"],
  ['varchar(10)', "'grüße😀'"],
  ["varchar(10) NOT NULL DEFAULT 'its'", "'x'"],
  ['varchar(10) CHARACTER SET latin1', "'grüße'"],
  ['varchar(10) CHARACTER SET gbk', "'中文'"],
  ['varchar(300)', "repeat('x', 300)"],
  ['tinytext', "'t'"],
  ['text', "''", "'text'"],
  ['mediumtext CHARACTER SET utf8mb3', "'ü'"],
  ['longtext NOT NULL', "'x'"],
  ['binary(4)', "x'0102'", "x'00000000'"],
  ["binary(3) NOT NULL DEFAULT 'abc'", "x'01'"],
  ['varbinary(10)', "x'00ff'", "''"],
  ['tinyblob', "x'01'"],
  ['blob', "x'00ff10'"],
  ['mediumblob', "x'01'"],
  ['longblob NOT NULL', "x'01'"],
  ["enum('a','b,c','ü')", "'a'", "'ü'"],
  ["enum('a','b') NOT NULL DEFAULT 'b'", "'a'"],
  ["set('a','b','c')", "'a,c'", "''"],
  ["set('a','b') NOT NULL DEFAULT 'a,b'", "'a'"],
  ['json', `'{"a": [1, null, "x"]}'`],
  ['year', '2026', '1901'],
  ['year NOT NULL DEFAULT 2000', '2155'],
  ['date', "'2026-02-28'", "'1000-01-01'", "'0000-00-00'"],
  ["date NOT NULL DEFAULT '2020-01-02'", "'1999-12-31'"],
  ['time', "'23:59:59'", "'-838:59:59'", "'838:59:59'"],
  ['time(3)', "'01:02:03.004'", "'-00:00:00.5'", "'-10:00:00'"],
  ['time(6) NOT NULL', "'01:02:03.000001'"],
  ["time NOT NULL DEFAULT '01:00:00'", "'00:00:00'"],
  ['datetime', "'2026-03-01 12:00:00'", "'1000-01-01 00:00:00'", "'0000-00-00 00:00:00'"],
  ['datetime(3)', "'1969-12-31 23:59:59.999'"],
  ['datetime(6)', "'2026-03-01 12:00:00.123456'", "'9999-12-31 23:59:59.999999'"],
  ["datetime NOT NULL DEFAULT '2020-01-02 03:04:05'", "'2026-03-01 12:00:00'"],
  ['datetime NOT NULL DEFAULT current_timestamp()', "'2026-03-01 12:00:00'"],
  ['timestamp NULL', "'2026-03-01 12:00:00'", "'1970-01-01 00:00:01'"],
  ['timestamp(3) NULL', "'2026-03-01 12:00:00.123'"],
  ['timestamp(6) NOT NULL DEFAULT current_timestamp(6)', "'2026-03-01 12:00:00.500001'"],
  ["timestamp NOT NULL DEFAULT '2020-01-02 03:04:05'", "'2026-03-01 12:00:00'"],
  ['point', 'ST_GeomFromText("POINT(1 2.5)")'],
  ['geometry', 'ST_GeomFromText("LINESTRING(0 0, 1 1)", 4326)', 'ST_GeomFromText("POINT(1 2)")'],
  ['polygon', 'ST_GeomFromText("POLYGON((0 0, 0 1, 1 1, 0 0))")'],
  ['multipoint', 'ST_GeomFromText("MULTIPOINT(0 0, 1 1)")'],
  ['geometrycollection', 'ST_GeomFromText("GEOMETRYCOLLECTION(POINT(0 0))")'],
  ['uuid', "'3e11fa47-71ca-11e1-9e33-c80aa9429562'"],
]

/** In changes of definitions Debezium's `row` is that of the change before. */
function alike(record: PeerRecord): PeerRecord {
  const copy = masked(record)
  const payload = (copy.value as { payload?: { ddl?: unknown; source: Record<string, unknown> } } | null)?.payload
  if (payload?.ddl !== undefined) payload.source['row'] = 0
  return copy
}

describeWithJava('records beside those of Debezium’s connector for MariaDB', () => {
  let database: TestDatabase
  let peer: DebeziumPeer
  let count = 0
  const databases: string[] = []
  beforeAll(async () => {
    ;[database, peer] = await Promise.all([
      sharedServer('mariadb').then(mysqlDatabase),
      DebeziumPeer.start('debezium-mariadb'),
    ])
    await database.run(`SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = ''`)
  }, serverStartMs)
  afterAll(async () => {
    await peer?.stop()
    for (const one of databases) await database.run(`DROP DATABASE ${one}`)
    await database?.drop()
  })

  /** Runs both on the same tables, before and during some changes, and compares what they say of each topic. */
  async function compare(
    before: readonly string[],
    after: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<readonly PeerRecord[]> {
    const prefix = `mpeer${count++}x`
    databases.push(prefix)
    await database.run(`CREATE DATABASE ${prefix} CHARACTER SET utf8mb4`)
    await database.run(`USE ${prefix}`)
    for (const sql of before) await database.run(sql)
    const config = {
      'topic.prefix': prefix,
      'database.hostname': database.host,
      'database.port': String(database.port),
      'database.user': database.user,
      'database.password': database.password,
      'database.include.list': prefix,
      'include.schema.changes': 'false',
      ...more,
    }
    const ours = await SourceDrive.open(source, { ...config, 'database.server.id': String(81_000 + count) })
    try {
      await peer.create(prefix, {
        ...config,
        'connector.class': 'io.debezium.connector.mariadb.MariaDbConnector',
        'database.server.id': String(82_000 + count),
        'schema.history.internal': 'io.debezium.relational.history.MemorySchemaHistory',
      })
      // Both have their snapshot when they have read all that is there.
      const rows = (await ours.readFor(2_000)).length
      await peer.read(prefix, rows, 20_000)
      for (const sql of after) {
        // What a column was like beside its type is known of columns as they are: read before they change.
        if (/^(ALTER|TRUNCATE)/.test(sql)) await ours.readFor(500)
        await database.run(sql)
      }
      await ours.readFor(2_000)
      const mine = ours.records.map(record => alike(asPeer(record)))
      const theirs = (await peer.read(prefix, mine.length, 15_000)).map(alike)
      for (const topic of new Set([...mine, ...theirs].map(one => one.topic))) {
        const of = (all: readonly PeerRecord[]): readonly PeerRecord[] => all.filter(one => one.topic === topic)
        expect(of(mine), topic).toEqual(of(theirs))
      }
      return mine
    } catch (error) {
      const trace = await peer.trace(prefix)
      throw trace === undefined ? error : new Error(`Debezium has failed: ${trace}`, { cause: error })
    } finally {
      await ours.stop()
      await peer.delete(prefix)
    }
  }

  const tables = [
    `CREATE TABLE plain (id int PRIMARY KEY, a text, b int NOT NULL)`,
    `CREATE TABLE keyless (a int, b text)`,
    `CREATE TABLE pair (a int, b varchar(5), c text, PRIMARY KEY (b, a))`,
    `CREATE TABLE \`Mixed Näme\` (\`Id\` int PRIMARY KEY, \`from\` text, \`a-b\` int)`,
    `CREATE TABLE uniq (a int NOT NULL, b varchar(9), UNIQUE KEY one (a))`,
    `CREATE TABLE uniqnull (a int, b varchar(9), UNIQUE KEY one (a))`,
    `CREATE TABLE made (id int AUTO_INCREMENT PRIMARY KEY, a int, v int AS (a + 1) VIRTUAL, s int AS (a + 2) STORED)`,
    `CREATE TABLE isam (id int PRIMARY KEY, b text) ENGINE=MyISAM`,
    `INSERT INTO plain VALUES (1, 'one', 1)`,
    `INSERT INTO made (a) VALUES (1)`,
  ]
  const changes = [
    `INSERT INTO plain VALUES (2, NULL, 2), (3, 'x', 3)`,
    `UPDATE plain SET a = 'two' WHERE id = 2`,
    `UPDATE plain SET id = 20 WHERE id = 2`,
    `DELETE FROM plain WHERE id > 2`,
    `INSERT INTO keyless VALUES (1, 'x')`,
    `UPDATE keyless SET b = 'y'`,
    `DELETE FROM keyless`,
    `INSERT INTO pair VALUES (1, 'x', 'c'), (2, 'y', 'd')`,
    `UPDATE pair SET a = 3 WHERE a = 1`,
    `DELETE FROM pair WHERE a = 2`,
    `INSERT INTO \`Mixed Näme\` VALUES (1, 'f', 2)`,
    `UPDATE \`Mixed Näme\` SET \`a-b\` = 3`,
    `INSERT INTO uniq VALUES (1, 'x')`,
    `INSERT INTO uniqnull VALUES (1, 'x')`,
    `INSERT INTO made (a) VALUES (5)`,
    `UPDATE made SET a = 6 WHERE a = 5`,
    `INSERT INTO isam VALUES (1, 'x'), (2, 'y')`,
    `ALTER TABLE plain ADD extra varchar(5) DEFAULT 'e' FIRST`,
    `INSERT INTO plain (id, b) VALUES (30, 1)`,
    `ALTER TABLE plain DROP COLUMN a`,
    `UPDATE plain SET b = 2 WHERE id = 30`,
    `ALTER TABLE plain RENAME COLUMN extra TO more`,
    `ALTER TABLE plain MODIFY b bigint(20) NOT NULL`,
    `INSERT INTO plain (id, b) VALUES (31, 9007199254740993)`,
    `START TRANSACTION`,
    `INSERT INTO plain (id, b) VALUES (40, 1)`,
    `INSERT INTO pair VALUES (40, 'z', NULL)`,
    `UPDATE plain SET b = 3 WHERE id = 40`,
    `COMMIT`,
    `START TRANSACTION`,
    `INSERT INTO plain (id, b) VALUES (41, 1)`,
    `ROLLBACK`,
    `TRUNCATE plain`,
  ]

  // First of all: Debezium tells of the definitions of all databases that there are, captured or not.
  test('changes of definitions', { timeout: 120_000 }, async () => {
    const records = await compare(tables, changes, { 'include.schema.changes': 'true' })
    expect(records.length).toBeGreaterThan(40)
  })

  type Types = typeof types
  const typeTable = (some: Types): string[] => [
    `CREATE TABLE types (id int PRIMARY KEY, ${some.map(([declaration], at) => `c${at} ${declaration}`).join(', ')})`,
  ]
  const rowsOf = (some: Types, first: number): string[] => {
    const most = Math.max(...some.map(values => values.length - 1))
    return Array.from({ length: most + 1 }, (_, row) => {
      const values = some.map(([declaration, ...all]) => all[row] ?? (/NOT NULL/.test(declaration) ? all[0] : 'NULL'))
      return `INSERT INTO types VALUES (${first + row}, ${values.join(', ')})`
    })
  }

  /** Debezium makes times that are none of a day null in texts, and Connect's type of times has no place for them. */
  const timesOfDay = (all: Types): Types =>
    all.map(([declaration, ...values]) =>
      declaration.startsWith('time') && !declaration.startsWith('timestamp')
        ? [declaration, ...values.filter(value => !/^'-|^'8/.test(value))]
        : [declaration, ...values],
    )

  test.each<[string, Record<string, string>, (all: Types) => Types]>([
    ['as it comes', {}, all => all],
    [
      'texts',
      {
        'decimal.handling.mode': 'string',
        'time.precision.mode': 'isostring',
        'binary.handling.mode': 'base64',
        'bigint.unsigned.handling.mode': 'precise',
      },
      timesOfDay,
    ],
    [
      'connect',
      {
        'decimal.handling.mode': 'double',
        'time.precision.mode': 'connect',
        'binary.handling.mode': 'hex',
        'column.propagate.source.type': '.*',
      },
      timesOfDay,
    ],
    [
      'microseconds',
      { 'time.precision.mode': 'microseconds', 'schema.name.adjustment.mode': 'avro', 'enable.time.adjuster': 'false' },
      all => all,
    ],
  ])('every type, %s', { timeout: 120_000 }, async (_, modes, chosen) => {
    const of = chosen(types)
    const changes = [...rowsOf(of, 100), 'UPDATE types SET c0 = 1 WHERE id = 100', 'DELETE FROM types WHERE id = 100']
    const records = await compare([...typeTable(of), ...rowsOf(of, 0)], changes, modes)
    expect(records.length).toBeGreaterThan(6)
  })

  test.each<[string, Record<string, string>, (readonly string[])?]>([
    ['as they come', {}],
    ['with truncates and no tombstones', { 'skipped.operations': 'none', 'tombstones.on.delete': 'false' }],
    // Debezium 3.5.0 begins a transaction with each change of definitions, and never ends it; later releases do not.
    [
      'with transactions and statements',
      { 'provide.transaction.metadata': 'true', 'include.query': 'true' },
      changes.filter(sql => !/^(ALTER|TRUNCATE)/.test(sql) && !/\(30|\(31|id = 30|\(4[01]|id = 40/.test(sql)),
    ],
    [
      'with keys, filters and masks of its own',
      {
        'message.key.columns': '(.*).pair:c;(.*).plain:b,id',
        'column.exclude.list': '.*\\.uniq\\.b',
        'column.mask.with.5.chars': '.*\\.pair\\.c',
        'column.truncate.to.2.chars': '.*\\.keyless\\.b',
        'topic.delimiter': '_',
        'field.name.adjustment.mode': 'avro_unicode',
        'extended.headers.enabled': 'false',
      },
    ],
  ])('changes of every kind of table, %s', { timeout: 120_000 }, async (_, more, some = changes) => {
    const records = await compare(tables, some, more)
    expect(records.length).toBeGreaterThan(30)
  })
})

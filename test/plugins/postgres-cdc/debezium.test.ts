import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/postgres-cdc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { asPeer, DebeziumPeer, masked, peerHas, type PeerRecord } from '../debezium-peer.js'
import { transformed } from '../debezium-transforms.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[])[0]!

/** A column for each type, and values for it: each makes a row, null is one more. */
const types: readonly (readonly [declaration: string, ...values: string[]])[] = [
  ['boolean', 'true'],
  ['boolean NOT NULL DEFAULT true', 'false'],
  ['bit(1)', "B'1'"],
  ['bit(3)', "B'101'"],
  ['bit(20)', "B'10000000000000000011'"],
  ['varbit(9)', "B'101'"],
  ['varbit', "B'1111111111'"],
  ['smallint', '-32768'],
  ['smallint NOT NULL DEFAULT 5', '1'],
  ['int', '2147483647'],
  ['int NOT NULL', '-1'],
  ['serial', '7'],
  ['bigint', '9223372036854775807', '-9223372036854775808'],
  ['oid', '4294967295'],
  ['real', '1.5'],
  ['real NOT NULL', '0.25'],
  ['double precision', '0.1'],
  ['double precision NOT NULL DEFAULT 2.5', '0.1'],
  ['numeric(20,2)', '123456789012345678.90'],
  ['numeric(20,2) NOT NULL DEFAULT 1.25', '-1'],
  ['numeric(5,0)', '-12345'],
  ['numeric', '12.5', '-1234567890123456789012345678901234567890.0001'],
  ['numeric NOT NULL DEFAULT 3', '1'],
  ['money', "'-1234.56'"],
  ['money NOT NULL', "'1'"],
  ['char(4)', "'ab'"],
  ['varchar(10)', "'grüße😀'"],
  ["varchar(10) NOT NULL DEFAULT 'its'", "'x'"],
  ['text', "''"],
  ['text NOT NULL', "'x'"],
  ['citext', "'MiXed'"],
  ['date', "'2026-02-28'"],
  ["date NOT NULL DEFAULT '2020-01-02'", "'1999-12-31'"],
  ['time', "'23:59:59.999999'"],
  ['time(3)', "'01:02:03.004'"],
  ['time NOT NULL', "'01:02:03'"],
  ['timetz', "'01:00:00.5+02'", "'23:59:59.123456-05:30'"],
  ['timetz NOT NULL', "'01:00:00+00'"],
  ['timestamp', "'2026-03-01 12:00:00.123456'", "'infinity'", "'-infinity'"],
  ['timestamp(3)', "'1969-12-31 23:59:59.999'"],
  ['timestamp(0) NOT NULL', "'2026-03-01 12:00:00'"],
  ["timestamp NOT NULL DEFAULT '2020-01-02 03:04:05.678'", "'2026-03-01 12:00:00'"],
  ['timestamptz', "'2026-03-01 12:00:00.5+02'", "'2026-03-01 12:00:00+00'"],
  ['timestamptz(3)', "'2026-03-01 12:00:00.12+00'"],
  ['timestamptz(0)', "'2026-03-01 12:00:00+00'"],
  ['timestamptz NOT NULL DEFAULT now()', "'2026-03-01 12:00:00+00'"],
  ['interval', "'1 year 2 mons 3 days 04:05:06.789'", "'-1 mons -2 days -03:04:05'", "'3 days'"],
  ['interval NOT NULL', "'1 hour'"],
  ['json', `'{"a": 1}'`],
  ['jsonb', `'{"b":2,"a":1}'`],
  [`jsonb NOT NULL DEFAULT '{}'`, `'[]'`],
  ['xml', "'<a/>'"],
  ['uuid', "'3e11fa47-71ca-11e1-9e33-c80aa9429562'"],
  ['uuid NOT NULL DEFAULT gen_random_uuid()', "'3e11fa47-71ca-11e1-9e33-c80aa9429562'"],
  ['inet', "'10.0.0.1'"],
  ['cidr', "'10.0.0.0/8'"],
  ['macaddr', "'08:00:2b:01:02:03'"],
  ['macaddr8', "'08:00:2b:01:02:03:04:05'"],
  ['int4range', "'[1,5)'"],
  ['int8range', "'[1,5)'"],
  ['numrange', "'[1.5,5)'"],
  ['tsrange', "'[2026-01-01,2026-02-01)'"],
  ['tstzrange', "'[2026-01-01,2026-02-01)'"],
  ['daterange', "'[2026-01-01,2026-02-01)'"],
  ['mood', "'sad'"],
  [`mood NOT NULL DEFAULT 'happy'`, "'sad'"],
  ['positive', '7'],
  ['bytea', "'\\x00ff10'", "''"],
  ['bytea NOT NULL', "'\\x01'"],
  ['hstore', `'a=>1, "b c"=>NULL'`],
  ['ltree', "'a.b.c'"],
  ['tsvector', "'a fat cat'"],
  ['point', "'(1,2.5)'"],
  ['int[]', "'{1,NULL,3}'", "'{}'"],
  ['bigint[]', "'{9223372036854775807}'"],
  ['text[]', `'{a,"b c",NULL,""}'`],
  ['varchar(5)[]', "'{a}'"],
  ['boolean[]', "'{t,f}'"],
  ['double precision[]', "'{0.1}'"],
  ['numeric(10,2)[]', "'{1.50,2.25}'"],
  ['uuid[]', "'{3e11fa47-71ca-11e1-9e33-c80aa9429562}'"],
  ['date[]', "'{2026-01-02}'"],
  ['timestamp[]', "'{2026-01-02 03:04:05}'"],
  ['timestamptz[]', `'{"2026-01-02 03:04:05+00"}'`],
  ['jsonb[]', `'{"{\\"a\\": 1}"}'`],
  ['inet[]', "'{10.0.0.1}'"],
  ['mood[]', "'{sad,happy}'"],
  ['bytea[]', `'{"\\\\x01"}'`],
  ['pair', "ROW(1,'x')"],
  ['line', "'{1,2,3}'"],
]

describeWithJava('records beside Debezium’s', () => {
  let peer: DebeziumPeer
  let count = 0
  beforeAll(async () => {
    peer = await DebeziumPeer.start('debezium-postgres')
  }, serverStartMs)
  afterAll(() => peer?.stop())

  const made = `CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TYPE pair AS (a int, b text)`
  /** A row of this table says that all before it has been read. */
  const marker = 'reached'

  /** Runs both on the same tables of a database of its own, before and during some changes, and compares what they say of each topic. */
  async function compare(
    schema: string,
    before: readonly string[],
    after: readonly string[],
    more: Readonly<Record<string, string>> = {},
    transform: Readonly<Record<string, string>> = {},
  ): Promise<readonly PeerRecord[]> {
    const prefix = `peer${count++}x`
    const database = await postgresDatabase(await sharedServer('postgres'))
    await database.run(`${made}; CREATE SCHEMA ${schema}; SET search_path TO ${schema}, public`)
    for (const sql of [...before, `CREATE TABLE ${marker} (id int PRIMARY KEY)`, `INSERT INTO ${marker} VALUES (0)`])
      await database.run(sql)
    const config = {
      'topic.prefix': prefix,
      'database.hostname': database.host,
      'database.port': String(database.port),
      'database.user': database.user,
      'database.password': database.password,
      'database.dbname': database.database,
      'plugin.name': 'pgoutput',
      'schema.include.list': schema,
      'publication.name': `pub_${schema}`,
      ...more,
    }
    await database.run(`CREATE PUBLICATION pub_${schema} FOR ALL TABLES`)
    const ours = await SourceDrive.open(source, { ...config, 'slot.name': `ours_${prefix}` })
    try {
      await peer.create(prefix, {
        ...config,
        'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
        'slot.name': `theirs_${prefix}`,
        ...Object.fromEntries(
          Object.entries(transform).map(([key, value]) => [key === '' ? 'transforms' : `transforms.t.${key}`, value]),
        ),
      })
      // Both have their snapshot when they have read all that is there.
      const rows = await rowsIn(database, schema)
      await ours.readUntil(() => ours.records.filter(({ topic }) => !topic.endsWith('transaction')).length >= rows)
      const reach = async (id: number): Promise<void> => {
        await database.run(`INSERT INTO ${marker} VALUES (${id})`)
        await ours.readUntil(() =>
          ours.records.some(record => record.topic.endsWith(marker) && idOf(record.value) === id),
        )
      }
      // Until it reads changes ours holds what it has read, and the tables could not be altered.
      await reach(1)
      await peerHas(peer, transformed(ours.records, transform))
      for (const sql of after) await database.run(sql)
      await reach(2)
      // The end of the last transaction.
      if (more['provide.transaction.metadata'] === 'true')
        await ours.readUntil(() => ours.records.at(-1)!.topic.endsWith('transaction'))
      await peerHas(peer, transformed(ours.records, transform))
      const mine = transformed(ours.records, transform).map(record => masked(asPeer(record)))
      const theirs = (await peer.read(prefix, mine.length)).map(masked)
      for (const topic of new Set([...mine, ...theirs].map(one => one.topic))) {
        const of = (all: readonly PeerRecord[]): readonly PeerRecord[] => all.filter(one => one.topic === topic)
        expect(of(mine), topic).toEqual(of(theirs))
      }
      return mine
    } finally {
      await ours.stop()
      await peer.delete(prefix)
      await database.drop()
    }
  }

  type Types = typeof types
  const typeTable = (types: Types): string[] => [
    `CREATE TABLE types (id int PRIMARY KEY, ${types.map(([declaration], at) => `c${at} ${declaration}`).join(', ')})`,
  ]
  const rowsOf = (types: Types, first: number): string[] => {
    const most = Math.max(...types.map(values => values.length - 1))
    return Array.from({ length: most + 1 }, (_, row) => {
      const values = types.map(
        ([declaration, ...all]) => all[row] ?? (/NOT NULL|serial/.test(declaration) ? all[0] : 'NULL'),
      )
      return `INSERT INTO types VALUES (${first + row}, ${values.join(', ')})`
    })
  }

  /** Differences, each on purpose: see the README. */
  const moneyAsText = (types: Types): Types => types.filter(([declaration]) => !declaration.startsWith('money'))
  const noInfinity = (types: Types): Types =>
    types.map(([declaration, ...values]) => [declaration, ...values.filter(value => !value.includes('infinity'))])
  const noLine = (types: Types): Types => types.filter(([declaration]) => declaration !== 'line')

  test.concurrent.each<[string, Record<string, string>, (types: Types) => Types]>([
    ['as it comes', {}, all => all],
    [
      'texts',
      {
        'decimal.handling.mode': 'string',
        'time.precision.mode': 'isostring',
        'binary.handling.mode': 'base64',
        'interval.handling.mode': 'string',
        'hstore.handling.mode': 'map',
      },
      moneyAsText,
    ],
    [
      'connect',
      {
        'decimal.handling.mode': 'double',
        'time.precision.mode': 'connect',
        'binary.handling.mode': 'hex',
        'column.propagate.source.type': '.*',
      },
      // Between rows and changes Debezium's own parameters of these differ.
      all => noInfinity(all).filter(([declaration]) => !/^(serial|numeric( NOT NULL.*)?)$/.test(declaration)),
    ],
    [
      'microseconds',
      {
        'time.precision.mode': 'microseconds',
        'schema.name.adjustment.mode': 'avro',
        'include.unknown.datatypes': 'true',
      },
      noLine,
    ],
  ])('every type, %s', { timeout: 120_000 }, async (name, modes, chosen) => {
    const of = chosen(types)
    const changes = [...rowsOf(of, 100), 'DELETE FROM types WHERE id = 100']
    const records = await compare(
      `types_${name.replaceAll(' ', '_')}`,
      [...typeTable(of), ...rowsOf(of, 0)],
      changes,
      modes,
    )
    expect(records.length).toBeGreaterThan(6)
  })

  const long = `repeat('long ', 3000)`
  const tables = [
    `CREATE TABLE plain (id int PRIMARY KEY, a text, b int NOT NULL)`,
    `CREATE TABLE whole (id int PRIMARY KEY, a text, big text)`,
    `ALTER TABLE whole REPLICA IDENTITY FULL`,
    `CREATE TABLE indexed (id int PRIMARY KEY, code text NOT NULL, b int)`,
    `CREATE UNIQUE INDEX by_code ON indexed (code)`,
    `ALTER TABLE indexed REPLICA IDENTITY USING INDEX by_code`,
    `CREATE TABLE keyless (a int, b text)`,
    `ALTER TABLE keyless REPLICA IDENTITY FULL`,
    `CREATE TABLE nothing (id int PRIMARY KEY, b text)`,
    `ALTER TABLE nothing REPLICA IDENTITY NOTHING`,
    `CREATE TABLE pair (a int, b text, c text, PRIMARY KEY (b, a))`,
    `CREATE TABLE "Mixed Näme" ("Id" int PRIMARY KEY, "from" text, "a-b" int)`,
    `CREATE TABLE toast (id int PRIMARY KEY, n int, t text, j jsonb, x bytea, ta text[], ia int[])`,
    `CREATE TABLE uniq (a int NOT NULL UNIQUE, b text)`,
    `INSERT INTO plain VALUES (1, 'one', 1)`,
    `INSERT INTO whole VALUES (1, 'one', ${long})`,
  ]
  const changes = [
    `INSERT INTO plain VALUES (2, NULL, 2), (3, 'x', 3)`,
    `UPDATE plain SET a = 'two' WHERE id = 2`,
    `UPDATE plain SET id = 20 WHERE id = 2`,
    `DELETE FROM plain WHERE id > 2`,
    `UPDATE whole SET a = 'uno'`,
    `UPDATE whole SET id = 2`,
    `DELETE FROM whole`,
    `INSERT INTO indexed VALUES (1, 'a', 1)`,
    `UPDATE indexed SET b = 2`,
    `UPDATE indexed SET code = 'b'`,
    `UPDATE indexed SET id = 5`,
    `DELETE FROM indexed`,
    `INSERT INTO keyless VALUES (1, 'x')`,
    `UPDATE keyless SET b = 'y'`,
    `DELETE FROM keyless`,
    `INSERT INTO nothing VALUES (1, 'x')`,
    `INSERT INTO pair VALUES (1, 'x', 'c'), (2, 'y', 'd')`,
    `UPDATE pair SET a = 3 WHERE a = 1`,
    `DELETE FROM pair WHERE a = 2`,
    `INSERT INTO "Mixed Näme" VALUES (1, 'f', 2)`,
    `UPDATE "Mixed Näme" SET "a-b" = 3`,
    `INSERT INTO toast SELECT 1, 1, t, to_jsonb(t), convert_to(t, 'utf8'), ARRAY[t], (SELECT array_agg(g) FROM generate_series(1, 30000) g) FROM (SELECT string_agg(md5(g::text), '') t FROM generate_series(1, 2000) g) s`,
    `UPDATE toast SET n = 2`,
    `INSERT INTO uniq VALUES (1, 'x')`,
    `ALTER TABLE plain ADD extra text DEFAULT 'e'`,
    `INSERT INTO plain (id, b) VALUES (30, 1)`,
    `ALTER TABLE plain DROP COLUMN a`,
    `UPDATE plain SET b = 2 WHERE id = 30`,
    `ALTER TABLE plain RENAME COLUMN extra TO more`,
    `ALTER TABLE plain ALTER COLUMN b TYPE bigint`,
    `INSERT INTO plain (id, b) VALUES (31, 9007199254740993)`,
    `BEGIN; INSERT INTO plain (id, b) VALUES (40, 1); INSERT INTO pair VALUES (40, 'z', NULL); UPDATE plain SET b = 3 WHERE id = 40; COMMIT`,
    `BEGIN; INSERT INTO plain (id, b) VALUES (41, 1); ROLLBACK`,
    `TRUNCATE plain, pair`,
  ]

  test.concurrent.each<[string, Record<string, string>]>([
    ['as they come', {}],
    [
      'with truncates, no tombstones, and transactions',
      { 'skipped.operations': 'none', 'tombstones.on.delete': 'false', 'provide.transaction.metadata': 'true' },
    ],
    [
      'with keys, filters and masks of its own',
      {
        'message.key.columns': '(.*).pair:c;(.*).plain:b,id',
        'column.exclude.list': '.*\\.whole\\.big',
        'column.mask.with.5.chars': '.*\\.pair\\.c',
        'column.truncate.to.2.chars': '.*\\.indexed\\.code,.*\\.keyless\\.b',
        'unavailable.value.placeholder': 'hex:2d2d',
        'topic.delimiter': '_',
        'field.name.adjustment.mode': 'avro_unicode',
        'extended.headers.enabled': 'false',
      },
    ],
  ])('changes of every kind of table, %s', { timeout: 120_000 }, async (name, more) => {
    const records = await compare(`kinds_${name.replaceAll(/\W/g, '_').slice(0, 30)}`, tables, changes, more)
    expect(records.length).toBeGreaterThan(40)
  })

  const unwrap = 'io.debezium.transforms.ExtractNewRecordState'
  const route = 'io.debezium.transforms.ByLogicalTableRouter'
  test.concurrent.each<[string, Record<string, string>]>([
    ['rows as they are', { type: unwrap }],
    [
      'deletes dropped',
      { type: unwrap, 'delete.tombstone.handling.mode': 'drop', 'add.fields': 'op,source.schema:of,table' },
    ],
    [
      'deletes rewritten',
      {
        type: unwrap,
        'delete.tombstone.handling.mode': 'rewrite',
        'add.fields': 'op,connector',
        'add.headers': 'op,source.db',
        'add.fields.prefix': '_',
      },
    ],
    [
      'deletes rewritten, with tombstones',
      { type: unwrap, 'delete.tombstone.handling.mode': 'rewrite-with-tombstone' },
    ],
    [
      'deletes as tombstones',
      { type: unwrap, 'delete.tombstone.handling.mode': 'delete-to-tombstone', 'add.headers': 'op' },
    ],
    ['tables together', { type: route, 'topic.regex': '(.*)\\.(plain|pair)', 'topic.replacement': '$1.both' }],
    [
      'tables together, their own way',
      {
        type: route,
        'topic.regex': '(.*)\\.(plain|pair)',
        'topic.replacement': '$1.both',
        'key.field.name': 'of',
        'key.field.regex': '.*\\.(.*)',
        'key.field.replacement': '$1',
      },
    ],
    [
      'tables together, keys as they are',
      {
        type: route,
        'topic.regex': '(.*)\\.(plain|pair)',
        'topic.replacement': '$1.both',
        'key.enforce.uniqueness': 'false',
      },
    ],
  ])('transforms: %s', { timeout: 120_000 }, async (name, transform) => {
    const heartbeats = { 'heartbeat.interval.ms': '0' }
    const records = await compare(`smt_${name.replaceAll(/\W/g, '_').slice(0, 40)}`, tables, changes, heartbeats, {
      '': 't',
      ...transform,
    })
    expect(records.length).toBeGreaterThan(20)
  })
})

function idOf(value: unknown): number | undefined {
  return (value as { readonly after: { readonly id: number } | null } | null)?.after?.id
}

/** Rows of all tables that a snapshot reads. */
async function rowsIn(database: TestDatabase, schema: string): Promise<number> {
  let rows = 0
  for (const [table] of await database.rows(`SELECT relid::regclass FROM pg_stat_user_tables WHERE schemaname = $1`, [
    schema,
  ]))
    rows += Number((await database.rows(`SELECT count(*) FROM ${table}`))[0]![0])
  return rows
}

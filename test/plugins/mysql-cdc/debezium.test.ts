import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWithJava, describeWithMariadb, describeWithMysql, serverStartMs } from '../../servers/shared/suites.js'
import { DebeziumPeer } from '../debezium-peer.js'
import { compare } from './beside-debezium.js'
import { changes, rowsOf, tables, timesOfDay, types, typeTable, type Types } from './debezium-cases.js'

const servers = [
  {
    name: 'MariaDB',
    flavour: 'mariadb',
    suite: describeWithMariadb,
    bigint: 'bigint(20)',
    own: [
      ['json', `'{"a": [1, null, "x"]}'`],
      ['uuid', "'3e11fa47-71ca-11e1-9e33-c80aa9429562'"],
    ] satisfies Types,
  },
  {
    name: 'MySQL',
    flavour: 'mysql',
    suite: describeWithMysql,
    bigint: 'bigint',
    own: [
      ['json', `'[1]'`, `'"x"'`, `'{}'`, 'NULL'],
      ['json NOT NULL', `'true'`],
      ['json DEFAULT (json_array(1))', `'1.5'`],
      ['int NOT NULL DEFAULT (1 + 1)', '3'],
      ['varchar(36) NOT NULL DEFAULT (uuid())', `'u'`],
      [`varchar(9) NOT NULL DEFAULT 'f(x)'`, `'x'`],
      [`varchar(9) NOT NULL DEFAULT 'now'`, `'x'`],
      [`varchar(9) DEFAULT 'null'`, `'x'`],
      [`varchar(9) NOT NULL DEFAULT '0x41'`, `'x'`],
      [`varchar(9) CHARACTER SET binary NOT NULL DEFAULT 'ab'`, `'x'`],
      [`datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)`, `'2026-03-01 12:00:00'`],
      ['nchar(3)', `'ü'`],
      ['varchar(9) CHARACTER SET gb18030', `'中文'`],
      ['varchar(9) COLLATE utf8mb4_0900_bin', `'😀'`],
      [`enum('é','b') CHARACTER SET latin1`, `'é'`],
      ['double unsigned', '0.5'],
      ['real', '0.25'],
      ['dec(5,2)', '1.25'],
      ['bool NOT NULL DEFAULT false', '1'],
      ['long varchar', `'t'`],
      ['int INVISIBLE', '5'],
      ['point NOT NULL SRID 4326', 'ST_GeomFromText("POINT(1 2.5)", 4326)'],
      ['linestring', 'ST_GeomFromText("LINESTRING(0 0, 1 1)")'],
      ['multilinestring', 'ST_GeomFromText("MULTILINESTRING((0 0, 1 1))")'],
      ['multipolygon', 'ST_GeomFromText("MULTIPOLYGON(((0 0, 0 1, 1 1, 0 0)))")'],
      ['geomcollection', 'ST_GeomFromText("GEOMETRYCOLLECTION(POINT(0 0))")'],
    ] satisfies Types,
  },
] as const

describeWithJava('records beside those of Debezium', () => {
  let peer: DebeziumPeer
  beforeAll(async () => {
    peer = await DebeziumPeer.start('debezium-mysql')
  }, serverStartMs)
  afterAll(() => peer?.stop())

  describe.each(servers)('its connector for $name', ({ flavour, suite, bigint, own }) => {
    suite('with a server', () => {
      // First of all: Debezium tells of the definitions of all databases that there are, captured or not.
      test('changes of definitions', { timeout: 120_000 }, async () => {
        const config = { 'include.schema.changes': 'true' }
        const records = await compare(peer, { flavour, before: tables, after: changes(bigint), config })
        expect(records.length).toBeGreaterThan(40)
      })

      // Both tell of the transactions of others too.
      test('transactions and statements', { timeout: 120_000 }, async () => {
        const config = { 'provide.transaction.metadata': 'true', 'include.query': 'true' }
        // Debezium 3.5.0 begins a transaction with each change of definitions, and never ends it; later releases do not.
        const after = changes(bigint).filter(
          sql => !/^(ALTER|TRUNCATE)/.test(sql) && !/\(30|\(31|id = 30|\(4[01]|id = 40/.test(sql),
        )
        const records = await compare(peer, { flavour, before: tables, after, config })
        expect(records.length).toBeGreaterThan(30)
      })

      test.concurrent.each<[string, Record<string, string>, (all: Types) => Types]>([
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
          {
            'time.precision.mode': 'microseconds',
            'schema.name.adjustment.mode': 'avro',
            'enable.time.adjuster': 'false',
          },
          all => all,
        ],
      ])('every type, %s', { timeout: 120_000 }, async (_, config, chosen) => {
        const of = chosen([...types, ...own])
        const before = [...typeTable(of), ...rowsOf(of, 0)]
        const after = [...rowsOf(of, 100), 'UPDATE types SET c0 = 1 WHERE id = 100', 'DELETE FROM types WHERE id = 100']
        const records = await compare(peer, { flavour, before, after, config })
        expect(records.length).toBeGreaterThan(6)
      })

      test.concurrent.each<[string, Record<string, string>]>([
        ['as they come', {}],
        ['with truncates and no tombstones', { 'skipped.operations': 'none', 'tombstones.on.delete': 'false' }],
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
      ])('changes of every kind of table, %s', { timeout: 120_000 }, async (_, config) => {
        const records = await compare(peer, { flavour, before: tables, after: changes(bigint), config })
        expect(records.length).toBeGreaterThan(30)
      })
    })
  })
})

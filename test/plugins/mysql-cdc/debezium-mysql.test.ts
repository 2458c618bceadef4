import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithJava, describeWithMysql, serverStartMs } from '../../servers/shared/suites.js'
import { DebeziumPeer, type PeerRecord } from '../debezium-peer.js'
import { compare } from './beside-debezium.js'

describeWithJava('what only MySQL has, beside Debezium', () => {
  describeWithMysql('with a server', () => {
    let peer: DebeziumPeer
    beforeAll(async () => {
      peer = await DebeziumPeer.start('debezium-mysql-own')
    }, serverStartMs)
    afterAll(() => peer?.stop())

    const before = [
      `CREATE TABLE hidden (id int PRIMARY KEY, a int INVISIBLE, b int)`,
      `CREATE TABLE reckoned (id int PRIMARY KEY, a int, b varchar(9), KEY ((a + 1)), UNIQUE KEY ((lower(b))))`,
      `CREATE TABLE parts (id int PRIMARY KEY, a int) PARTITION BY HASH (id) PARTITIONS 3`,
      `CREATE TABLE checked (id int PRIMARY KEY, a int CHECK (a > 0), b int AS (a + 1) STORED INVISIBLE)`,
      `CREATE TABLE old (id int PRIMARY KEY, a int, b text)`,
      `INSERT INTO hidden (id, a, b) VALUES (1, 2, 3)`,
      `INSERT INTO reckoned VALUES (1, 2, 'x')`,
      `INSERT INTO old VALUES (1, 2, 'x')`,
    ]
    const after = [
      `INSERT INTO hidden (id, a, b) VALUES (2, 3, 4)`,
      `INSERT INTO hidden VALUES (3, 4)`,
      `UPDATE hidden SET a = 5 WHERE id = 1`,
      `INSERT INTO reckoned VALUES (2, 3, 'Y')`,
      `UPDATE reckoned SET b = 'Z' WHERE id = 2`,
      `INSERT INTO parts VALUES (1, 1), (2, 2), (3, 3), (4, 4)`,
      `UPDATE parts SET id = 11 WHERE id = 1`,
      `INSERT INTO checked (id, a) VALUES (1, 1)`,
      `REPLACE INTO checked (id, a) VALUES (1, 2)`,
      `INSERT INTO checked (id, a) VALUES (1, 3) ON DUPLICATE KEY UPDATE a = 4`,
      `START TRANSACTION`,
      `INSERT INTO old VALUES (2, 3, 'y')`,
      `SAVEPOINT here`,
      `INSERT INTO old VALUES (3, 4, 'z')`,
      `ROLLBACK TO here`,
      `DELETE FROM old WHERE id = 1`,
      `COMMIT`,
    ]

    // Both tell of the transactions of others too.
    test('kinds of tables and savepoints, with transactions and statements', { timeout: 120_000 }, async () => {
      const config = { 'provide.transaction.metadata': 'true', 'include.query': 'true' }
      const records = await compare(peer, { flavour: 'mysql', before, after, config })
      expect(records.length).toBeGreaterThan(40)
    })

    test('XA, and tables that are made of others, renamed and dropped', { timeout: 120_000 }, async () => {
      const definitions = [
        `XA START 'x'`,
        `INSERT INTO old VALUES (4, 5, 'xa')`,
        `XA END 'x'`,
        `XA PREPARE 'x'`,
        `XA COMMIT 'x'`,
        `CREATE TABLE made (id int PRIMARY KEY, note varchar(5)) AS SELECT id, 'made' AS note FROM old`,
        `INSERT INTO made VALUES (9, 'n')`,
        `CREATE TABLE alike LIKE old`,
        `INSERT INTO alike VALUES (1, 1, 'x')`,
        `ALTER TABLE old RENAME TO older`,
        `INSERT INTO older VALUES (5, 5, 'x')`,
        `RENAME TABLE older TO old`,
        `RENAME TABLE alike TO other`,
        `INSERT INTO old VALUES (6, 6, 'x')`,
        `INSERT INTO other VALUES (6, 6, 'x')`,
        `ALTER TABLE old ADD c int NOT NULL DEFAULT 7, ALGORITHM=INSTANT`,
        `INSERT INTO old (id) VALUES (7)`,
        `ALTER TABLE old ALTER COLUMN c SET DEFAULT 8, RENAME COLUMN a TO aa`,
        `INSERT INTO old (id) VALUES (8)`,
        `ALTER TABLE hidden ALTER COLUMN a SET VISIBLE`,
        `INSERT INTO hidden VALUES (20, 1, 2)`,
        `CREATE VIEW seen AS SELECT id FROM old`,
        `DROP VIEW seen`,
      ]
      const config = { 'include.schema.changes': 'true' }
      const records = await compare(peer, {
        flavour: 'mysql',
        before: before.filter(sql => !/TABLE parts/.test(sql)),
        after: definitions,
        config,
      })
      expect(records.length).toBeGreaterThan(30)
    })

    test('JSON of every kind says the same', { timeout: 120_000 }, async () => {
      const values = [
        `'null'`,
        `'true'`,
        `'-1'`,
        `'65535'`,
        `'-32769'`,
        `'2147483648'`,
        `'9223372036854775807'`,
        `'18446744073709551615'`,
        `'0.1'`,
        `'-1.5e300'`,
        `'1e0'`,
        `'-0.0'`,
        `'[123456789012345.6, 1e-5, 1e-15, 1e-16, 5e-324, 100.0, 0.00012345]'`,
        ...['1e15', '1e16', '1234567890123456.7', '1e22', '-123456.5e200', '1.2345e-15'].map(number => `'${number}'`),
        `'{"__proto__": 1, "10": 2, "b": 3}'`,
        `'"ü😀\\\\n\\\\"\\\\\\\\ \\\\u0001"'`,
        `'[]'`,
        `'{}'`,
        `'[[1, [2, {"a": [null, false]}]], "x"]'`,
        `'{"b": 1, "aa": {"c": "d"}, "": 0}'`,
        `CAST(CAST(1.50 AS decimal(10, 2)) AS json)`,
        `CAST(CAST('2026-03-01' AS date) AS json)`,
        `CAST(CAST('2026-03-01 12:34:56.123456' AS datetime(6)) AS json)`,
        `JSON_OBJECT('long', repeat('x', 70000))`,
        `JSON_ARRAY(JSON_OBJECT('k', CAST(CAST(2 AS decimal(5, 3)) AS json)))`,
      ]
      // Debezium leaves away zeros and types, and cannot read negative times.
      const differing = [
        `JSON_ARRAY(CAST(x'00' AS binary(3)), repeat(x'ff', 200), ST_GeomFromText('POINT(1 2)'))`,
        `CAST(TIMESTAMP'0000-00-00 00:00:00' AS json)`,
        `CAST(CAST('12:34:56.789' AS time(3)) AS json)`,
        `CAST(CAST('-12:34:56' AS time) AS json)`,
        `CAST(x'00ff' AS json)`,
        `CAST(b'101' AS json)`,
      ]
      const all = [...values, ...differing]
      const rows = (from: number): string[] => all.map((value, at) => `INSERT INTO j VALUES (${from + at}, ${value})`)
      const records = await compare(peer, {
        flavour: 'mysql',
        before: [`CREATE TABLE j (id int PRIMARY KEY, j json)`, ...rows(0)],
        after: rows(100),
        alike: record =>
          idOf(record) % 100 < values.length || !record.topic.endsWith('.j')
            ? parsedJson(record)
            : { ...record, value: null },
      })
      const texts = new Map(records.filter(({ topic }) => topic.endsWith('.j')).map(one => [idOf(one), textOf(one)]))
      // A change has the very text that the server prints.
      for (const at of all.keys()) expect(texts.get(at + 100), all[at]).toBe(texts.get(at))
    })
  })
})

const idOf = ({ key }: PeerRecord): number => (key as { payload: { id: number } }).payload.id
const textOf = ({ value }: PeerRecord): string => (value as { payload: { after: { j: string } } }).payload.after.j

/** With what JSON columns say rather than how it is written. */
function parsedJson(record: PeerRecord): PeerRecord {
  const copy = structuredClone(record) as {
    value: { payload?: Record<string, { j?: unknown } | null> } | null
  } & PeerRecord
  for (const side of ['before', 'after']) {
    const row = copy.value?.payload?.[side]
    if (typeof row?.j === 'string') row.j = JSON.parse(row.j) as unknown
  }
  return copy
}

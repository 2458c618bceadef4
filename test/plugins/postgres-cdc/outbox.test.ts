import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/postgres-cdc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { asPeer, DebeziumPeer, masked, received } from '../debezium-peer.js'
import { transformed } from '../debezium-transforms.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[])[0]!
const type = 'io.debezium.transforms.outbox.EventRouter'

/** What a case has in its outbox: the texts of its payloads, null among them. */
type Payloads = readonly (string | null)[]

const plain: Payloads = ['{"a": 1}', 'no JSON', null, '', ' \t ']

/** JSON that Debezium's router expands, and text that it leaves. Not arrays: see the README. */
const documents: Payloads = [
  '{"s": "x", "b": true, "i": 1, "l": 3000000000, "f": 1.5, "d": 2.0, "e": 1e3, "n": null, "none": [], "o": {"p": {"q": 1}, "r": {}}}',
  '{"ints": [1, 2, null], "texts": ["a"], "lists": [[1], [2]], "rows": [{"a": 1, "o": {"b": "x"}}, {"a": 2, "o": {"b": "y"}}]}',
  '{"mixed": [1, "x"]}',
  '{"nulls": [null, null]}',
  '{"a": 9007199254740993, "ü": "ß"}',
  '{"twice": 1, "twice": 2}',
  '{}',
  '"text"',
  '{"a": 1',
  ' {"a": 1}',
  '',
  null,
]

describeWithJava('an outbox beside Debezium’s', () => {
  let database: TestDatabase
  let peer: DebeziumPeer
  beforeAll(async () => {
    ;[database, peer] = await Promise.all([
      sharedServer('postgres').then(postgresDatabase),
      DebeziumPeer.start('debezium-outbox'),
    ])
  }, serverStartMs)
  afterAll(async () => {
    await peer?.stop()
    await database
      ?.run(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()`)
      .catch(() => undefined)
    await database?.drop()
  })

  /** A row for each payload. One route: Debezium's envelopes have the name of the first. */
  const inserts = (schema: string, payloads: Payloads, first: number): readonly string[] =>
    payloads.map((payload, at) => {
      const n = first + at
      const text = payload === null ? 'NULL' : `'${payload}'`
      return `INSERT INTO ${schema}.outbox VALUES ('${uuidOf(n)}', '${schema}', 'key ${n}', 'Type${n}', ${text},
        convert_to(${text}, 'utf8'), ${n}, ${n % 3}, ${n % 2 === 0 ? 7 : 7 + n}, '2026-03-01 12:00:0${n % 10}.123456')`
    })

  /** Runs both on one outbox, on rows of before and of after their start, and compares what stands in topics of that prefix. */
  async function compare(schema: string, topics: string, payloads: Payloads, keys: Readonly<Record<string, string>>) {
    await database.run(
      `CREATE SCHEMA ${schema};
       CREATE TABLE ${schema}.outbox (id uuid PRIMARY KEY, aggregatetype text NOT NULL, aggregateid text NOT NULL,
         type varchar(20), payload text, body bytea, number int NOT NULL, part int, version int DEFAULT 1, at timestamp);
       CREATE PUBLICATION pub_${schema} FOR TABLE ${schema}.outbox`,
    )
    for (const sql of inserts(schema, payloads, 0)) await database.run(sql)
    const config = {
      'topic.prefix': schema,
      'database.hostname': database.host,
      'database.port': String(database.port),
      'database.user': database.user,
      'database.password': database.password,
      'database.dbname': database.database,
      'plugin.name': 'pgoutput',
      'schema.include.list': schema,
      'publication.name': `pub_${schema}`,
    }
    let ours: SourceDrive | undefined
    try {
      await peer.create(schema, {
        ...config,
        'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
        'slot.name': `theirs_${schema}`,
        'topic.creation.default.partitions': '3',
        'topic.creation.default.replication.factor': '1',
        transforms: 't',
        'transforms.t.type': type,
        ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`transforms.t.${key}`, value])),
      })
      await peer.read(topics, payloads.length)
      // Only now: a snapshot that is not read on would hold up the slots of the others.
      const drive = (ours = await SourceDrive.open(source, { ...config, 'slot.name': `ours_${schema}` }))
      await drive.readUntil(() => drive.records.length >= payloads.length)
      for (const sql of inserts(schema, payloads, 50)) await database.run(sql)
      await database.run(`UPDATE ${schema}.outbox SET type = 'x' WHERE number = 0`)
      await database.run(`DELETE FROM ${schema}.outbox WHERE number < 2`)
      // The last that is deleted.
      await drive.readUntil(() => drive.records.some(({ value }) => isDelete(value, uuidOf(1))))
      const mine = transformed(drive.records, { type, ...keys })
      const theirs = await peer.messages(topics, mine.length)
      expect(mine).toHaveLength(payloads.length * 2)
      for (const topic of new Set([...mine, ...theirs].map(one => one.topic))) {
        const of = <R extends { readonly topic: string }>(all: readonly R[]): readonly R[] =>
          all.filter(one => one.topic === topic).toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
        expect(of(mine.map(record => masked(asPeer(record)))), topic).toEqual(
          of(theirs.map(message => masked(received(message)))),
        )
      }
      return { mine, theirs }
    } finally {
      await ours?.stop()
      await peer.delete(schema)
    }
  }

  test.concurrent.each<[string, Payloads, Record<string, string>]>([
    ['defaults', plain, {}],
    [
      'columns of other names',
      plain,
      { 'table.field.event.id': 'number', 'table.field.event.key': 'type', 'table.field.event.payload': 'aggregateid' },
    ],
    ['columns in headers', plain, { 'table.fields.additional.placement': 'type:header,number:header:no' }],
    ['columns in the envelope', plain, { 'table.fields.additional.placement': 'type:envelope:eventType,at:envelope' }],
    ['tombstones of empty payloads', plain, { 'route.tombstone.on.empty.payload': 'true' }],
    ['payloads of bytes', plain, { 'table.field.event.payload': 'body', 'route.tombstone.on.empty.payload': 'true' }],
    ['payloads of JSON', documents, { 'table.expand.json.payload': 'true' }],
    [
      'nulls of JSON',
      documents,
      { 'table.expand.json.payload': 'true', 'table.json.payload.null.behavior': 'optional_bytes' },
    ],
  ])('%s', { timeout: 120_000 }, async (name, payloads, keys) => {
    const schema = `box_${name.replaceAll(/\W/g, '_').toLowerCase()}`
    await compare(schema, `outbox.event.${schema}`, payloads, keys)
  })

  test.concurrent('topics by an expression', { timeout: 120_000 }, async () => {
    await compare('box_routes', 'to.Type', plain, {
      'route.by.field': 'type',
      'route.topic.regex': '(?<kind>Type)(\\d)(\\d?)',
      'route.topic.replacement': 'to.${kind}.$2',
    })
  })

  test('partitions, versions and times', { timeout: 120_000 }, async () => {
    const { mine, theirs } = await compare('box_places', 'outbox.event.box_places', plain, {
      'table.fields.additional.placement': 'part:partition,type:envelope',
      'table.field.event.timestamp': 'at',
      'table.field.event.schema.version': 'version',
    })
    const places = theirs.map(({ partition, message: { key, timestamp } }) => [
      String(key),
      partition,
      Number(timestamp),
    ])
    const expected = mine.map(record => {
      const { key } = asPeer(record)
      return [JSON.stringify(key), record.kafkaPartition, record.timestamp]
    })
    expect(new Set(places.map(place => JSON.stringify(place)))).toEqual(
      new Set(expected.map(place => JSON.stringify(place))),
    )
  })
})

const uuidOf = (number: number): string => `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`

function isDelete(value: unknown, id: string): boolean {
  const change = value as { readonly op: string; readonly before: { readonly id: string } | null } | null
  return change?.op === 'd' && change.before?.id === id
}

/** Messages of several partitions come in any order. */
function idOf(record: object): string {
  return JSON.stringify((record as { headers?: unknown }).headers)
}

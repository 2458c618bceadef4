import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { aivenJdbc, aivenJdbcSources } from '../../servers/connect/aiven-jdbc.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { asPeer, DebeziumPeer, type PeerRecord } from '../debezium-peer.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === 'jdbc-source')!

/** Not numeric without precision: Aiven's makes an integer of it and loses the fraction, ours goes by Confluent's. */
const types = {
  boolean: 'true',
  smallint: '-32768',
  int: '2147483647',
  bigint: '9007199254740993',
  real: '1.5',
  'double precision': '0.1',
  'numeric(12,2)': '12.30',
  'numeric(5,0)': '123',
  'char(4)': "'ab'",
  'varchar(10)': "'grüße'",
  text: "'x'",
  bytea: "'\\x00ff10'",
  date: "'2026-02-28'",
  time: "'23:59:59'",
  timestamp: "'2026-03-01 12:00:00.123456'",
  timestamptz: "'2026-03-01 12:00:00.5+02'",
  json: `'{"a": 1}'`,
  jsonb: `'{"a": 1}'`,
  uuid: "'3e11fa47-71ca-11e1-9e33-c80aa9429562'",
  'bit(1)': "B'1'",
  oid: '5',
} as const

const suite = aivenJdbcSources === undefined ? describe.skip : describeWithJava
suite('the JDBC source beside Aiven’s', () => {
  let database: TestDatabase
  let peer: DebeziumPeer
  beforeAll(async () => {
    ;[database, peer] = await Promise.all([
      sharedServer('postgres').then(postgresDatabase),
      aivenJdbc(aivenJdbcSources!).then(folder => DebeziumPeer.start('aiven-jdbc', { folders: [folder] })),
    ])
  }, serverStartMs)
  afterAll(async () => {
    await peer?.stop()
    await database?.drop()
  })

  test.each<[string, Record<string, string>]>([
    ['bulk', { mode: 'bulk', 'poll.interval.ms': '3600000' }],
    ['incrementing', { mode: 'incrementing', 'incrementing.column.name': 'id' }],
    [
      'both_columns',
      { mode: 'timestamp+incrementing', 'incrementing.column.name': 'id', 'timestamp.column.name': 'changed' },
    ],
    ['mapped', { mode: 'incrementing', 'incrementing.column.name': 'id', 'numeric.mapping': 'best_fit' }],
  ])('%s', { timeout: 120_000 }, async (name, keys) => {
    const columns = Object.keys(types).map((type, at) => `c${at} ${type}`)
    await database.run(
      `CREATE TABLE ${name} (id bigserial PRIMARY KEY, changed timestamp NOT NULL DEFAULT '2026-01-01', ${columns.join(', ')})`,
    )
    const values = Object.values(types)
    for (const row of [values, values.map(() => 'NULL')])
      await database.run(
        `INSERT INTO ${name} (${columns.map((_, at) => `c${at}`).join(', ')}) VALUES (${row.join(', ')})`,
      )
    const config = { ...database.connection, 'table.whitelist': name, 'topic.prefix': 'a-', ...keys }
    const ours = await SourceDrive.open(source, config)
    try {
      await peer.create(name, { ...config, 'connector.class': 'io.aiven.connect.jdbc.JdbcSourceConnector' })
      await ours.readFor(2_000)
      const mine = ours.records.map(asPeer)
      const theirs: readonly PeerRecord[] = await peer.read(`a-${name}`, mine.length)
      expect(mine).toHaveLength(2)
      expect(mine.map(withoutPrecision)).toEqual(theirs)
    } finally {
      await ours.stop()
      await peer.delete(name)
    }
  })
})

/** Confluent's connector tells the precision of decimals, and so does ours. */
function withoutPrecision(record: PeerRecord): unknown {
  return JSON.parse(
    JSON.stringify(record)
      .replaceAll(/"connect\.decimal\.precision":"\d+",?/g, '')
      .replaceAll(',}', '}'),
  )
}

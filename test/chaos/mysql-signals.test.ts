import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import plugins from '@millrace/mysql-cdc'
import type { OffsetMap } from '../../src/core/offset.js'
import type { SourcePlugin } from '../../src/plugin/index.js'
import { mysqlDatabase, type TestDatabase } from '../servers/database/test-database.js'
import { sharedServer } from '../servers/shared/shared-servers.js'
import { describeWithJava, describeWithMariadb, describeWithMysql, serverStartMs } from '../servers/shared/suites.js'
import { until } from '../servers/until.js'
import { asPeer, DebeziumPeer, masked, type PeerRecord } from '../plugins/debezium-peer.js'
import { Offsets, SourceDrive } from '../plugins/source-drive.js'

const servers = [
  { flavour: 'mariadb', suite: describeWithMariadb, connector: 'io.debezium.connector.mariadb.MariaDbConnector' },
  { flavour: 'mysql', suite: describeWithMysql, connector: 'io.debezium.connector.mysql.MySqlConnector' },
] as const

let replicas = 84_000

describeWithJava('signals as Debezium takes them', () => {
  let peer: DebeziumPeer
  beforeAll(async () => {
    peer = await DebeziumPeer.start('debezium-mysql-signals')
  }, serverStartMs)
  afterAll(() => peer?.stop())

  describe.each(servers)('its connector for $flavour', ({ flavour, suite, connector }) => {
    const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === `${flavour}-cdc`)!

    suite('with a server', () => {
      let database: TestDatabase
      beforeAll(async () => {
        database = await mysqlDatabase(await sharedServer(flavour))
      }, serverStartMs)
      afterAll(() => database?.drop())

      /** A table with 25 rows, one without any, and a signal table for each of the two; what a connector needs to read them. */
      const prepared = async (table: string) => {
        await database.run(
          `CREATE TABLE ${table} (id int, part varchar(9), note text, PRIMARY KEY (id, part)); CREATE TABLE empty_${table} (id int PRIMARY KEY)`,
        )
        const rows = Array.from({ length: 25 }, (_, at) => `(${at + 1}, 'p${at + 1}', 'note')`)
        await database.run(`INSERT INTO ${table} VALUES ${rows.join(', ')}`)
        for (const whose of ['ours', 'theirs'])
          await database.run(
            `CREATE TABLE ${whose}_${table} (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048))`,
          )
        const prefix = `${flavour}_signals_${table}`
        return {
          prefix,
          full: `${database.database}.${table}`,
          config: (whose: string): Record<string, string> => ({
            'topic.prefix': prefix,
            'database.hostname': database.host,
            'database.port': String(database.port),
            'database.user': database.user,
            'database.password': database.password,
            'database.server.id': String(replicas++),
            'database.include.list': database.database,
            'table.include.list': `${database.database}\\.(empty_)?${table}`,
            'include.schema.changes': 'false',
            'signal.data.collection': `${database.database}.${whose}_${table}`,
            'incremental.snapshot.chunk.size': '10',
            'notification.enabled.channels': 'sink',
            'notification.sink.topic.name': `${prefix}.notices`,
            'snapshot.mode': 'no_data',
          }),
        }
      }
      const theirs = (config: Record<string, string>): Record<string, string> => ({
        ...config,
        'connector.class': connector,
        'schema.history.internal': 'io.debezium.relational.history.MemorySchemaHistory',
      })
      /** Once it has told that its snapshot is over, which is before changes are read, no signal is passed over. */
      const begin = async (config: Record<string, string>): Promise<void> => {
        const prefix = config['topic.prefix']!
        await peer.create(prefix, theirs(config))
        await until(
          () => `Debezium's snapshot of ${prefix}`,
          30_000,
          async () => (await peer.count(`${prefix}.notices`)) >= 2,
        )
      }
      const signal = (table: string, type: string, data: unknown): Promise<void> =>
        database.run(`INSERT INTO ${table} VALUES (?, ?, ?)`, [type, type, JSON.stringify(data)])

      test.concurrent.each(['incremental', 'blocking'])('%s: the same rows and notifications', async type => {
        const { prefix, full, config } = await prepared(type)
        const drive = await SourceDrive.open(source, config('ours'))
        try {
          await drive.readFor(1_000)
          await begin(config('theirs'))
          // Of a blocking one Debezium wants the whole statement.
          const filter = type === 'blocking' ? `SELECT * FROM ${full} WHERE id <> 3` : 'id <> 3'
          // Where a table is empty Debezium marks no row of a blocking one as the first, or the last, of all.
          const tables = type === 'blocking' ? [full] : [full, `${database.database}.empty_${type}`]
          const conditions = [{ 'data-collection': full, filter }]
          for (const whose of ['ours', 'theirs'])
            await signal(`${whose}_${type}`, 'execute-snapshot', {
              'data-collections': tables,
              type,
              'additional-conditions': conditions,
            })
          await drive.readFor(3_000)
          const mine = drive.records.map(asPeer)
          const [rows, notices] = [`${prefix}.${full}`, `${prefix}.notices`]
          expect(shown(mine, rows)).toHaveLength(24)
          const { length } = shown(mine, notices)
          await until(
            () => `all of ${prefix} from Debezium`,
            30_000,
            async () => (await peer.count(rows)) >= 24 && (await peer.count(notices)) > length,
          )
          expect(shown(mine, rows)).toEqual(shown(await peer.read(rows, 24), rows))
          // At the start Debezium reads definitions and tells of a snapshot of them; here none is needed, and one that was left out is told.
          const theirNotices = shown(await peer.read(notices, length + 1), notices)
          expect(shown(mine, notices).slice(1)).toEqual(theirNotices.slice(2))
        } finally {
          await drive.stop()
          await peer.delete(prefix)
        }
      })

      test('an incremental snapshot that Debezium has begun is gone on with', async () => {
        const { prefix, full, config } = await prepared('taken')
        await begin(config('theirs'))
        await signal('theirs_taken', 'execute-snapshot', { 'data-collections': [full] })
        await signal('theirs_taken', 'pause-snapshot', {})
        type Stored = { readonly offsets?: readonly { readonly offset: OffsetMap | null }[] }
        let offset: OffsetMap | undefined
        // An array of keys is there once rows have gone out, in place of a null.
        await until(
          () => `Debezium to store how far it is: ${JSON.stringify(offset)}`,
          60_000,
          async () => {
            offset = ((await peer.offsets(prefix)) as Stored).offsets?.[0]?.offset ?? undefined
            return String(offset?.['incremental_snapshot_primary_key']).startsWith('aced000575')
          },
        )
        const first = await peer.read(`${prefix}.${full}`, 10)
        await peer.delete(prefix)
        const offsets = new Offsets()
        offsets.commit({ server: prefix }, offset!)
        const drive = await SourceDrive.open(source, config('theirs'), { offsets })
        try {
          const rows = (): readonly number[] =>
            drive.records.flatMap(({ topic, key }) => (topic === `${prefix}.${full}` ? (key as { id: number }).id : []))
          await drive.readUntil(() => rows().length >= 15)
          await drive.readFor(500)
          expect(first).toHaveLength(10)
          expect(rows()).toEqual(Array.from({ length: 15 }, (_, at) => at + 11))
        } finally {
          await drive.stop()
        }
      })
    })
  })
})

/** Records by what they say; times and ids of no signal differ from run to run. */
function shown(records: readonly PeerRecord[], topic: string): readonly unknown[] {
  return records
    .filter(record => record.topic === topic)
    .map(masked)
    .map(withoutLast)
    .map(({ key, value, headers }) => {
      const text = JSON.stringify({ key, value, headers }).replace(/"timestamp":\d+/g, '"timestamp":0')
      return JSON.parse(
        text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!:)/g, '<id>'),
      ) as unknown
    })
}

/** Debezium leaves in rows the server and thread of the change that it has read last. */
function withoutLast(record: PeerRecord): PeerRecord {
  const { payload } = record.value as { payload: { source?: Record<string, unknown> } }
  if (payload.source) Object.assign(payload.source, { server_id: 0, thread: null })
  return record
}

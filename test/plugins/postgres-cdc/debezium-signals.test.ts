import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/postgres-cdc'
import type { OffsetMap } from '../../../src/core/offset.js'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithJava, serverStartMs } from '../../servers/shared/suites.js'
import { asPeer, DebeziumPeer, masked, type PeerRecord } from '../debezium-peer.js'
import { until } from '../../servers/until.js'
import { Offsets, SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[])[0]!

describeWithJava('signals as Debezium’s connector takes them', () => {
  let peer: DebeziumPeer
  let database: TestDatabase
  beforeAll(async () => {
    peer = await DebeziumPeer.start('debezium-postgres')
    database = await postgresDatabase(await sharedServer('postgres'))
  }, serverStartMs)
  afterAll(async () => {
    await peer?.stop()
    await database?.run(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active`,
    )
    await database?.drop()
  })

  /** Notifications by what they say; times and ids of no signal differ from run to run. */
  const shown = (records: readonly PeerRecord[], topic: string): readonly unknown[] =>
    records
      .filter(record => record.topic === topic)
      .map(masked)
      .map(({ key, value, headers }) => {
        const text = JSON.stringify({ key, value, headers }).replace(/"timestamp":\d+/g, '"timestamp":0')
        return JSON.parse(
          text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>'),
        ) as unknown
      })

  test.each(['incremental', 'blocking'])('%s: the same rows and notifications', { timeout: 180_000 }, async type => {
    const prefix = `signals_${type}`
    await database.run(`CREATE SCHEMA ${type}`)
    const table = `${type}.t`
    await database.run(`CREATE TABLE ${table} (id int, part text, note text, PRIMARY KEY (id, part))`)
    await database.run(`INSERT INTO ${table} SELECT g, 'p' || g, 'note' FROM generate_series(1, 25) g`)
    await database.run(`CREATE TABLE ${type}.empty (id int PRIMARY KEY)`)
    for (const whose of ['ours', 'theirs'])
      await database.run(
        `CREATE TABLE ${type}.${whose} (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048))`,
      )
    await database.run(`CREATE PUBLICATION pub_${type} FOR ALL TABLES`)
    const config = (whose: string): Record<string, string> => ({
      'topic.prefix': prefix,
      'database.hostname': database.host,
      'database.port': String(database.port),
      'database.user': database.user,
      'database.password': database.password,
      'database.dbname': database.database,
      'plugin.name': 'pgoutput',
      'publication.name': `pub_${type}`,
      'slot.name': `${whose}_${prefix}`,
      'table.include.list': `${type}\\.(t|empty)`,
      'signal.data.collection': `${type}.${whose}`,
      'incremental.snapshot.chunk.size': '10',
      'notification.enabled.channels': 'sink',
      'notification.sink.topic.name': `${prefix}.notices`,
      'snapshot.mode': 'no_data',
    })
    const ours = await SourceDrive.open(source, config('ours'))
    try {
      await ours.readFor(1_000)
      await peer.create(prefix, {
        ...config('theirs'),
        'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      })
      // Of a blocking one Debezium wants the whole statement.
      const filter = type === 'blocking' ? `SELECT * FROM ${table} WHERE id <> 3` : 'id <> 3'
      const conditions = [{ 'data-collection': table, filter }]
      // Where a table is empty Debezium marks no row of a blocking one as the first, or the last, of all.
      const tables = type === 'blocking' ? [table] : [table, `${type}.empty`]
      const data = { 'data-collections': tables, type, 'additional-conditions': conditions }
      for (const whose of ['ours', 'theirs'])
        await database.run(
          `INSERT INTO ${type}.${whose} VALUES ('signal', 'execute-snapshot', '${JSON.stringify(data)}')`,
        )
      await ours.readFor(4_000)
      const mine = ours.records.map(asPeer)
      const topics = [`${prefix}.${table}`, `${prefix}.notices`]
      const wanted = mine.filter(({ topic }) => topics.includes(topic)).length
      expect(shown(mine, topics[0]!)).toHaveLength(24)
      // Their marks and signal are records too.
      const theirs = await peer.read(prefix, mine.length, 60_000)
      expect(theirs.filter(({ topic }) => topics.includes(topic))).toHaveLength(wanted)
      for (const topic of topics) expect(shown(mine, topic), topic).toEqual(shown(theirs, topic))
    } finally {
      await ours.stop()
      await peer.delete(prefix)
    }
  })

  test('an incremental snapshot that Debezium has begun is gone on with', { timeout: 180_000 }, async () => {
    const prefix = 'signals_taken'
    await database.run(`CREATE SCHEMA taken`)
    await database.run(`CREATE TABLE taken.t (id int, part text, PRIMARY KEY (id, part))`)
    await database.run(`INSERT INTO taken.t SELECT g, 'p' || g FROM generate_series(1, 25) g`)
    await database.run(`CREATE TABLE taken.signal (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048))`)
    await database.run(`CREATE PUBLICATION pub_taken FOR ALL TABLES`)
    const config = {
      'topic.prefix': prefix,
      'database.hostname': database.host,
      'database.port': String(database.port),
      'database.user': database.user,
      'database.password': database.password,
      'database.dbname': database.database,
      'plugin.name': 'pgoutput',
      'publication.name': 'pub_taken',
      'slot.name': 'slot_taken',
      'table.include.list': 'taken\\.t',
      'signal.data.collection': 'taken.signal',
      'incremental.snapshot.chunk.size': '10',
      'snapshot.mode': 'no_data',
      'slot.retry.delay.ms': '500',
    }
    await peer.create(prefix, { ...config, 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector' })
    await database.run(
      `INSERT INTO taken.signal VALUES ('1', 'execute-snapshot', '{"data-collections": ["taken.t"]}'), ('2', 'pause-snapshot', '{}')`,
    )
    type Stored = { readonly offsets?: readonly { readonly offset: OffsetMap | null }[] }
    const stored = async (): Promise<OffsetMap | undefined> =>
      ((await peer.offsets(prefix)) as Stored).offsets?.[0]?.offset ?? undefined
    let offset: OffsetMap | undefined
    // An array of keys is there once rows have gone out, in place of a null.
    await until(
      () => `Debezium to store how far it is: ${JSON.stringify(offset)}`,
      90_000,
      async () => String((offset = await stored())?.['incremental_snapshot_primary_key']).startsWith('aced000575'),
    )
    const theirs = await peer.read(`${prefix}.taken.t`, 10)
    await peer.delete(prefix)
    const offsets = new Offsets()
    offsets.commit({ server: prefix }, offset!)
    const ours = await SourceDrive.open(source, config, { offsets })
    try {
      const rows = (): readonly number[] =>
        ours.records.flatMap(({ topic, key }) => (topic === `${prefix}.taken.t` ? (key as { id: number }).id : []))
      await ours.readUntil(() => rows().length >= 15)
      await ours.readFor(1_000)
      expect(theirs).toHaveLength(10)
      expect(rows()).toEqual(Array.from({ length: 15 }, (_, at) => at + 11))
    } finally {
      await ours.stop()
    }
  })
})

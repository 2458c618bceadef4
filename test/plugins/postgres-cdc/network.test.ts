import { expect, test } from 'vitest'
import plugins from '@millrace/postgres-cdc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { postgresDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithPostgres } from '../../servers/shared/suites.js'
import { openTcpProxy } from '../../servers/tcp-proxy.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[])[0]!

describeWithPostgres('a network to PostgreSQL that drops packets', () => {
  test('changes go on where they stood once packets pass again; a dead connection does not hold up the stop', async () => {
    const database = await postgresDatabase(await sharedServer('postgres'))
    const proxy = await openTcpProxy(database)
    try {
      await database.run('CREATE TABLE t (id int PRIMARY KEY)')
      const drive = await SourceDrive.open(source, {
        'topic.prefix': 'cut',
        'database.hostname': proxy.host,
        'database.port': String(proxy.port),
        'database.user': database.user,
        'database.password': database.password,
        'database.dbname': database.database,
        'slot.name': `slot_${database.database}`,
        'status.update.interval.ms': '200',
      })
      await drive.readFor(500)
      for (let round = 0; round < 3; round++) {
        await database.run(`INSERT INTO t SELECT g FROM generate_series(${round * 100 + 1}, ${round * 100 + 100}) g`)
        proxy.stall()
        await drive.readFor(700)
        proxy.resume()
      }
      await drive.readUntil(() => drive.records.length >= 300)
      await drive.readFor(300)
      expect(drive.records.map(({ key }) => (key as { id: number }).id)).toEqual(
        Array.from({ length: 300 }, (_, at) => at + 1),
      )
      const reading = drive.readFor(20_000).catch(() => undefined)
      proxy.forget()
      const started = performance.now()
      await drive.stop()
      await reading
      expect(performance.now() - started).toBeLessThan(6_000)
    } finally {
      await proxy.close()
      await database.run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'Millrace'`,
      )
      await database.run(
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active`,
      )
      await database.drop()
    }
  })
})

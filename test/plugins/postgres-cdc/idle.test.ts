import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/postgres-cdc'
import type { RawConfig, SourceLag, SourcePlugin } from '../../../src/plugin/index.js'
import type { DatabaseServer } from '../../servers/database/database-server.js'
import { startPostgres } from '../../servers/database/start-postgres.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { describeWithPostgres, serverStartMs } from '../../servers/shared/suites.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[])[0]!
const mb = 1 << 20

describeWithPostgres('a database where nothing happens, on a server where much does', () => {
  let server: DatabaseServer
  let idle: TestDatabase
  let busy: TestDatabase
  beforeAll(async () => {
    server = await startPostgres({ settings: ['max_wal_size=48MB', 'min_wal_size=32MB', 'wal_keep_size=0'] })
    ;[idle, busy] = await Promise.all([postgresDatabase(server), postgresDatabase(server)])
    await idle.run('CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE other (filler text)')
    await busy.run('CREATE TABLE filled (filler text)')
  }, serverStartMs)
  afterAll(() => server?.stop())

  const configOf = (name: string, more: RawConfig): RawConfig => ({
    'topic.prefix': name,
    'database.hostname': idle.host,
    'database.port': String(idle.port),
    'database.user': idle.user,
    'database.password': idle.password,
    'database.dbname': idle.database,
    'slot.name': name,
    'publication.name': name,
    'publication.autocreate.mode': 'filtered',
    'table.include.list': 'public\\.t',
    'status.update.interval.ms': '100',
    ...more,
  })
  /** About 12 MB of log, in a database's own table. */
  const fill = async (database: TestDatabase, table: string): Promise<void> => {
    await database.run(`INSERT INTO ${table} SELECT repeat('x', 1000) FROM generate_series(1, 10000) g`)
    await database.run('CHECKPOINT')
  }
  const number = async (sql: string): Promise<number> => Number((await idle.rows(sql))[0]![0])
  const confirmed = (slot: string) =>
    number(`SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE slot_name = '${slot}'`)
  const logOnDisk = () => number('SELECT sum(size) FROM pg_ls_waldir()')

  test.each<[string, string, RawConfig]>([
    ['another database, without heartbeats', 'elsewhere', {}],
    ['another database, with heartbeats', 'beating', { 'heartbeat.interval.ms': '200' }],
    ['another table, without heartbeats', 'beside', {}],
    [
      'another table, with heartbeats that write',
      'writing',
      { 'heartbeat.interval.ms': '200', 'heartbeat.action.query': `SELECT pg_logical_emit_message(false, 'beat', '')` },
    ],
  ])('%s: the slot moves on, and the log does not grow', { timeout: 120_000 }, async (where, name, more) => {
    const drive = await SourceDrive.open(source, configOf(name, more))
    try {
      await drive.readFor(500)
      await drive.commit()
      await drive.readFor(300)
      const before = await confirmed(name)
      const work = () => (where.startsWith('another database') ? fill(busy, 'filled') : fill(idle, 'other'))
      // Nothing is committed, so that the server keeps all, and it is told.
      for (let round = 0; round < 10; round++) {
        await work()
        await drive.readFor(100)
      }
      expect(await logOnDisk()).toBeGreaterThan(100 * mb)
      expect(((await drive.lag()) as SourceLag).bytes).toBeGreaterThan(100 * mb)
      expect(await confirmed(name)).toBe(before)

      for (let round = 0; round < 10; round++) {
        await work()
        await drive.readFor(400)
        await drive.commit()
      }
      await drive.readFor(1_500)
      await drive.commit()
      await drive.readFor(300)
      expect((await confirmed(name)) - before).toBeGreaterThan(200 * mb)
      // Some servers remove by what they had saved of the slot at the checkpoint before.
      const deadline = performance.now() + 20_000
      while ((await logOnDisk()) > 80 * mb && performance.now() < deadline) {
        await idle.run('SELECT pg_logical_emit_message(true, $1, $2)', ['other', 'x'])
        await idle.run('CHECKPOINT')
        await drive.readFor(300)
        await drive.commit()
      }
      expect(await logOnDisk()).toBeLessThan(80 * mb)
      expect(((await drive.lag()) as SourceLag).bytes).toBeLessThan(32 * mb)
      expect(drive.records.filter(({ topic }) => topic === `${name}.public.t`)).toEqual([])
    } finally {
      await drive.stop()
      await idle.run(`SELECT pg_drop_replication_slot('${name}')`)
    }
  })
})

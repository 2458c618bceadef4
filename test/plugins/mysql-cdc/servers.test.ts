import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatabaseServer } from '../../servers/database/database-server.js'
import { sequence } from '../../servers/database/sequence.js'
import { mysqlDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { serverStartMs } from '../../servers/shared/suites.js'
import { openTcpProxy } from '../../servers/tcp-proxy.js'
import { until } from '../../servers/until.js'
import { SourceDrive, type Offsets } from '../source-drive.js'
import { captureConfig } from './capture-config.js'
import { servers } from './servers.js'

const idsOf = (drive: SourceDrive): number[] => drive.records.map(({ key }) => (key as { id: number }).id)

describe.each(servers)(
  'servers of $name as they are found',
  ({ suite, source, start, monitor, compressed, verified }) => {
    suite('with a server', () => {
      let server: DatabaseServer
      let database: TestDatabase
      const drives: SourceDrive[] = []
      beforeAll(async () => {
        server = await start({ settings: ['max-allowed-packet=64M', ...compressed] })
        database = await mysqlDatabase(server)
      }, serverStartMs)
      afterAll(async () => {
        await Promise.all(drives.map(one => one.stop()))
        await database?.drop()
        await server?.stop()
      })
      const open = async (config: Record<string, string>, offsets?: Offsets): Promise<SourceDrive> => {
        const drive = await SourceDrive.open(source, config, { ...(offsets && { offsets }) })
        drives.push(drive)
        return drive
      }
      const configOf = (table: string, more: Record<string, string> = {}): Record<string, string> =>
        captureConfig(database, table, more) as Record<string, string>

      test('a password, a host, a list or a file that cannot be right is refused, with the key it concerns', async () => {
        const refused = async (more: Record<string, string>) =>
          (await SourceDrive.validate(source, configOf('t', more)))
            .map(({ key, message }) => `${key}: ${message}`)
            .join('\n')
        expect(await refused({})).toBe('')
        const wrong = await refused({ 'database.password': 'sesame-wrong' })
        expect(wrong).toMatch(/database\.password: .*Access denied for user/)
        expect(wrong).not.toContain('sesame')
        expect(await refused({ 'database.port': '1' })).toMatch(/database\.hostname: .*ECONNREFUSED/)
        expect(await refused({ 'database.ssl.mode': verified })).toMatch(/secure connection|certificate/)
        expect(await refused({ 'table.include.list': 'a[', 'database.exclude.list': 'x' })).toMatch(
          /table\.include\.list: "a\[" is no regular expression[^]*database\.exclude\.list: .* exclude each other/,
        )
        expect(await refused({ 'database.ssl.truststore': '/etc/kafka/trust.jks' })).toMatch(
          /database\.ssl\.truststore: It must be a PEM file/,
        )
      })

      test('a server whose log does not have whole rows is refused, and says what to set', async () => {
        const refused = async () =>
          (await SourceDrive.validate(source, configOf('t'))).map(({ message }) => message).join('\n')
        await database.run(`SET GLOBAL binlog_format = 'MIXED', GLOBAL binlog_row_image = 'MINIMAL'`)
        try {
          expect(await refused()).toMatch(
            /binlog_format is "MIXED" and must be "ROW": SET GLOBAL binlog_format = 'ROW'[^]*binlog_row_image is "MINIMAL" and must be "FULL"/,
          )
          const drive = await open(configOf('t'))
          await expect(drive.read(1)).rejects.toMatchObject({ code: 'mysql.server_unfit' })
        } finally {
          await database.run(`SET GLOBAL binlog_format = 'ROW', GLOBAL binlog_row_image = 'FULL'`)
        }
        expect(await refused()).toBe('')
      })

      test('a user with a few rights: without that to replicate it is refused; without that to lock all, its tables are locked', async () => {
        await database.run(
          `CREATE USER plain IDENTIFIED BY 'p'; CREATE TABLE own (id int PRIMARY KEY); INSERT INTO own VALUES (1)`,
        )
        await database.run(`GRANT SELECT ON ${database.database}.* TO plain`)
        const config = configOf('own', { 'database.user': 'plain', 'database.password': 'p' })
        const messages = (await SourceDrive.validate(source, config)).map(({ message }) => message)
        expect(messages).toEqual([expect.stringContaining('may not read the binlog: GRANT REPLICATION SLAVE')])
        await database.run(`GRANT REPLICATION SLAVE, ${monitor} ON *.* TO plain`)
        expect(await SourceDrive.validate(source, config)).toEqual([])
        const denied = await open(config)
        await expect(denied.read(1)).rejects.toMatchObject({
          code: 'mysql.lock_denied',
          hint: expect.stringContaining('snapshot.locking.mode=none') as string,
        })
        const unlocked = await open({ ...config, 'snapshot.locking.mode': 'none' })
        expect((await unlocked.read(1)).length).toBe(1)
        await unlocked.stop()
        await database.run(`GRANT LOCK TABLES ON ${database.database}.* TO plain`)
        const locked = await open({ ...config, 'topic.prefix': 'locked' })
        await locked.read(1)
        await database.run('INSERT INTO own VALUES (2)')
        await locked.read(1)
        expect(idsOf(locked)).toEqual([1, 2])
      })

      test('a lock that others hold is waited for as long as is said, then it says so', async () => {
        await database.run('CREATE TABLE held (id int PRIMARY KEY)')
        const other = await mysqlDatabase(server)
        await other.run(`LOCK TABLES ${database.database}.held WRITE`)
        try {
          const drive = await open(configOf('held', { 'snapshot.lock.timeout.ms': '1000' }))
          await expect(drive.read(1)).rejects.toMatchObject({
            disposition: 'retry',
            message: expect.stringContaining('Lock wait timeout') as string,
          })
        } finally {
          await other.run('UNLOCK TABLES')
          await other.drop()
        }
      })

      test(
        'rows of 20 MB, compressed in the log, and a transaction of 100,000 rows pass through',
        { timeout: 120_000 },
        async () => {
          await database.run('CREATE TABLE big (id int PRIMARY KEY, b longblob)')
          await database.run('INSERT INTO big VALUES (1, REPEAT(0xff, 20000000))')
          const drive = await open(configOf('big'))
          await drive.read(1)
          await database.run(`INSERT INTO big VALUES (2, REPEAT(0xfe, 20000000))`)
          const [record] = await drive.read(1)
          const bytes = (record!.value as { after: { b: Uint8Array } }).after.b
          expect(bytes.length).toBe(20_000_000)
          expect(bytes.every(byte => byte === 0xfe)).toBe(true)
          await database.run(`INSERT INTO big SELECT seq, 'x' FROM ${sequence(3, 100_002)}`)
          await drive.read(100_000, 60_000)
          expect(idsOf(drive)).toEqual(Array.from({ length: 100_002 }, (_, at) => at + 1))
        },
      )

      test(
        'changes go on where they stood over a network that drops packets; a dead connection does not hold up the stop',
        { timeout: 60_000 },
        async () => {
          await database.run('CREATE TABLE cut (id int PRIMARY KEY)')
          const proxy = await openTcpProxy(database)
          try {
            const drive = await open(
              configOf('cut', { 'database.hostname': proxy.host, 'database.port': String(proxy.port) }),
            )
            await drive.readFor(700)
            for (let round = 0; round < 3; round++) {
              await database.run(`INSERT INTO cut SELECT seq FROM ${sequence(round * 100 + 1, round * 100 + 100)}`)
              proxy.stall()
              await drive.readFor(500)
              proxy.resume()
            }
            await drive.readUntil(() => drive.records.length >= 300)
            expect(idsOf(drive)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1))
            const reading = drive.readFor(20_000).catch(() => undefined)
            proxy.forget()
            const started = performance.now()
            await drive.stop()
            await reading
            expect(performance.now() - started).toBeLessThan(8_000)
          } finally {
            await proxy.close()
          }
        },
      )

      test('a reader that the server has thrown out fails by what passes, and goes on after its commit', async () => {
        await database.run('CREATE TABLE thrown (id int PRIMARY KEY)')
        const config = configOf('thrown')
        const first = await open(config)
        await first.readFor(700)
        await database.run('INSERT INTO thrown VALUES (1)')
        await first.read(1)
        await first.commit()
        const dumps = () =>
          database.rows(`SELECT id FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'`)
        for (const [id] of await dumps()) await database.run(`KILL ${id}`)
        await expect(first.read(1)).rejects.toMatchObject({ code: 'mysql.unavailable', disposition: 'retry' })
        await database.run('INSERT INTO thrown VALUES (2)')
        const again = await open(config, first.offsets)
        expect((await again.read(1)).map(({ key }) => (key as { id: number }).id)).toEqual([2])
        await again.stop()
        await until(
          () => 'the server to have no readers left of these',
          10_000,
          async () => (await dumps()).length <= drives.length,
        )
      })
    })
  },
)

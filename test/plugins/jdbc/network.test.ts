import { describe, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import type { SinkPlugin, SourcePlugin } from '../../../src/plugin/index.js'
import { mysqlDatabase, postgresDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithMariadb, describeWithMysql, describeWithPostgres } from '../../servers/shared/suites.js'
import { openTcpProxy } from '../../servers/tcp-proxy.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly (SourcePlugin | SinkPlugin)[]).find(
  ({ name }) => name === 'jdbc-source',
)! as SourcePlugin

const servers = [
  {
    name: 'PostgreSQL',
    scheme: 'postgresql',
    suite: describeWithPostgres,
    open: async () => postgresDatabase(await sharedServer('postgres')),
    counted: 'bigserial PRIMARY KEY',
    slow: 'SELECT pg_sleep(20)',
  },
  {
    name: 'MariaDB',
    scheme: 'mariadb',
    suite: describeWithMariadb,
    open: async () => mysqlDatabase(await sharedServer('mariadb')),
    counted: 'bigint AUTO_INCREMENT PRIMARY KEY',
    slow: 'SELECT sleep(20)',
  },
  {
    name: 'MySQL',
    scheme: 'mysql',
    suite: describeWithMysql,
    open: async () => mysqlDatabase(await sharedServer('mysql')),
    counted: 'bigint AUTO_INCREMENT PRIMARY KEY',
    slow: 'SELECT sleep(20)',
  },
] as const

describe.each(servers)('the JDBC source and a network to $name', ({ name, scheme, suite, open, counted, slow }) => {
  suite('that drops packets', () => {
    // Eleven seconds that say of the client what MariaDB's have said.
    test.skipIf(name === 'MySQL')(
      'stops in good time although nobody answers any more, whether it runs a statement or waits',
      async () => {
        const database = await open()
        const proxy = await openTcpProxy(database)
        try {
          await database.run(`CREATE TABLE t (id ${counted})`)
          const place = { ...database.connection, 'connection.url': url(scheme, proxy.port, database.database) }
          const common = { ...place, 'topic.prefix': 'x', 'poll.interval.ms': '100000' }
          for (const more of [
            { mode: 'bulk', query: slow },
            { mode: 'incrementing', 'table.whitelist': 't' },
          ])
            for (const fault of ['forget', 'stall'] as const) {
              const drive = await SourceDrive.open(source, { ...common, ...more })
              const reading = drive.readFor(20_000).catch(() => undefined)
              await new Promise(resolve => setTimeout(resolve, 500))
              proxy[fault]()
              const started = performance.now()
              await drive.stop()
              await reading
              expect(performance.now() - started, `${more.mode} ${fault}`).toBeLessThan(6_000)
              proxy.resume()
            }
        } finally {
          await proxy.close()
          await database.drop()
        }
      },
    )

    test('a connection that is lost while a statement runs fails the task, as what passes by itself', async () => {
      const database = await open()
      const proxy = await openTcpProxy(database)
      try {
        const drive = await SourceDrive.open(source, {
          ...database.connection,
          'connection.url': url(scheme, proxy.port, database.database),
          'topic.prefix': 'x',
          mode: 'bulk',
          query: slow,
        })
        const failure = drive.read(1).then(
          () => undefined,
          (error: unknown) => error,
        )
        await new Promise(resolve => setTimeout(resolve, 500))
        await proxy.close()
        expect(await failure).toMatchObject({ code: 'jdbc.unavailable', disposition: 'retry' })
        await drive.stop()
      } finally {
        await proxy.close()
        await database.drop()
      }
    })

    test('goes on where it stood once packets pass again, and nothing is lost or read twice', async () => {
      const database = await open()
      const proxy = await openTcpProxy(database)
      try {
        await database.run(`CREATE TABLE t (id ${counted}, note varchar(10))`)
        const drive = await SourceDrive.open(source, {
          ...database.connection,
          'connection.url': url(scheme, proxy.port, database.database),
          'topic.prefix': 'x',
          'poll.interval.ms': '20',
          mode: 'incrementing',
          'table.whitelist': 't',
        })
        for (let round = 0; round < 5; round++) {
          await database.run(`INSERT INTO t (note) VALUES ('a'), ('b'), ('c')`)
          if (round % 2 === 0) proxy.stall()
          await drive.readFor(300)
          proxy.resume()
        }
        await drive.readUntil(() => drive.records.length >= 15)
        await drive.readFor(200)
        const ids = drive.records.map(({ value }) => Number((value as { id: unknown }).id))
        expect(ids).toEqual(Array.from({ length: 15 }, (_, at) => at + 1))
        await drive.stop()
      } finally {
        await proxy.close()
        await database.drop()
      }
    })
  })
})

const url = (scheme: string, port: number, database: string): string => `jdbc:${scheme}://127.0.0.1:${port}/${database}`

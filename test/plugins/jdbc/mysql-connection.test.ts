import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { mysqlDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithMariadb, describeWithMysql, serverStartMs } from '../../servers/shared/suites.js'
import { SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === 'jdbc-source')!

/** The cipher of its connection, as the server sees it; empty: none. */
async function cipherOf(database: TestDatabase, driver: string, more: Record<string, string> = {}): Promise<string> {
  const drive = await SourceDrive.open(source, {
    ...database.connection,
    'connection.url': `jdbc:${driver}://${database.host}:${database.port}/${database.database}`,
    'connection.attempts': '1',
    mode: 'bulk',
    query: `SHOW SESSION STATUS LIKE 'Ssl_cipher'`,
    'topic.prefix': 'cipher',
    ...more,
  })
  try {
    const [record] = await drive.read(1)
    return (record!.value as { Value: string }).Value
  } finally {
    await drive.stop()
  }
}

describeWithMysql('a connection to MySQL, which has TLS by itself', () => {
  let database: TestDatabase
  let ca: string
  beforeAll(async () => {
    database = await mysqlDatabase(await sharedServer('mysql'))
    ca = join((await database.rows('SELECT @@datadir'))[0]![0]!, 'ca.pem')
  }, serverStartMs)
  afterAll(() => database?.drop())

  test('is encrypted where nothing is said, as with MySQL’s driver; not with MariaDB’s', async () => {
    expect(await cipherOf(database, 'mysql')).toMatch(/^TLS_/)
    expect(await cipherOf(database, 'mysql', { 'connection.sslMode': 'DISABLED' })).toBe('')
    expect(await cipherOf(database, 'mysql', { 'connection.useSSL': 'false' })).toBe('')
    expect(await cipherOf(database, 'mariadb')).toBe('')
    expect(await cipherOf(database, 'mariadb', { 'connection.sslMode': 'trust' })).toMatch(/^TLS_/)
  })

  test('proves who the server is where that is asked for', async () => {
    const verified = (mode: string, more: object = {}) =>
      cipherOf(database, 'mysql', { 'connection.sslMode': mode, ...more })
    expect(await verified('VERIFY_CA', { 'connection.serverSslCert': ca })).toMatch(/^TLS_/)
    await expect(verified('VERIFY_CA')).rejects.toThrow(/self.signed certificate/)
    await expect(verified('VERIFY_IDENTITY', { 'connection.serverSslCert': ca })).rejects.toThrow(/certificate/)
  })

  test('logs in by caching_sha2_password for the first time, encrypted and not, and where TLS is required', async () => {
    const name = `n${database.database}`
    for (const sslMode of ['DISABLED', 'REQUIRED']) {
      await database.run(`CREATE USER ${name} IDENTIFIED WITH caching_sha2_password BY 'first'`)
      await database.run(`GRANT SELECT ON ${database.database}.* TO ${name}`)
      const login = { 'connection.user': name, 'connection.password': 'first' }
      await cipherOf(database, 'mysql', { ...login, 'connection.sslMode': sslMode })
      await database.run(`ALTER USER ${name} REQUIRE SSL`)
      expect(await cipherOf(database, 'mysql', login)).toMatch(/^TLS_/)
      await expect(cipherOf(database, 'mysql', { ...login, 'connection.sslMode': 'DISABLED' })).rejects.toThrow(
        'Access denied',
      )
      await database.run(`DROP USER ${name}`)
    }
  })
})

describeWithMariadb('a connection by MySQL’s driver to a server without TLS', () => {
  test('is not encrypted, unless that is asked for', async () => {
    const database = await mysqlDatabase(await sharedServer('mariadb'))
    try {
      expect(await cipherOf(database, 'mysql')).toBe('')
      await expect(cipherOf(database, 'mysql', { 'connection.sslMode': 'REQUIRED' })).rejects.toThrow(
        'does not support secure connection',
      )
    } finally {
      await database.drop()
    }
  })
})

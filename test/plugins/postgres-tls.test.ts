import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import capturePlugins from '@millrace/postgres-cdc'
import jdbcPlugins from '@millrace/jdbc'
import type { SourcePlugin } from '../../src/plugin/index.js'
import type { DatabaseServer } from '../servers/database/database-server.js'
import { asUser } from '../servers/database/programs.js'
import { startPostgres } from '../servers/database/start-postgres.js'
import { makeCertificates } from '../servers/kafka/certificates.js'
import { describeWithPostgres, serverStartMs } from '../servers/shared/suites.js'
import { SourceDrive } from './source-drive.js'

const capture = (capturePlugins as readonly SourcePlugin[])[0]!
const jdbc = (jdbcPlugins as readonly SourcePlugin[]).find(({ name }) => name === 'jdbc-source')!

describeWithPostgres('a PostgreSQL with TLS', () => {
  let folder: string
  let server: DatabaseServer
  let ca: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-postgres-tls-'))
    await chmod(folder, 0o755)
    ca = (await makeCertificates(folder)).ca
    const key = join(folder, 'server.key')
    const user = asUser('postgres') ?? asUser('nobody')
    if (user) await chown(key, user.uid, user.gid)
    await chmod(key, 0o600)
    server = await startPostgres({
      settings: ['ssl=on', `ssl_key_file=${key}`, `ssl_cert_file=${join(folder, 'server.crt')}`],
    })
  }, serverStartMs)
  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** What is wrong, by each of the two; the certificate is one of `localhost`. */
  const problems = async (mode: string, host: string, root?: string): Promise<readonly string[]> => {
    const { port, user, password, database } = server
    const file = root === undefined ? '' : `&sslrootcert=${root}`
    const both = await Promise.all([
      SourceDrive.validate(jdbc, {
        'connection.url': `jdbc:postgresql://${host}:${port}/${database}?sslmode=${mode}${file}`,
        'connection.user': user,
        'connection.password': password,
        'connection.attempts': '1',
        'topic.prefix': 'x',
        mode: 'bulk',
      }),
      SourceDrive.validate(capture, {
        'topic.prefix': 'x',
        'database.hostname': host,
        'database.port': String(port),
        'database.user': user,
        'database.password': password,
        'database.dbname': database,
        'database.sslmode': mode,
        ...(root !== undefined && { 'database.sslrootcert': root }),
      }),
    ])
    return both.map(issues => issues.map(({ message }) => message).join('; '))
  }

  test.each([
    ['disable', '127.0.0.1', false],
    ['prefer', '127.0.0.1', false],
    ['require', '127.0.0.1', false],
    ['verify-ca', '127.0.0.1', true],
    ['verify-full', 'localhost', true],
  ])('sslmode=%s connects to %s; with the authority: %s', async (mode, host, withRoot) => {
    expect(await problems(mode, host, withRoot ? ca : undefined)).toEqual(['', ''])
  })

  test.each([
    ['verify-ca', '127.0.0.1', false, /unable to verify the first certificate/],
    ['verify-full', 'localhost', false, /unable to verify the first certificate/],
    ['verify-full', '127.0.0.1', true, /does not match certificate/],
  ])('sslmode=%s refuses %s; with the authority: %s', async (mode, host, withRoot, why) => {
    for (const problem of await problems(mode, host, withRoot ? ca : undefined)) expect(problem).toMatch(why)
  })
})

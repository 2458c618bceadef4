import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { account, startDatabase, type DatabaseServer } from './database-server.js'
import { makeAccounts, mysqlAnswers } from './mysql-accounts.js'
import { folderOf, installPackages, mayInstall } from './programs.js'

const run = promisify(execFile)

/** What a server has that was not told otherwise: a binary log of whole rows that says what its columns are, and no waiting for disks. */
const settings = [
  'server-id=1',
  'log-bin=binlog',
  'binlog-format=ROW',
  'binlog-row-image=FULL',
  'binlog-row-metadata=FULL',
  'gtid-strict-mode=ON',
  'innodb-flush-log-at-trx-commit=2',
  'sync-binlog=0',
  'innodb-buffer-pool-size=64M',
  'performance-schema=OFF',
  'character-set-server=utf8mb4',
  'max-connections=200',
  'default-time-zone=+00:00',
]

export interface MariadbOptions {
  /** Settings of the server, `name=value`; they win over those it has by itself. */
  readonly settings?: readonly string[]
}

/** Starts a MariaDB and resolves when it answers. Whoever starts one stops it. */
export async function startMariadb(options: MariadbOptions = {}): Promise<DatabaseServer> {
  const server = await program()
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const at = (folder: string, name: string): string => join(folder, name)
  return startDatabase({
    name: 'mariadb',
    prepare: async folder => {
      const how = ['--no-defaults', ...user, '--auth-root-authentication-method=normal', '--skip-test-db']
      await run('mariadb-install-db', [...how, `--datadir=${at(folder, 'data')}`], { cwd: folder })
      const all = `SET sql_log_bin = 0;\nCREATE DATABASE IF NOT EXISTS ${account.database};\n${makeAccounts('CREATE OR REPLACE USER')}`
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

/** Why no MariaDB can be started here, in one line. */
export function whyNoMariadb(): string | undefined {
  if (hereAlready() !== undefined || mayInstall()) return undefined
  return 'mariadbd cannot be found on PATH'
}

function hereAlready(): string | undefined {
  const folder = folderOf('mariadbd', ['/usr/sbin'])
  return folder === undefined ? undefined : join(folder, 'mariadbd')
}

async function program(): Promise<string> {
  if (hereAlready() === undefined)
    await installPackages('command -v mariadbd', ['mariadb-server-core', 'mariadb-client-core'])
  return hereAlready()!
}

import plugins from '@millrace/mysql-cdc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import { startMariadb } from '../../servers/database/start-mariadb.js'
import { startMysql } from '../../servers/database/start-mysql.js'
import { mysqlDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithMariadb, describeWithMysql } from '../../servers/shared/suites.js'

const sourceOf = (name: string): SourcePlugin => (plugins as readonly SourcePlugin[]).find(one => one.name === name)!

/** The two servers in what the suites need of them. */
export const servers = [
  {
    name: 'MariaDB',
    suite: describeWithMariadb,
    source: sourceOf('mariadb-cdc'),
    open: async () => mysqlDatabase(await sharedServer('mariadb')),
    start: startMariadb,
    /** Says nothing of columns that it need not say. */
    leastMetadata: 'NO_LOG',
    /** What is lost where old logs are gone. */
    lost: /its oldest binlog begins after 0-1-\d+/,
    /** The right to ask where the log ends. */
    monitor: 'BINLOG MONITOR',
    compressed: ['log-bin-compress=ON'],
    verified: 'verify-full',
  },
  {
    name: 'MySQL',
    suite: describeWithMysql,
    source: sourceOf('mysql-cdc'),
    open: async () => mysqlDatabase(await sharedServer('mysql')),
    start: startMysql,
    leastMetadata: 'MINIMAL',
    lost: /it has purged the transactions [\da-f-]+:\d+/,
    monitor: 'REPLICATION CLIENT',
    compressed: [],
    verified: 'verify_identity',
  },
] as const

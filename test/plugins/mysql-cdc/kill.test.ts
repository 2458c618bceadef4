import { describe, test } from 'vitest'
import { capturedMariadb, capturedMysql } from '../../process/captured-database.js'
import { killCapture } from '../../process/kill-capture.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithMariadb, describeWithMysql } from '../../servers/shared/suites.js'

// What the kill does to the node is the same with both: MySQL is struck once in each phase, MariaDB twice.
const servers = [
  {
    name: 'MariaDB',
    suite: describeWithMariadb,
    open: async () => capturedMariadb(await sharedServer('mariadb')),
    rounds: { snapshot: 2, stream: 2 },
  },
  {
    name: 'MySQL',
    suite: describeWithMysql,
    open: async () => capturedMysql(await sharedServer('mysql')),
    rounds: { snapshot: 1, stream: 1 },
  },
] as const

describe.each(servers)('from $name into MariaDB', ({ suite, open, rounds }) => {
  suite('with a server', () => {
    test(
      'a node that is killed while rows are read and while changes stream loses nothing',
      { timeout: 240_000 },
      async () => {
        await killCapture(await open(), await sharedServer('mariadb'), rounds)
      },
    )
  })
})

import { test } from 'vitest'
import { killCapture } from '../process/kill-capture.js'
import { startMariadb } from '../servers/database/start-mariadb.js'
import { startPostgres } from '../servers/database/start-postgres.js'

test(
  'after 10 times kill -9 while rows are read, and 10 times while changes stream, both tables are the same',
  { timeout: 900_000 },
  async () => {
    const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
    try {
      await killCapture({ postgres, mariadb }, { snapshot: 10, stream: 10 })
    } finally {
      await Promise.all([postgres.stop(), mariadb.stop()])
    }
  },
)

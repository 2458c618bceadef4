import { test } from 'vitest'
import { capturedMariadb, capturedPostgres } from '../process/captured-database.js'
import { killCapture } from '../process/kill-capture.js'
import { startMariadb } from '../servers/database/start-mariadb.js'
import { startPostgres } from '../servers/database/start-postgres.js'

const rounds = { snapshot: 10, stream: 10 }

test(
  'after 10 times kill -9 while rows are read, and 10 times while changes stream, PostgreSQL’s table and its copy are the same',
  { timeout: 900_000 },
  async () => {
    const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
    try {
      await killCapture(await capturedPostgres(postgres), mariadb, rounds)
    } finally {
      await Promise.all([postgres.stop(), mariadb.stop()])
    }
  },
)

test('MariaDB’s table and its copy likewise', { timeout: 900_000 }, async () => {
  const mariadb = await startMariadb()
  try {
    await killCapture(await capturedMariadb(mariadb), mariadb, rounds)
  } finally {
    await mariadb.stop()
  }
})

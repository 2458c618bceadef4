import { test } from 'vitest'
import { capturedPostgres } from '../../process/captured-database.js'
import { killCapture } from '../../process/kill-capture.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithMariadb } from '../../servers/shared/suites.js'

describeWithMariadb('from PostgreSQL into MariaDB', () => {
  test(
    'a node that is killed while rows are read and while changes stream loses nothing',
    { timeout: 240_000 },
    async () => {
      const [postgres, mariadb] = await Promise.all([sharedServer('postgres'), sharedServer('mariadb')])
      await killCapture(await capturedPostgres(postgres), mariadb, { snapshot: 2, stream: 2 })
    },
  )
})

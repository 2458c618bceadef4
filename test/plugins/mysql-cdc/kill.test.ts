import { test } from 'vitest'
import { capturedMariadb } from '../../process/captured-database.js'
import { killCapture } from '../../process/kill-capture.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithMariadb } from '../../servers/shared/suites.js'

describeWithMariadb('from MariaDB into MariaDB', () => {
  test(
    'a node that is killed while rows are read and while changes stream loses nothing',
    { timeout: 240_000 },
    async () => {
      const mariadb = await sharedServer('mariadb')
      await killCapture(await capturedMariadb(mariadb), mariadb, { snapshot: 2, stream: 2 })
    },
  )
})

import { beforeAll } from 'vitest'
import { logContract } from '../../contracts/log.js'
import type { LogUnderTest } from '../../contracts/log-fixture.js'
import { logTransactionsContract } from '../../contracts/log-transactions.js'
import { serverStartMs, describeWithKafka } from '../../servers/shared/suites.js'
import { sharedKafka } from '../../servers/shared/shared-servers.js'
import { testClient } from './fixture.js'

describeWithKafka('Kafka', () => {
  let bootstrap = ''
  beforeAll(async () => {
    bootstrap = (await sharedKafka()).bootstrap.plaintext
  }, serverStartMs)

  const adapter = async (): Promise<LogUnderTest> => ({
    connect: async () => testClient({ bootstrap }),
    close: async () => undefined,
    settles: 'itself',
  })
  logContract('kafka', adapter)
  logTransactionsContract('kafka', adapter)
})

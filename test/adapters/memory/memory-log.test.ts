import { createMemoryLog } from '../../../src/adapters/memory/index.js'
import { logContract } from '../../contracts/log.js'
import { logTransactionsContract } from '../../contracts/log-transactions.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'

const makeLog = (atomic: boolean) => async () => {
  const log = createMemoryLog({ clock: nodeClock, atomic })
  return { connect: async () => log.connect(), close: async () => {} }
}

logContract('memory', makeLog(true))
logContract('memory, not atomic', makeLog(false))
logTransactionsContract('memory', makeLog(false))

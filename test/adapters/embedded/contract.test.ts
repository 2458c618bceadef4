import { Worker } from 'node:worker_threads'
import { connectLog, startLogThread } from '../../../src/adapters/embedded/index.js'
import { nodeClock } from '../../../src/adapters/node/clock.js'
import { logContract } from '../../contracts/log.js'
import { memoryLogger, openLog, removeDirectory, temporaryDirectory } from './fixture.js'

logContract('embedded, in one thread', async () => {
  const directory = temporaryDirectory()
  const log = await openLog(directory)
  return {
    connect: async () => log.connect(),
    close: async () => {
      await log.close()
      removeDirectory(directory)
    },
  }
})

logContract('embedded, in its log thread', async () => {
  const directory = temporaryDirectory()
  const worker = new Worker(new URL('../../../dist/src/log-thread.js', import.meta.url))
  const thread = await startLogThread(worker, { dataDirectory: directory, logger: memoryLogger() })
  return {
    connect: async () => connectLog(thread.openPort(), { clock: nodeClock }),
    close: async () => {
      await thread.close()
      removeDirectory(directory)
    },
  }
})

import { parentPort, type MessagePort } from 'node:worker_threads'
import { serveLog, toWire, type FromLogThread, type LogServer, type ToLogThread } from './adapters/embedded/index.js'
import { nodeClock } from './adapters/node/clock.js'
import type { Logger } from './ports/logger.js'

/** The log thread: opens one data directory, serves it to the clients whose ports it is given, and runs nothing else. */

const parent = parentPort!
const tell = (message: FromLogThread): void => parent.postMessage(message, [])
/** An error that is cloned keeps nothing but its message. */
const asData = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? toWire(value) : value]),
  )
const loggerOf = (fixed: Readonly<Record<string, unknown>>): Logger => ({
  log: (level, message, fields) => tell({ type: 'log', level, message, fields: asData({ ...fixed, ...fields }) }),
  child: fields => loggerOf({ ...fixed, ...fields }),
})

let server: LogServer | undefined

async function close(): Promise<void> {
  parent.removeAllListeners('message')
  await server?.close()
  tell({ type: 'closed' })
  parent.close()
}

async function receive(message: ToLogThread<MessagePort>): Promise<void> {
  switch (message.type) {
    case 'open': {
      const { dataDirectory, lockToken } = message
      const onFatal = (error: unknown): void => {
        tell({ type: 'fatal', error: toWire(error) })
        void close()
      }
      try {
        server = await serveLog({ dataDirectory, lockToken, clock: nodeClock, logger: loggerOf({}), onFatal })
        tell({ type: 'ready' })
      } catch (error) {
        tell({ type: 'failed', error: toWire(error) })
        await close()
      }
      return
    }
    case 'client':
      return server?.accept(message.port)
    case 'close':
      return close()
  }
}

parent.on('message', message => void receive(message))

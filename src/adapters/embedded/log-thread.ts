import { randomUUID } from 'node:crypto'
import { MillraceError } from '../../core/error.js'
import type { Logger } from '../../ports/logger.js'
import { releaseDirectory } from './directory-lock.js'
import type { FromLogThread, ToLogThread } from './log-thread-protocol.js'
import { fromWire } from './wire-error.js'

export type ThreadPort = InstanceType<typeof MessagePort>

/** The part of a `Worker` that is needed, so that nothing here imports `node:worker_threads`. */
export interface LogWorker {
  postMessage(message: unknown, transfer?: readonly ThreadPort[]): void
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
}

export interface LogThread {
  /** A new client port, to be transferred to the thread that calls `connectLog` with it. */
  openPort(): ThreadPort
  /** Rejects when the thread fails after it was ready, with what it failed with; otherwise settles never. */
  readonly failed: Promise<never>
  /** Completes what has arrived and ends the thread. */
  close(): Promise<void>
}

export interface StartLogThreadOptions {
  readonly dataDirectory: string
  readonly logger: Logger
}

/**
 * Has a fresh worker on `log-thread.js` open the data directory. Resolves when it is served; fails as `serveLog` does.
 * When the thread ends in whatever way, its hold on the directory ends too, so that another may be started.
 */
export function startLogThread(worker: LogWorker, options: StartLogThreadOptions): Promise<LogThread> {
  const { dataDirectory, logger } = options
  const lockToken = randomUUID()
  const send = (message: ToLogThread<ThreadPort>, transfer?: readonly ThreadPort[]): void =>
    worker.postMessage(message, transfer)
  return new Promise((resolve, reject) => {
    let failure: MillraceError | undefined
    let onClosed: (() => void) | undefined
    let fail: (error: MillraceError) => void = () => {}
    const failed = new Promise<never>((_, rejectFailed) => (fail = rejectFailed))
    // Whoever wants to know holds it; that nobody does is no unhandled rejection.
    failed.catch(() => {})
    const thread: LogThread = {
      failed,
      openPort: () => {
        const { port1, port2 } = new MessageChannel()
        send({ type: 'client', port: port1 }, [port1])
        return port2
      },
      close: () =>
        new Promise(closed => {
          onClosed = closed
          send({ type: 'close' })
          if (failure !== undefined) closed()
        }),
    }
    worker.on('message', received => {
      const message = received as FromLogThread
      switch (message.type) {
        case 'ready':
          return resolve(thread)
        case 'failed':
        case 'fatal':
          failure = fromWire(message.error)
          return
        case 'log':
          return logger.log(message.level, message.message, message.fields)
        case 'closed':
          return
      }
    })
    worker.on('error', (cause: Error) => {
      failure = new MillraceError('log.io', `The log thread failed: ${cause.message}.`, { cause })
    })
    worker.on('exit', code => {
      releaseDirectory(dataDirectory, lockToken)
      failure ??= new MillraceError('log.io', `The log thread ended with code ${code}.`)
      reject(failure)
      if (onClosed === undefined) fail(failure)
      else onClosed()
    })
    send({ type: 'open', dataDirectory, lockToken })
  })
}

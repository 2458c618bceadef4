import { Worker, type TransferListItem } from 'node:worker_threads'
import type { Port } from './port.js'

export interface ThreadSpawn {
  /** Shown in thread lists of debuggers. */
  readonly name: string
  /** The module that runs in the thread, built. */
  readonly entry: URL
  /** What the module reads as `workerData`. */
  readonly workerData?: unknown
  readonly transfer?: readonly TransferListItem[]
}

export interface ThreadExit {
  readonly exitCode: number
  /** The error that reached the thread's top, if that ended it. */
  readonly error?: unknown
}

/** One plain thread of the runtime's own; what it runs is trusted, so nothing watches it. */
export interface SpawnedThread {
  /** To and from the thread's `parentPort`. */
  readonly port: Pick<Port, 'postMessage' | 'on' | 'off'>
  /** Never rejects. Whoever waits for an answer must give up then: it will not come. */
  readonly exited: Promise<ThreadExit>
  /** Ends it wherever it is; resolves with its exit. */
  terminate(): Promise<void>
}

export function spawnThread({ name, entry, workerData, transfer = [] }: ThreadSpawn): SpawnedThread {
  const worker = new Worker(entry, { name, workerData, transferList: [...transfer] })
  const exited = new Promise<ThreadExit>(resolve => {
    let failure: { readonly error: unknown } | undefined
    worker.on('error', error => (failure = { error }))
    worker.on('exit', exitCode => resolve({ exitCode, ...failure }))
  })
  return {
    port: {
      postMessage: (data, transferred = []) => worker.postMessage(data, [...transferred]),
      on: (event, listener) => worker.on(event, listener),
      off: (event, listener) => worker.off(event, listener),
    },
    exited,
    async terminate() {
      await worker.terminate()
      await exited
    },
  }
}

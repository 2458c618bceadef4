import { logClosed } from '../../ports/log-rules.js'
import type { AppendResult, AppendUnit } from '../../ports/log.js'
import { AppendQueue } from './append-queue.js'
import type { Calls, Port, Reply, Request } from './protocol.js'
import { fromWire } from './wire-error.js'

interface Pending {
  resolve(value: never): void
  reject(error: unknown): void
}

/** The client's end of the port: requests and their answers, appends, and wake-ups. */
export class Connection {
  readonly #port: Port
  readonly #pending = new Map<number, Pending>()
  readonly #waiting = new Map<number, () => void>()
  readonly #appends: AppendQueue
  #serial = 0
  /** Set when the port is closed, by us or by the end of the log thread. */
  #ended = false

  constructor(port: Port) {
    this.#port = port
    this.#appends = new AppendQueue((units, transfer) => {
      this.#send({ type: 'append', units }, transfer)
    })
    port.on('message', reply => this.#receive(reply as Reply))
    port.on('close', () => this.#end())
  }

  call<K extends keyof Calls>(type: K, args: Calls[K]['args']): Promise<Calls[K]['result']> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(logClosed('The log'))
      const id = this.#serial++
      this.#pending.set(id, { resolve, reject })
      this.#send({ type, id, ...args } as unknown as Request)
    })
  }

  /** `failure` is asked again when the unit's turn comes: what its writer has failed with by then. */
  append(writer: number, unit: AppendUnit, failure: () => unknown): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(logClosed('The log'))
      const id = this.#serial++
      this.#appends.add({ id, writer, unit, failure, resolve, reject })
    })
  }

  forgetWriter(writer: number): void {
    this.#send({ type: 'writer-closed', writer })
  }

  /** Calls `wake` once when one of the partitions ends elsewhere than at `ends`, or the log ends; until the returned function is called. */
  wait(partitions: readonly number[], ends: readonly number[], wake: () => void): () => void {
    const waiter = this.#serial++
    this.#waiting.set(waiter, wake)
    if (this.#ended) queueMicrotask(wake)
    this.#send({ type: 'wait', waiter, partitions, ends })
    return () => {
      if (this.#waiting.delete(waiter)) this.#send({ type: 'wait-over', waiter })
    }
  }

  get ended(): boolean {
    return this.#ended
  }

  close(): void {
    this.#end()
    this.#port.close()
  }

  #send(request: Request, transfer?: readonly ArrayBuffer[]): void {
    if (!this.#ended) this.#port.postMessage(request, transfer ?? [])
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'answer':
        return this.#take(reply.id)?.resolve(reply.value as never)
      case 'failure': {
        const error = fromWire(reply.error)
        this.#take(reply.id)?.reject(error)
        this.#appends.failed(reply.id, error)
        return
      }
      case 'appended':
        return this.#appends.done(reply.units)
      case 'wake': {
        const wake = this.#waiting.get(reply.waiter)
        this.#waiting.delete(reply.waiter)
        return wake?.()
      }
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  /** Nothing will be answered any more. */
  #end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const pending of this.#pending.values()) pending.reject(logClosed('The log'))
    this.#pending.clear()
    this.#appends.end(logClosed('The log'))
    for (const wake of this.#waiting.values()) wake()
    this.#waiting.clear()
  }
}

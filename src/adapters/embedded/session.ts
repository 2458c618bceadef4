import type { MillraceError } from '../../core/error.js'
import { writerFailed } from '../../ports/log-rules.js'
import { answer, type CallServices } from './answer-call.js'
import type { AppendRequest, Call, Port, Reply, Request } from './protocol.js'
import type { WaitList, Waiter } from './wait-list.js'
import { toWire } from './wire-error.js'

/** What the clients' requests are served with. */
export interface LogServices extends CallServices {
  readonly waits: WaitList
  /** Set once the log must not be used any more. */
  failure(): MillraceError | undefined
}

/** One client. When its port closes its writers and waits are forgotten; appends that have arrived are completed. */
export class Session {
  readonly #services: LogServices
  readonly #port: Port
  /** What writers failed with: whatever they send after that fails (I1). */
  readonly #failedWriters = new Map<number, MillraceError>()
  readonly #waiters = new Map<number, Waiter>()
  #appended: { id: number; baseOffsets: readonly number[] }[] = []
  readonly #onClose: () => void
  #closed = false

  constructor(port: Port, services: LogServices, onClose: () => void) {
    this.#onClose = onClose
    this.#port = port
    this.#services = services
    port.on('message', request => this.#receive(request as Request))
    port.on('close', () => this.close())
  }

  close(): void {
    if (this.#closed) return
    for (const waiter of this.#waiters.values()) this.#services.waits.remove(waiter)
    this.#waiters.clear()
    this.#acknowledge()
    this.#closed = true
    this.#port.close()
    this.#onClose()
  }

  #receive(request: Request): void {
    switch (request.type) {
      case 'append':
        for (const unit of request.units) this.#append(unit)
        return
      case 'writer-closed':
        this.#failedWriters.delete(request.writer)
        return
      case 'wait':
        return this.#wait(request)
      case 'wait-over': {
        const waiter = this.#waiters.get(request.waiter)
        if (waiter !== undefined) this.#services.waits.remove(waiter)
        this.#waiters.delete(request.waiter)
        return
      }
      case 'topic-list':
      case 'topic-describe':
      case 'topic-create':
      case 'topic-delete':
      case 'group-list':
      case 'group-fetch':
      case 'group-commit':
      case 'group-delete':
      case 'settled':
      case 'attach':
      case 'locate':
        void this.#call(request)
        return
    }
  }

  #append(request: AppendRequest): void {
    const { id, writer, ...unit } = request
    this.#services.appender.append({
      unit,
      bytes: unit.batches.reduce((sum, batch) => sum + batch.bytes.byteLength, 0),
      poison: () => {
        const cause = this.#failedWriters.get(writer)
        return cause === undefined ? undefined : writerFailed(String(writer), cause)
      },
      done: baseOffsets => {
        // One message for all of a group.
        if (this.#appended.length === 0) queueMicrotask(() => this.#acknowledge())
        this.#appended.push({ id, baseOffsets })
      },
      failed: error => {
        if (!this.#failedWriters.has(writer)) this.#failedWriters.set(writer, error as MillraceError)
        this.#send({ type: 'failure', id, error: toWire(error) })
      },
    })
  }

  #acknowledge(): void {
    const units = this.#appended
    this.#appended = []
    if (units.length > 0) this.#send({ type: 'appended', units })
  }

  #wait(request: Extract<Request, { type: 'wait' }>): void {
    const { waiter: id, partitions, ends } = request
    const waiter: Waiter = {
      partitions,
      wake: () => {
        this.#waiters.delete(id)
        this.#send({ type: 'wake', waiter: id })
      },
    }
    // Something may have come since the reader looked.
    if (partitions.some((number, i) => this.#services.registry.byNumber(number)?.end !== ends[i])) return waiter.wake()
    this.#waiters.set(id, waiter)
    this.#services.waits.add(waiter)
  }

  async #call(call: Call): Promise<void> {
    try {
      const failure = this.#services.failure()
      if (failure !== undefined) throw failure
      this.#send({ type: 'answer', id: call.id, value: await answer(call, this.#services) })
    } catch (error) {
      this.#send({ type: 'failure', id: call.id, error: toWire(error) })
    }
  }

  #send(reply: Reply): void {
    if (!this.#closed) this.#port.postMessage(reply, [])
  }
}

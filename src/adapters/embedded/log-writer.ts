import { checkBatch, logClosed, writerFailed } from '../../ports/log-rules.js'
import type { AppendResult, AppendUnit, LogWriter } from '../../ports/log.js'
import type { Connection } from './connection.js'

export class EmbeddedWriter implements LogWriter {
  readonly #connection: Connection
  readonly #number: number
  readonly #id: string
  readonly #onClose: (writer: EmbeddedWriter) => void
  readonly #underWay = new Set<Promise<AppendResult>>()
  /** The first failure; everything after it fails too (I1). The log thread holds the same for what is under way. */
  #failure: unknown
  #closed = false

  constructor(connection: Connection, number: number, id: string, onClose: (writer: EmbeddedWriter) => void) {
    this.#connection = connection
    this.#number = number
    this.#id = id
    this.#onClose = onClose
  }

  async append(unit: AppendUnit): Promise<AppendResult> {
    if (this.#closed) throw logClosed(`Writer ${this.#id}`)
    const failure = this.#poison()
    if (failure !== undefined) throw failure
    const appended = this.#send(unit)
    this.#underWay.add(appended)
    try {
      return await appended
    } catch (error) {
      this.#failure ??= error
      throw error
    } finally {
      this.#underWay.delete(appended)
    }
  }

  /** Nothing to do: a thread that is ended leaves nothing open here, and a node is alone. */
  async fence(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#underWay)
    this.#onClose(this)
    this.#connection.forgetWriter(this.#number)
  }

  /** Checks here, not in the log thread: there are several of us, and the bytes are in our cache. */
  async #send(unit: AppendUnit): Promise<AppendResult> {
    try {
      for (const batch of unit.batches) checkBatch(batch, batch.bytes)
    } catch (error) {
      // At once, not when the caller hears of it: a later append must not overtake.
      this.#failure ??= error
      throw error
    }
    return this.#connection.append(this.#number, unit, () => this.#poison())
  }

  #poison(): Error | undefined {
    return this.#failure === undefined ? undefined : writerFailed(this.#id, this.#failure)
  }
}

import type { AppendResult, AppendUnit } from '../../ports/log.js'
import type { AppendRequest } from './protocol.js'

/** Bytes on their way to the log thread, beyond which appends wait here with their callers (I6). */
const maxBytesUnderWay = 8 << 20

export interface QueuedAppend {
  readonly id: number
  readonly writer: number
  readonly unit: AppendUnit
  /** What to fail with instead of being sent. */
  failure(): unknown
  resolve(result: AppendResult): void
  reject(error: unknown): void
}

/** Sends appends in order, those of one turn of the event loop in one message, and a bounded number of bytes at a time. */
export class AppendQueue {
  readonly #post: (units: readonly AppendRequest[], transfer: readonly ArrayBuffer[]) => void
  readonly #underWay = new Map<number, { readonly append: QueuedAppend; readonly bytes: number }>()
  #waiting: QueuedAppend[] = []
  #bytes = 0
  #scheduled = false

  constructor(post: (units: readonly AppendRequest[], transfer: readonly ArrayBuffer[]) => void) {
    this.#post = post
  }

  add(append: QueuedAppend): void {
    this.#waiting.push(append)
    this.#schedule()
  }

  done(units: readonly { readonly id: number; readonly baseOffsets: readonly number[] }[]): void {
    for (const { id, baseOffsets } of units) this.#take(id)?.resolve({ baseOffsets })
    this.#schedule()
  }

  failed(id: number, error: unknown): void {
    this.#take(id)?.reject(error)
    this.#schedule()
  }

  /** The log is gone. */
  end(error: unknown): void {
    for (const { append } of this.#underWay.values()) append.reject(error)
    for (const append of this.#waiting) append.reject(error)
    this.#underWay.clear()
    this.#waiting = []
  }

  #take(id: number): QueuedAppend | undefined {
    const taken = this.#underWay.get(id)
    this.#underWay.delete(id)
    this.#bytes -= taken?.bytes ?? 0
    return taken?.append
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#send()
    })
  }

  #send(): void {
    const units: AppendRequest[] = []
    const transfer = new Set<ArrayBuffer>()
    let taken = 0
    for (const append of this.#waiting) {
      const bytes = append.unit.batches.reduce((sum, batch) => sum + batch.bytes.byteLength, 0)
      // A unit larger than the bound goes when nothing else is under way.
      if (this.#bytes > 0 && this.#bytes + bytes > maxBytesUnderWay) break
      taken++
      const failure = append.failure()
      if (failure !== undefined) {
        append.reject(failure)
        continue
      }
      this.#bytes += bytes
      this.#underWay.set(append.id, { append, bytes })
      units.push(toRequest(append, transfer))
    }
    this.#waiting = this.#waiting.slice(taken)
    if (units.length > 0) this.#post(units, [...transfer])
  }
}

/** Adds the buffers that go along to `transfer`; what is a small part of its buffer is copied out of it. */
function toRequest({ id, writer, unit }: QueuedAppend, transfer: Set<ArrayBuffer>): AppendRequest {
  const batches = unit.batches.map(({ topic, partition, bytes }) => {
    // Also keeps Node's shared pool of small buffers out of it, which must not be transferred.
    if (bytes.byteLength * 2 <= bytes.buffer.byteLength) return { topic, partition, bytes: bytes.slice() }
    transfer.add(bytes.buffer)
    return { topic, partition, bytes }
  })
  return { id, writer, batches, ...(unit.groups !== undefined && { groups: unit.groups }) }
}

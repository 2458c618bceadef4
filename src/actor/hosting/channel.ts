import { Packr } from 'msgpackr'
import { MillraceError } from '../../core/error.js'
import type { ChannelData } from './port.js'
import type { Channel } from './types.js'

export interface ChannelOptions {
  /** Puts a frame, or a count of messages taken, on its way; it keeps the frame's memory. */
  readonly post: (data: ChannelData) => void
  /** Runs `flush` when the messages of this moment are together. */
  readonly soon: (flush: () => void) => void
  /** The listener threw, or a message cannot be packed; the channel goes on. */
  readonly onFault: (error: unknown) => void
}

/** Bounds of what one side has sent and the other has not taken (I6), and of one frame. */
export const windowMessages = 4_096
export const windowBytes = 1 << 20
const frameMessages = 512
const frameBytes = 64 << 10

const codec = new Packr({ useBigIntExtension: true, moreTypes: true })
const room = Promise.resolve()

interface Waiting {
  readonly message: unknown
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** One end of a channel: batches what is sent, and gives the other end credit as its listener takes messages. */
export class ChannelEnd implements Channel {
  readonly #options: ChannelOptions
  /** Makes the error of who sends from now on. */
  #closed: (() => MillraceError) | undefined

  #batch: unknown[] = []
  #batchBytes = 0
  #flushing = false
  #sentMessages = 0
  #sentBytes = 0
  /** Frames not yet taken, oldest first. */
  readonly #onWay: { messages: number; readonly bytes: number }[] = []
  readonly #waiting: Waiting[] = []

  #listener: ((message: unknown) => void | Promise<void>) | undefined
  readonly #frames: Uint8Array[] = []
  #delivering = false

  constructor(options: ChannelOptions) {
    this.#options = options
  }

  send(message: unknown): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closed())
    if (this.#waiting.length === 0 && this.#hasRoom()) {
      this.#accept(message)
      return room
    }
    return new Promise((resolve, reject) => this.#waiting.push({ message, resolve, reject }))
  }

  listen(listener: (message: unknown) => void | Promise<void>): void {
    this.#listener = listener
    void this.#deliver()
  }

  /** What the other end posted. */
  receive(data: ChannelData): void {
    if (typeof data === 'number') return this.#credit(data)
    this.#frames.push(data)
    void this.#deliver()
  }

  /** Sends what is batched, now. */
  flush(): void {
    this.#flushing = false
    if (this.#batch.length === 0 || this.#closed) return
    const messages = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    const frame = this.#pack(messages)
    if (!frame) return
    this.#sentBytes += frame.byteLength
    this.#onWay.push({ messages: messages.length, bytes: frame.byteLength })
    this.#options.post(frame)
  }

  /** The other end is gone. What has arrived is still delivered. */
  close(error: () => MillraceError): void {
    if (this.#closed) return
    this.#closed = error
    this.#batch = []
    for (const { reject } of this.#waiting.splice(0)) reject(error())
  }

  #hasRoom(): boolean {
    return this.#sentMessages < windowMessages && this.#sentBytes < windowBytes
  }

  #accept(message: unknown): void {
    this.#sentMessages++
    this.#batchBytes += bulkOf(message)
    if (this.#batch.push(message) >= frameMessages || this.#batchBytes >= frameBytes) this.flush()
    else if (!this.#flushing) {
      this.#flushing = true
      this.#options.soon(() => this.flush())
    }
  }

  /** A frame in memory of its own, so that it can be moved to the other thread. */
  #pack(messages: unknown[]): Uint8Array | undefined {
    try {
      return new Uint8Array(codec.pack(messages))
    } catch (cause) {
      this.#sentMessages -= messages.length
      const error = new MillraceError('hosting.not_packable', 'Messages of a channel cannot be packed.', { cause })
      this.#options.onFault(error)
      return undefined
    }
  }

  #credit(taken: number): void {
    this.#sentMessages -= taken
    for (let left = taken; left > 0;) {
      const frame = this.#onWay[0]
      if (!frame) break
      const part = Math.min(left, frame.messages)
      left -= part
      frame.messages -= part
      if (frame.messages > 0) break
      this.#sentBytes -= frame.bytes
      this.#onWay.shift()
    }
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      const { message, resolve } = this.#waiting.shift()!
      this.#accept(message)
      resolve()
    }
  }

  async #deliver(): Promise<void> {
    if (this.#delivering || !this.#listener) return
    this.#delivering = true
    for (let frame = this.#frames.shift(); frame; frame = this.#frames.shift()) {
      const messages = codec.unpack(frame) as unknown[]
      for (const message of messages) {
        try {
          const taking = this.#listener(message)
          if (taking) await taking
        } catch (error) {
          this.#options.onFault(error)
        }
      }
      if (!this.#closed) this.#options.post(messages.length)
    }
    this.#delivering = false
  }
}

/** The bytes and text that lie in a message's first level, so that large messages do not pile up in one frame. */
function bulkOf(message: unknown): number {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return lengthOf(message)
  let sum = 0
  for (const key in message) sum += lengthOf((message as Record<string, unknown>)[key])
  return sum
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0
}

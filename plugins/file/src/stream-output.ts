import { constants, createWriteStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { WriteStream, isatty } from 'node:tty'
import { writeFailure } from './append-file.js'
import type { Output } from './append-file.js'

/**
 * Lines into a pipe or the standard output. Its reader may stand still: writing is polled by the thread's own event loop, for a
 * blocking write would keep the thread from ending, and a write that waits fails when the task must stop.
 */
export class StreamOutput implements Output {
  readonly #name: string
  readonly #stream: Writable
  readonly #signal: AbortSignal

  private constructor(name: string, stream: Writable, signal: AbortSignal) {
    this.#name = name
    this.#stream = stream
    this.#signal = signal
    // Failures come to whoever writes.
    stream.on('error', () => undefined)
  }

  /** The process's standard output, also in a worker thread. */
  static standard(signal: AbortSignal): StreamOutput {
    return new StreamOutput('the standard output', streamOf(1), signal)
  }

  static namedPipe(path: string, signal: AbortSignal): StreamOutput {
    try {
      // For both ends, so that it opens without a reader.
      return new StreamOutput(path, streamOf(openSync(path, constants.O_RDWR | constants.O_NONBLOCK)), signal)
    } catch (error) {
      throw writeFailure(path, error)
    }
  }

  async write(pieces: Iterable<Buffer>): Promise<void> {
    for (const piece of pieces) await this.#writeOne(piece)
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {
    this.#stream.destroy()
  }

  #writeOne(piece: Buffer): Promise<void> {
    const stop = (): void => void this.#stream.destroy(new Error('The task stops.'))
    if (this.#signal.aborted) stop()
    this.#signal.addEventListener('abort', stop, { once: true })
    return new Promise((resolve, reject) => {
      this.#stream.write(piece, error => {
        this.#signal.removeEventListener('abort', stop)
        // A socket that is destroyed while it writes calls back without an error.
        const failure = error ?? this.#stream.errored
        if (failure) reject(writeFailure(this.#name, failure))
        else resolve()
      })
    })
  }
}

/** Destroying it leaves the descriptors 0 to 2 open (libuv never closes them). */
function streamOf(fd: number): Writable {
  if (isatty(fd)) return new WriteStream(fd)
  const stats = fstatSync(fd)
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd, readable: false, writable: true })
  return createWriteStream('', { fd, autoClose: false })
}

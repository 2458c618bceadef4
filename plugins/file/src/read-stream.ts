import { addAbortSignal } from 'node:stream'
import type { Readable } from 'node:stream'
import { LineBuffer } from './line-buffer.js'

export interface ReadStreamOptions<R> {
  readonly signal: AbortSignal
  readonly maxLines: number
  readonly maxLineBytes: number
  readonly make: (text: string) => R
}

/** Reads lines to the end of the input, where the last needs no terminator; destroys the input. */
export async function* readStream<R>(input: Readable, options: ReadStreamOptions<R>): AsyncGenerator<readonly R[]> {
  const { signal, maxLines, make } = options
  const lines = new LineBuffer(0, { chunkBytes: 65_536, maxLineBytes: options.maxLineBytes })
  addAbortSignal(signal, input)
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      for (let used = 0; used < chunk.length;) {
        const count = chunk.copy(lines.room(), 0, used)
        used += count
        lines.filled(count)
        for (let batch = lines.take(maxLines, make); batch.length > 0; batch = lines.take(maxLines, make)) yield batch
      }
    }
    const rest = lines.takeRest(make)
    if (rest !== undefined) yield [rest]
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    input.destroy()
  }
}

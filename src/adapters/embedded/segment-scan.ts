import { readBatchHeader, verifyCrc, type BatchHeader } from '../../codec/index.js'
import type { LogFile } from './files.js'

export interface ScannedBatch {
  /** The batch alone: a view of what was read at once. */
  readonly bytes: Buffer
  readonly header: BatchHeader
}

const windowBytes = 1 << 20
const headerBytes = 61

/** The batches of a segment's first `length` bytes, checked. Fails with what `corrupt` makes of a position and a cause. */
export async function* scanBatches(
  file: LogFile,
  length: number,
  corrupt: (position: number, cause: unknown) => Error,
): AsyncGenerator<ScannedBatch, void, undefined> {
  let size = windowBytes
  for (let position = 0; position < length;) {
    const window = Buffer.allocUnsafe(Math.min(size, length - position))
    const bytes = window.subarray(0, await file.read(window, position))
    let at = 0
    try {
      while (at + headerBytes <= bytes.length) {
        const header = readBatchHeader(bytes, at)
        if (header.end > bytes.length) break
        verifyCrc(bytes, header)
        const batch = bytes.subarray(at, header.end)
        yield { bytes: batch, header: { ...header, start: 0, end: batch.length } }
        at = header.end
      }
      // Not even one: the batch is larger than the window, or the file ends within it.
      size = at > 0 ? windowBytes : readBatchHeader(bytes, 0).end
      if (at === 0 && size > length - position) throw new Error('the segment ends within a batch')
    } catch (cause) {
      throw corrupt(position + at, cause)
    }
    position += at
  }
}

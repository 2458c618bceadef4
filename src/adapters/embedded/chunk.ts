import { readBatchHeader, verifyCrc } from '../../codec/index.js'

export interface ChosenBatches {
  /** The batches with records from `from` on; empty where there is none. */
  readonly bytes: Buffer
  /** How far the whole batches went, those before `from` too. */
  readonly consumed: number
  /** The offset after the last whole batch; `end` where nothing before it is left. */
  readonly next: number
  /** Bytes needed to see the first batch that is not whole; 0 where there is none. */
  readonly needed: number
}

const headerBytes = 61

/**
 * Chooses from bytes of a segment, which begin with a batch: whole batches that have records at or after `from` and are
 * before `end`, at most `maxBytes` but one at the least; their CRCs are checked. What lies at or behind `end` is not
 * committed and is not looked at.
 */
export function chooseBatches(
  bytes: Buffer,
  wanted: { readonly from: number; readonly end: number; readonly least: number; readonly maxBytes: number },
  corrupt: (position: number, cause: unknown) => Error,
): ChosenBatches {
  const { from, end, least, maxBytes } = wanted
  let at = 0
  let first = -1
  let next = least
  let needed = 0
  while (next < end) {
    if (at + headerBytes > bytes.length) {
      needed = headerBytes
      break
    }
    try {
      const header = readBatchHeader(bytes, at)
      if (header.baseOffset >= end) {
        // Compaction left nothing in between.
        next = end
        break
      }
      if (header.end > bytes.length) {
        needed = header.end - at
        break
      }
      if (first >= 0 && header.end - first > maxBytes) break
      if (header.baseOffset < next) throw new Error(`Offset ${header.baseOffset} comes after ${next}.`)
      verifyCrc(bytes, header)
      next = header.baseOffset + header.lastOffsetDelta + 1
      if (first < 0 && next > from) first = at
      at = header.end
    } catch (cause) {
      throw corrupt(at, cause)
    }
  }
  return { bytes: first < 0 ? bytes.subarray(0, 0) : bytes.subarray(first, at), consumed: at, next, needed }
}

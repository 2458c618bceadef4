import { join } from 'node:path'
import type { TopicPartition } from '../../core/offset.js'

/** Where things are in the data directory. */

export const lockName = 'LOCK'
export const metaName = 'meta'
export const endsName = 'ends'
export const topicsName = 'topics'

/** `topics/<topic>-<partition>`, relative to the data directory. */
export function partitionFolder(of: TopicPartition): string {
  return join(topicsName, `${of.topic}-${of.partition}`)
}

export interface SegmentName {
  /** Offset of the segment's first record, or of the first that compaction took. */
  readonly base: number
  /** 0 as appended; each compaction makes the next. */
  readonly generation: number
}

/** `<20-digit base offset>.log`, as Kafka names them; a compacted one has its generation behind: `…00042-3.log`. */
export function segmentFile(of: SegmentName): string {
  const base = String(of.base).padStart(20, '0')
  return of.generation === 0 ? `${base}.log` : `${base}-${of.generation}.log`
}

export function indexFile(of: SegmentName): string {
  return segmentFile(of).replace(/log$/, 'index')
}

import { partitionKey } from 'millrace/plugin'
import type { TopicPartition } from 'millrace/plugin'
import { crc32 } from 'node:zlib'
import { markText, parseMark } from './file-mark.js'
import type { FileMark } from './file-mark.js'

/**
 * What the sink leaves with each commit: the length that its file had, which file that is, and which partitions the
 * commit was of: all that the task had anything of. As text `<mark>/<partitions>`.
 */
export interface SinkNote {
  readonly mark: FileMark
  readonly partitions: string
}

export function noteText(note: SinkNote): string {
  return `${markText(note.mark)}/${note.partitions}`
}

/** Undefined for anything that `noteText` did not write. */
export function parseNote(text: string): SinkNote | undefined {
  const slash = text.lastIndexOf('/')
  const mark = parseMark(text.slice(0, slash))
  return mark && { mark, partitions: text.slice(slash + 1) }
}

/** A checksum of a set of partitions. */
export function partitionsSum(partitions: Iterable<TopicPartition>): string {
  return crc32(Array.from(partitions, partitionKey).sort().join('\n')).toString(16).padStart(8, '0')
}

export interface NotedPartition {
  /** Something was committed for it. */
  readonly committed: boolean
  readonly note: SinkNote | undefined
}

export interface NotedFile {
  readonly id: string
  readonly size: number
  /** Whether the file has the bytes that a mark names. */
  readonly hasMarkedBytes: (mark: FileMark) => boolean
}

/**
 * The length to which the file is to be cut on resume, so that nothing stands in it but what was committed; undefined
 * where that is not certain. What is cut off comes again, so it must be this connector's and uncommitted:
 *
 * - A commit without a note (several tasks, another program, an operator) may stand for lines behind every noted length.
 * - The longest noted length is the last: the file only grows. Cutting to a shorter one would lose committed lines.
 * - If that commit was of partitions that are not the task's now, theirs may have been committed later still.
 * - If the file lacks what a note says of it, somebody else has changed it.
 */
export function cutPoint(noted: readonly NotedPartition[], partitions: string, file: NotedFile): number | undefined {
  if (noted.some(({ committed, note }) => committed && !note)) return undefined
  const notes = noted.flatMap(({ note }) => (note?.mark.id === file.id ? [note] : []))
  if (!notes.every(({ mark }) => mark.end <= file.size && file.hasMarkedBytes(mark))) return undefined
  const [last] = notes.sort((a, b) => b.mark.end - a.mark.end)
  return last?.partitions === partitions ? last.mark.end : undefined
}

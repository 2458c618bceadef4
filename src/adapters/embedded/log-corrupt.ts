import { MillraceError } from '../../core/error.js'
import { partitionKey, type TopicPartition } from '../../core/offset.js'

/** Bytes of a segment that are not what was appended. `position`: where in the file, in bytes. */
export function logCorrupt(partition: TopicPartition, file: string, position: number, cause?: unknown): MillraceError {
  return new MillraceError(
    'log.corrupt',
    `The log of ${partitionKey(partition)} is damaged at byte ${position} of ${file}.`,
    {
      hint: 'Restore the file from a backup, or seek behind the damage.',
      file,
      cause,
    },
  )
}

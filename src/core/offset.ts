import { MillraceError } from './error.js'

/** A flat map of JSON primitives: Connect's source partitions and source offsets. Integers beyond 2^53 are bigints. */
export interface OffsetMap {
  readonly [key: string]: string | number | bigint | boolean | null
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** The position to read next, as committed by a consumer group, with the note that the committer left. */
export interface GroupOffset extends TopicPartition {
  readonly offset: number
  /** At most 4,096 bytes of UTF-8 (the broker's limit). */
  readonly metadata: string
}

/** The broker's limit for the note that goes with a committed offset (offset.metadata.max.bytes). */
const maxMetadataBytes = 4_096

/** Throws `log.offset_invalid` for what no log may keep as a committed offset. */
export function checkGroupOffset(offset: GroupOffset): void {
  const at = `The offset of ${partitionKey(offset)}`
  if (!Number.isSafeInteger(offset.offset) || offset.offset < 0)
    throw new MillraceError('log.offset_invalid', `${at} is ${offset.offset}, which is not an integer from 0.`)
  if (offset.metadata.length > maxMetadataBytes / 3 && Buffer.byteLength(offset.metadata) > maxMetadataBytes)
    throw new MillraceError('log.offset_invalid', `${at} has a note of more than ${maxMetadataBytes} bytes.`)
}

/** Throws `log.offset_invalid` for a group name that is empty or longer than a key of the embedded log's store takes. */
export function checkGroupName(group: string): void {
  if (group === '' || Buffer.byteLength(group) > 1_024)
    throw new MillraceError('log.offset_invalid', 'The name of a group must have 1 to 1,024 bytes.')
}

/** Identifies a task: connector name and number from 0. */
export interface TaskId {
  readonly connector: string
  readonly task: number
}

/** `topic-partition`, as Kafka writes it; a map key and a log field. */
export function partitionKey(of: TopicPartition): string {
  return `${of.topic}-${of.partition}`
}

/** `connector-task`, as Kafka Connect writes it in status keys and logs. */
export function taskKey(of: TaskId): string {
  return `${of.connector}-${of.task}`
}

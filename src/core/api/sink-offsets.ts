import { MillraceError } from '../error.js'
import type { GroupOffset, OffsetMap, TopicPartition } from '../offset.js'
import type { ConnectorOffset } from './offsets.js'

/** Where an operator wants a sink to read on; null: as if nothing had ever been committed. */
export interface SinkOffsetChange extends TopicPartition {
  readonly offset: number | null
}

const keys = { topic: 'kafka_topic', partition: 'kafka_partition', offset: 'kafka_offset' } as const

/** A committed group offset as Connect's offsets endpoint shows it. */
export function sinkOffset({ topic, partition, offset }: GroupOffset): ConnectorOffset {
  return { partition: { [keys.topic]: topic, [keys.partition]: partition }, offset: { [keys.offset]: offset } }
}

/**
 * Reads what an operator wants of a sink, by the rules and in the words of Connect's SinkUtils; of a partition named
 * twice the last counts. Fails with `offsets.invalid`.
 */
export function parseSinkOffsets(offsets: readonly ConnectorOffset[]): readonly SinkOffsetChange[] {
  const changes = new Map<string, SinkOffsetChange>()
  for (const { partition: at, offset } of offsets) {
    const topic = member(at, keys.topic)
    if (topic === null) throw invalidOffsets('Kafka topic names must be valid strings and may not be null')
    const partition = member(at, keys.partition)
    if (partition === null) throw invalidOffsets('Kafka partitions must be valid numbers and may not be null')
    const number = integer(partition, 'partition', 'Partition', 2 ** 31 - 1)
    const change = { topic: String(topic), partition: number, offset: offset && parseOffset(offset) }
    changes.set(JSON.stringify([change.topic, change.partition]), change)
  }
  return [...changes.values()]
}

export function invalidOffsets(message: string, cause?: unknown): MillraceError {
  return new MillraceError('offsets.invalid', message, cause === undefined ? {} : { cause })
}

function member(partition: OffsetMap, key: string): OffsetMap[string] {
  const value = Object.hasOwn(partition, key) ? partition[key] : undefined
  if (value === undefined)
    throw invalidOffsets(
      `The partition for a sink connector offset must contain the keys '${keys.topic}' and '${keys.partition}'`,
    )
  return value
}

function parseOffset(offset: OffsetMap): number {
  const value = Object.hasOwn(offset, keys.offset) ? offset[keys.offset] : undefined
  if (value === undefined)
    throw invalidOffsets(`The offset for a sink connector should either be null or contain the key '${keys.offset}'`)
  return integer(value, 'offset', 'Offset', Number.MAX_SAFE_INTEGER)
}

/** Both `10` and `"10"` are accepted, as in Connect. */
function integer(value: OffsetMap[string], what: string, title: string, max: number): number {
  const text = String(value)
  const number = /^[+-]?[0-9]{1,20}$/.test(text) ? Number(text) : NaN
  if (!(Math.abs(number) <= max))
    throw invalidOffsets(
      `Failed to parse the following Kafka ${what} value in the provided offsets: '${text}'. ${title} values for sink connectors need to be integers.`,
    )
  if (number < 0) throw invalidOffsets(`The Kafka ${what} in the provided offsets may not be negative: '${text}'.`)
  return number
}

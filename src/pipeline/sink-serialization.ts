import type { RecordHeader } from '../codec/index.js'
import type { SinkRecord } from '../core/record.js'
import type { RawRecord } from './dead-letter.js'
import type { SinkDefinition } from './task-definition.js'

/** The bytes of a record that a plugin or transform made itself, by the task's own converters (as Connect's reporter does). */
export async function serializeRecord(definition: SinkDefinition, record: SinkRecord): Promise<RawRecord> {
  const { keyConverter, valueConverter, headerConverter } = definition
  const { topic, originalKafkaPartition, originalKafkaOffset, timestamp, headers } = record
  const encoded: RecordHeader[] = []
  for (const { key, schema, value } of headers) {
    const { converter } = headerConverter
    const bytes = converter.fromHeader
      ? converter.fromHeader(topic, key, schema, value)
      : await converter.fromData(topic, schema, value, [])
    encoded.push({ key, value: bytes })
  }
  return {
    topic: record.originalTopic,
    partition: originalKafkaPartition,
    offset: originalKafkaOffset,
    timestamp: timestamp ?? -1,
    key: await keyConverter.converter.fromData(topic, record.keySchema, record.key, headers),
    value: await valueConverter.converter.fromData(topic, record.valueSchema, record.value, headers),
    headers: encoded,
  }
}

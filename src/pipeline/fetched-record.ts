import { RecordCursor, batches } from '../codec/index.js'
import type { TopicPartition } from '../core/offset.js'
import type { SinkRecord } from '../core/record.js'
import { fetchedFrom, WholeSinkRecord } from '../core/whole-record.js'
import type { FetchedChunk } from '../ports/log.js'
import type { RawRecord } from './dead-letter.js'

/** A record that a sink task is given, with the way back to its bytes. */
export function fetchedRecord(
  chunk: FetchedChunk,
  cursor: RecordCursor,
  data: Pick<SinkRecord, 'key' | 'keySchema' | 'value' | 'valueSchema' | 'headers'>,
): SinkRecord {
  const { topic, partition } = chunk
  const { offset, timestamp } = cursor
  return new WholeSinkRecord({
    topic,
    kafkaPartition: partition,
    key: data.key,
    keySchema: data.keySchema,
    value: data.value,
    valueSchema: data.valueSchema,
    timestamp: timestamp === -1 ? null : timestamp,
    timestampType: timestamp === -1 ? 'none' : cursor.header!.timestampType,
    headers: data.headers,
    kafkaOffset: offset,
    originalTopic: topic,
    originalKafkaPartition: partition,
    originalKafkaOffset: offset,
    [fetchedFrom]: chunk,
  })
}

/** The record under the cursor, as it stands in the topic. Copies its bytes. */
export function rawRecord(chunk: TopicPartition, cursor: RecordCursor): RawRecord {
  return {
    topic: chunk.topic,
    partition: chunk.partition,
    offset: cursor.offset,
    timestamp: cursor.timestamp,
    key: copyOf(cursor.key),
    value: copyOf(cursor.value),
    headers: cursor.headers().map(({ key, value }) => ({ key, value: copyOf(value) })),
  }
}

/** The bytes of a record that was fetched; undefined for one that a plugin or transform made itself. */
export function rawOf(record: SinkRecord): RawRecord | undefined {
  const chunk = (record as { readonly [fetchedFrom]?: FetchedChunk })[fetchedFrom]
  const offset = record.originalKafkaOffset
  if (chunk?.topic !== record.originalTopic || chunk.partition !== record.originalKafkaPartition) return undefined
  const cursor = new RecordCursor()
  for (const batch of batches(chunk.bytes)) {
    if (offset < batch.baseOffset || offset > batch.baseOffset + batch.lastOffsetDelta) continue
    cursor.open(chunk.bytes, batch)
    while (cursor.next()) if (cursor.offset === offset) return rawRecord(chunk, cursor)
  }
  return undefined
}

function copyOf(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}

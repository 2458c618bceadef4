import type { OffsetMap } from './offset.js'
import type { Schema } from './schema.js'
import type { Value } from './value.js'

export interface SchemaAndValue {
  readonly schema?: Schema | undefined
  readonly value: Value
}

export interface Header {
  readonly key: string
  readonly value: Value
  readonly schema?: Schema | undefined
}

/**
 * What transforms see, of sources and sinks alike. Absent, undefined and null mean the same for `key`, `partition` and `timestamp`.
 * A transform returns a new record (`withValue(record, schema, value)`, or a spread) and never changes one in place: the
 * original is still needed for dead letters and commits. These parts are all that a record has: others get lost on the way.
 */
export interface DataRecord {
  readonly topic: string
  /** The Kafka partition; absent: chosen by the key. */
  readonly kafkaPartition?: number | null | undefined
  readonly key?: Value | undefined
  readonly keySchema?: Schema | undefined
  readonly value: Value
  readonly valueSchema?: Schema | undefined
  /** Milliseconds since the epoch. */
  readonly timestamp?: number | null | undefined
  /** In order, duplicates allowed. */
  readonly headers?: readonly Header[] | undefined
}

/**
 * A record from an outside system. `partition` and `offset` say where the source may go on *after* this record; they
 * are stored as JSON, so primitives only. Share the `partition` object between records: it is compared by identity first.
 */
export interface SourceRecord<P extends OffsetMap = OffsetMap, O extends OffsetMap = OffsetMap> extends DataRecord {
  readonly partition?: P | undefined
  readonly offset?: O | undefined
}

export type TimestampType = 'none' | 'create' | 'append'

/** A record from a topic. The `original…` coordinates stay what they were, whatever transforms do to the others. */
export interface SinkRecord extends DataRecord {
  readonly kafkaPartition: number
  readonly kafkaOffset: number
  readonly key: Value
  readonly timestamp: number | null
  readonly timestampType: TimestampType
  readonly headers: readonly Header[]
  readonly originalTopic: string
  readonly originalKafkaPartition: number
  readonly originalKafkaOffset: number
}

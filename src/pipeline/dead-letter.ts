import { inspect } from 'node:util'
import type { FieldBytes, RecordHeader } from '../codec/index.js'
import { errorCode } from '../core/error.js'
import { envelopeText } from '../core/json/encode.js'
import { stringifyJson } from '../core/json/schemaless.js'
import type { OffsetMap, TaskId } from '../core/offset.js'
import type { SourceRecord } from '../core/record.js'
import type { Schema } from '../core/schema.js'
import type { Value } from '../core/value.js'
import type { TopicSpec } from '../ports/log.js'
import type { ErrorPolicy } from './task-definition.js'
import type { RecordFailure } from './tolerance.js'

/** A record ready to be appended. A timestamp of -1 is none. */
export interface EncodedRecord {
  readonly timestamp: number
  readonly key: FieldBytes
  readonly value: FieldBytes
  readonly headers: readonly RecordHeader[]
}

/** The dead letter topic as it is made: always with one partition. */
export function deadLetterTopic(of: NonNullable<ErrorPolicy['deadLetter']>): TopicSpec {
  const { topic, replicationFactor } = of
  return { name: topic, partitions: 1, ...(replicationFactor > 0 && { replicationFactor }) }
}

/** Where a record came from, as its dead letter tells it. */
interface Coordinates {
  readonly topic: string | null
  readonly partition: string | null
  readonly offset: string | null
}

/** A record as it was fetched. */
export interface RawRecord extends EncodedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Given where a dead letter is to tell its error. */
export interface ErrorContext {
  /** Takes secrets out of what the error says (I8). */
  readonly hide: (text: string) => string
}

/** The dead letter of a sink's record: its own bytes, and with `context` the headers of Kafka Connect's dead letter queue after its own. */
export function sinkDeadLetter(
  record: RawRecord,
  failure: RecordFailure,
  task: TaskId,
  context: ErrorContext | undefined,
): EncodedRecord {
  const { topic, partition, offset, timestamp, key, value, headers } = record
  const coordinates = { topic, partition: String(partition), offset: String(offset) }
  const added = context ? contextHeaders(coordinates, failure, task, context) : []
  return { timestamp, key, value, headers: [...headers, ...added] }
}

/**
 * The dead letter of a source's record, which has no bytes yet: key, value and headers as it was read, each in JSON
 * with its schema (JsonConverter's envelope). The headers for coordinates hold the topic it was meant for, and its
 * source partition and offset as JSON, since it has no other place yet.
 */
export function sourceDeadLetter(
  record: SourceRecord,
  failure: RecordFailure,
  task: TaskId,
  context: ErrorContext | undefined,
): EncodedRecord {
  const { key = null, keySchema, value, valueSchema, headers = [], timestamp, topic, partition, offset } = record
  const coordinates = { topic: topic ?? null, partition: mapText(partition), offset: mapText(offset) }
  const own = headers.map(of => ({ key: of.key, value: dataText(of.schema, of.value) }))
  const added = context ? contextHeaders(coordinates, failure, task, context) : []
  return {
    timestamp: Number.isSafeInteger(timestamp) ? timestamp! : -1,
    key: key === null ? null : dataText(keySchema, key),
    value: dataText(valueSchema, value),
    headers: [...own, ...added],
  }
}

/** A value that has no form in JSON may be why the record failed; it is kept as text then, so that nothing is lost. */
function dataText(schema: Schema | undefined, value: Value): string {
  try {
    return envelopeText(schema, value)
  } catch {
    return envelopeText(undefined, inspect(value, { depth: 10, maxStringLength: null, maxArrayLength: null }))
  }
}

function mapText(map: OffsetMap | undefined): string | null {
  try {
    return map === undefined ? null : stringifyJson(map)
  } catch {
    return inspect(map)
  }
}

/** Source: DeadLetterQueueReporter of Kafka Connect; names and order are its own. */
function contextHeaders(of: Coordinates, failure: RecordFailure, task: TaskId, { hide }: ErrorContext): RecordHeader[] {
  const { error } = failure
  const known = error instanceof Error
  const values: readonly (readonly [name: string, value: string | null])[] = [
    ['topic', of.topic],
    ['partition', of.partition],
    ['offset', of.offset],
    ['connector.name', task.connector],
    ['task.id', String(task.task)],
    ['stage', failure.stage],
    ['class.name', failure.className],
    ['exception.class.name', known ? className(error) : typeof error],
    ['exception.message', hide(known ? error.message : String(error))],
    ['exception.stacktrace', hide(traceText(error))],
  ]
  return values.map(([name, value]) => ({ key: `__connect.errors.${name}`, value }))
}

/** What identifies the kind of error: its stable code where it has one, else its class. */
function className(error: Error): string {
  const code = errorCode(error)
  return code === 'internal' ? error.name : code
}

/** The error's stack with those of its causes. */
function traceText(error: unknown): string {
  return inspect(error, { depth: 4, compact: 3 })
}

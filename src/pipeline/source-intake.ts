import { inspect } from 'node:util'
import { MillraceError, errorCode, errorMessage } from '../core/error.js'
import type { OffsetMap } from '../core/offset.js'
import type { SourceRecord } from '../core/record.js'
import type { EncodedRecords, SourceYield } from '../plugin/index.js'
import type { TopicSpec } from '../ports/log.js'
import { unlessStopped } from './conversion-steps.js'
import { nextTurn, persist } from './back-off.js'
import { deadLetterTopic, sourceDeadLetter } from './dead-letter.js'
import { SourceConversion } from './source-conversion.js'
import type { SourceOutput } from './source-output.js'
import type { SourceDefinition } from './task-definition.js'
import { isStopped, taskFailure } from './task-failure.js'
import type { LoopDependencies } from './task-loop.js'
import { Tolerance, type RecordFailure } from './tolerance.js'
import { ensureTopic, topicSpec } from './topic-maker.js'
import type { TopicLane } from './unit-builder.js'

type Yield = SourceYield<OffsetMap, OffsetMap>

interface IntakeParts {
  readonly output: Pick<SourceOutput, 'unit' | 'flush' | 'undo'>
  readonly stopSignal: AbortSignal
  /** The source's own marks end units, not their size. */
  readonly marked: boolean
  /** A transaction is written as it grows: it need not be held back, and what was written of it can be undone. */
  readonly streams: boolean
}

/** Units go out at this size, or earlier while the log has nothing to do. */
const unitBytes = 1 << 20
/** What is held back at most until its transaction ends, where one append is all (I6). */
const maxTransactionBytes = 16 << 20
/** How long one task keeps the thread. */
const turnMs = 10
/** The class that Connect names for what it cannot produce. */
const producerClass = 'org.apache.kafka.connect.runtime.WorkerSourceTask'

/**
 * Takes what a source yields into the unit at hand: transforms, converts, packs, and sets aside what fails. Its methods
 * return a promise only where something has to be waited for, so that records cost none.
 */
export class SourceIntake {
  readonly #definition: SourceDefinition
  readonly #dependencies: LoopDependencies
  readonly #parts: IntakeParts
  readonly #conversion: SourceConversion
  readonly #tolerance: Tolerance
  #lane: TopicLane | undefined
  #wallTime = 0
  #turnStarted = 0

  constructor(definition: SourceDefinition, dependencies: LoopDependencies, parts: IntakeParts) {
    this.#definition = definition
    this.#dependencies = dependencies
    this.#parts = parts
    this.#conversion = new SourceConversion(definition)
    this.#tolerance = new Tolerance(definition.errors, dependencies)
  }

  /** Makes the dead letter topic where it is missing. */
  async open(): Promise<void> {
    const { deadLetter } = this.#definition.errors
    if (deadLetter) await this.#addTopic(deadLetterTopic(deadLetter))
  }

  take(yielded: Yield): Promise<void> | undefined {
    this.#wallTime = this.#dependencies.clock.wallTime()
    this.#turnStarted = this.#dependencies.clock.now()
    if (isList(yielded)) return this.#takeAll(yielded)
    if (!('mark' in yielded)) return this.#takeAll([yielded])
    switch (yielded.mark) {
      case 'offset':
        this.#parts.output.unit.move(yielded.partition, yielded.offset)
        return undefined
      case 'commit':
        return this.#parts.output.flush('mark')
      case 'abort':
        return this.#abort()
      case 'encoded':
        return this.#takeEncoded(yielded)
    }
    return yielded satisfies never
  }

  #takeAll(records: readonly SourceRecord[]): Promise<void> | undefined {
    const { metrics, clock } = this.#dependencies
    metrics.add('source-record-poll-total', records.length)
    metrics.add('source-record-active-count', records.length)
    metrics.sample('batch-size', records.length)
    for (let i = 0; i < records.length; i++) {
      const pending = this.#takeRecord(records[i]!)
      if (pending !== undefined) return this.#takeRest(records, i + 1, pending)
      if ((i & 255) === 255 && clock.now() - this.#turnStarted > turnMs)
        return this.#takeRest(records, i + 1, nextTurn())
    }
    return undefined
  }

  async #takeRest(records: readonly SourceRecord[], from: number, pending: Promise<void>): Promise<void> {
    const { clock } = this.#dependencies
    await pending
    for (let i = from; i < records.length; i++) {
      const pending = this.#takeRecord(records[i]!)
      if (pending !== undefined) await pending
      if ((i & 255) === 255 && clock.now() - this.#turnStarted > turnMs) {
        await nextTurn()
        this.#turnStarted = clock.now()
      }
    }
  }

  #takeRecord(record: SourceRecord): Promise<void> | undefined {
    const conversion = this.#conversion
    conversion.begin(record)
    try {
      const pending = conversion.advance()
      if (pending !== undefined) return this.#finishConversion(record, pending)
    } catch (error) {
      return this.#recover(record, error)
    }
    return this.#pack(record)
  }

  async #finishConversion(record: SourceRecord, pending: Promise<void>): Promise<void> {
    try {
      await unlessStopped(pending, this.#parts.stopSignal)
    } catch (error) {
      if (isStopped(error)) throw error
      return this.#recover(record, error)
    }
    await this.#pack(record)
  }

  async #recover(record: SourceRecord, error: unknown): Promise<void> {
    const failure = await this.#tolerance.retry(this.#conversion, error, this.#parts.stopSignal)
    await (failure ? this.#setAside(record, failure) : this.#pack(record))
  }

  #pack(record: SourceRecord): Promise<void> | undefined {
    const { record: made, key, value, headers } = this.#conversion
    const { unit } = this.#parts.output
    if (made === null) {
      // Dropped by a transform: Connect does not record its offset, so nor do we.
      this.#dependencies.metrics.add('source-record-active-count', -1)
      return undefined
    }
    if (this.#lane?.topic !== made.topic) this.#lane = unit.builder.lane(made.topic)
    if (this.#lane === undefined) return this.#openTopic(made.topic).then(() => this.#pack(record))
    try {
      const timestamp = timestampOf(made, this.#wallTime)
      unit.builder.append(this.#lane, made.kafkaPartition, timestamp, key, value, headers)
      unit.ages.add(timestamp, this.#wallTime)
    } catch (error) {
      this.#dependencies.metrics.add('total-record-failures')
      return this.#setAside(record, { stage: 'KAFKA_PRODUCE', className: producerClass, error })
    }
    unit.move(record.partition, record.offset)
    return this.#flushIfFull()
  }

  #takeEncoded(encoded: EncodedRecords<OffsetMap, OffsetMap>): Promise<void> | undefined {
    const { unit } = this.#parts.output
    const { metrics } = this.#dependencies
    if (this.#definition.transforms.length > 0)
      throw new MillraceError(
        'pipeline.encoded_with_transforms',
        'The source passes encoded batches on, which transforms cannot see.',
        { stage: 'TRANSFORMATION', key: 'transforms', hint: 'Remove the transforms.' },
      )
    const lane = unit.builder.lane(encoded.topic)
    if (lane === undefined) return this.#openTopic(encoded.topic).then(() => this.#takeEncoded(encoded))
    let records = 0
    for (const batch of unit.builder.appendEncoded(lane, encoded.kafkaPartition, encoded.batches, encoded.from)) {
      records += batch.records
      // What is within is not looked at: all count as the batch's first.
      if (batch.timestamp >= 0) unit.ages.add(batch.timestamp, this.#wallTime, batch.records)
    }
    metrics.add('source-record-poll-total', records)
    metrics.add('source-record-active-count', records)
    metrics.sample('batch-size', records)
    unit.move(encoded.partition, encoded.offset)
    return this.#flushIfFull()
  }

  #flushIfFull(): Promise<void> | undefined {
    const { output, marked, streams } = this.#parts
    const { unit } = output
    const held = marked && !streams
    if (unit.builder.bytes < (held ? maxTransactionBytes : unitBytes)) return undefined
    if (held)
      this.#dependencies.logger.log('warn', 'A transaction is too large to be held back and is written in parts', {
        bytes: unit.builder.bytes,
      })
    return output.flush('full')
  }

  /** Aborted records are skipped, not read again: their offsets are committed all the same (as under Connect). */
  #abort(): Promise<void> | undefined {
    const { output, marked, streams } = this.#parts
    // Where another boundary was asked for, the source's transactions mean nothing (as under Connect).
    if (streams && !marked) return undefined
    this.#dependencies.metrics.add('source-record-active-count', -output.unit.builder.records)
    output.unit.abort()
    const undone = output.undo()
    return undone === undefined ? output.flush('mark') : undone.then(() => output.flush('mark'))
  }

  /** By the errors.* settings: dead letter, log, and on with the next record, or the task fails. */
  async #setAside(record: SourceRecord, failure: RecordFailure): Promise<void> {
    const { metrics } = this.#dependencies
    const { output, marked } = this.#parts
    const { unit } = output
    const verdict = this.#tolerance.judgeConversion(failure, () => describe(record))
    // The transaction that the record is part of will not come to its end; the dead letter goes out alone.
    if (verdict !== 'skip' && marked) {
      unit.drop()
      await output.undo()
    }
    const kept = verdict !== 'again' && this.#addDeadLetter(record, failure)
    if (verdict !== 'skip') {
      await output.flush('mark')
      throw taskFailure(failure.stage, failure.error)
    }
    metrics.add('source-record-active-count', -1)
    // A dead letter is durable with its unit, so its offset counts; what is only skipped does not move it, as under Connect.
    if (kept) unit.move(record.partition, record.offset)
    await this.#flushIfFull()
  }

  /** Says whether the record is kept as a dead letter. It is written with the records of its unit, before or with the offset that covers it (I1). */
  #addDeadLetter(record: SourceRecord, failure: RecordFailure): boolean {
    const { metrics, logger } = this.#dependencies
    const { deadLetter } = this.#definition.errors
    if (!deadLetter) return false
    const { unit } = this.#parts.output
    metrics.add('deadletterqueue-produce-requests')
    try {
      const context = deadLetter.contextHeaders ? this.#dependencies : undefined
      const letter = sourceDeadLetter(record, failure, this.#definition.id, context)
      unit.addDeadLetter(deadLetter.topic, letter)
      return true
    } catch (error) {
      metrics.add('deadletterqueue-produce-failures')
      logger.log('error', 'A dead letter cannot be written', {
        topic: deadLetter.topic,
        code: errorCode(error),
        error: errorMessage(error),
      })
      return false
    }
  }

  async #openTopic(topic: string): Promise<void> {
    await this.#addTopic(topicSpec(topic, this.#definition.topicCreation))
    this.#dependencies.events.topicUsed(topic)
  }

  async #addTopic(spec: TopicSpec): Promise<void> {
    const { log } = this.#dependencies
    const signal = this.#parts.stopSignal
    try {
      const known = await persist(() => ensureTopic(log, spec), `Finding topic ${spec.name}`, {
        ...this.#dependencies,
        signal,
      })
      this.#parts.output.unit.builder.addTopic(spec.name, known)
    } catch (error) {
      throw taskFailure('KAFKA_PRODUCE', error)
    }
  }
}

// Array.isArray does not narrow a readonly array.
function isList(yielded: Yield): yielded is readonly SourceRecord[] {
  return Array.isArray(yielded)
}

/** As Connect has it: -1 is none, any other below 0 is an error. */
function timestampOf(record: SourceRecord, now: number): number {
  const timestamp = record.timestamp ?? -1
  if (timestamp === -1) return now
  if (timestamp >= 0) return timestamp
  throw new MillraceError('pipeline.timestamp_negative', `A record has the timestamp ${timestamp}.`, {
    disposition: 'reject',
  })
}

/** The whole record, for the log. */
function describe({ topic, partition, offset, key, value }: SourceRecord): Readonly<Record<string, unknown>> {
  return { topic, sourcePartition: partition, sourceOffset: offset, key: inspect(key), value: inspect(value) }
}
